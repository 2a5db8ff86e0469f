"""Variations found by name: one file per variation, without a list to maintain.

A name is a file of the folder (`cot`), a class in another file (`my_method.py:MyMethod`), or an entry point of the
group `smallsteps.<folder>`. Listing names imports nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from smallsteps.errors import FileError, InputError, OptionError, UnknownNameError

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The variations of one folder: `kind` is what one of them is called, `folder` its package, `base` their class."""

    kind: str
    folder: str
    base: type[T]

    def names(self) -> list[str]:
        """Every known name, in alphabetical order; files that begin with an underscore are not variations."""
        package = importlib.import_module(f"smallsteps.{self.folder}")
        files = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")}
        return sorted(files | {point.name for point in self._entry_points()})

    def get(self, name: str) -> type[T]:
        """The class of that name.

        Raises UnknownNameError with a suggestion, and FileError for a file without such a class.
        """
        if ".py:" in name or name.endswith(".py"):
            return self._from_file(name)
        for point in self._entry_points():
            if point.name == name:
                return self._checked(point.load(), f"entry point {name}")
        if name not in self.names():
            raise UnknownNameError(self.kind, name, self.names())
        return self._only_class(importlib.import_module(f"smallsteps.{self.folder}.{name}"))

    def make(self, name: str, options: Mapping[str, Any]) -> T:
        """A variation by name with its options, each checked by type; text is converted to the option's type.

        The variation is a dataclass whose fields are its options. Raises UnknownNameError for an unknown name or option
        and OptionError for a value that does not fit.
        """
        from pydantic import TypeAdapter, ValidationError

        kind = self.get(name)
        _check_decorated(kind, name, self.kind)
        known = [item.name for item in fields(kind)]  # type: ignore[arg-type]
        for option in options:
            if option not in known:
                raise UnknownNameError(f"option of {self.kind} '{name}':", option, known)
        try:
            return TypeAdapter(kind).validate_python(dict(options))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            own = first.get("ctx", {}).get("error")
            if isinstance(own, InputError):
                raise OptionError(f"{self.kind} '{name}': {own}") from None
            place = ".".join(map(str, first["loc"]))
            raise OptionError(f"{self.kind} '{name}': {place} = {first['input']!r}: {first['msg'].lower()}") from None

    def name_of(self, variation: type[T]) -> str:
        """The name that `get` finds a class by: its file in the folder, its entry point, or `FILE.py:CLASS`.

        Raises OptionError for a class that was defined in a notebook or an interpreter.
        """
        folder, _, name = variation.__module__.rpartition(".")
        if folder == f"smallsteps.{self.folder}":
            return name
        for point in self._entry_points():
            if point.value == f"{variation.__module__}:{variation.__qualname__}":
                return point.name
        file = getattr(sys.modules.get(variation.__module__), "__file__", None)
        if file is None:
            raise OptionError(f"the {self.kind} {variation.__name__} is defined in no file, so it cannot be loaded "
                              "again; put it in a file and name it as FILE.py:CLASS")  # fmt: skip
        path = Path(file)
        near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{near}:{variation.__name__}"

    def summary(self, name: str) -> str:
        """The first line of a variation's docstring."""
        return (inspect.getdoc(self.get(name)) or "").partition("\n")[0]

    def _entry_points(self) -> list[importlib.metadata.EntryPoint]:
        return list(_installed(f"smallsteps.{self.folder}"))

    def _from_file(self, name: str) -> type[T]:
        file, _, attribute = name.partition(":")
        path = Path(file).expanduser().resolve()
        if not path.is_file():
            raise FileError(file, f"there is no such file; expected your own {self.kind} as FILE.py:CLASS")
        module = _load(path)
        if not attribute:
            return self._only_class(module)
        if not hasattr(module, attribute):
            raise UnknownNameError(f"{self.kind} in {file}", attribute, [c.__name__ for c in self._classes(module)])
        return self._checked(getattr(module, attribute), name)

    def _classes(self, module: ModuleType) -> list[type[T]]:
        own = [value for value in vars(module).values() if inspect.isclass(value)]
        return [
            value
            for value in own
            if issubclass(value, self.base) and not inspect.isabstract(value) and value.__module__ == module.__name__
        ]

    def _only_class(self, module: ModuleType) -> type[T]:
        classes = self._classes(module)
        if len(classes) != 1:
            found = ", ".join(value.__name__ for value in classes) or "none"
            raise FileError(
                str(module.__file__),
                f"expected exactly one {self.base.__name__} class, found {found}; name it as FILE.py:CLASS",
            )
        return classes[0]

    def _checked(self, value: object, name: str) -> type[T]:
        if not (inspect.isclass(value) and issubclass(value, self.base)):
            raise InputError(
                f"{name} is not a {self.kind}: expected a class derived from smallsteps.{self.base.__name__}"
            )
        if inspect.isabstract(value):
            missing = ", ".join(sorted(getattr(value, "__abstractmethods__", ())))
            raise InputError(f"{name} does not define {missing}, which every {self.kind} needs")
        return value


def _check_decorated(kind: type, name: str, noun: str) -> None:
    """Refuse a class with fields of its own that are no options, because the decorator above it is missing."""
    if "__annotations__" in vars(kind) and "__dataclass_params__" not in vars(kind):
        option = next(iter(vars(kind)["__annotations__"]))
        raise InputError(
            f"{noun} '{name}': the field '{option}' of class {kind.__name__} is no option without a decorator; write "
            f"@dataclass(frozen=True) above `class {kind.__name__}`"
        )


@cache
def _installed(group: str) -> tuple[importlib.metadata.EntryPoint, ...]:
    """The entry points of a group, cached: scanning installed packages is slow."""
    return tuple(entry_points(group=group))


def _load(path: Path) -> ModuleType:
    name = f"smallsteps_outside_{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise FileError(path, f"cannot be imported ({type(error).__name__}: {error})") from error
    return module

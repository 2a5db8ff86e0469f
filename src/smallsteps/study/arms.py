"""The arms of a study: one method, one student, one seed (on one task, at one point of a sweep)."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smallsteps.engine.tiny import TinySize
from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.methods import METHODS, Method, make_method
from smallsteps.records import content_hash
from smallsteps.study.spec import Corpus, Prepare, Study, check_study, set_field

METHOD_FIELD = "method."


@dataclass(frozen=True)
class StudentSpec:
    """A student of the study: its label in tables, its name or folder, and how it is loaded."""

    label: str
    name: str
    size: TinySize | None = None
    dtype: str = "float32"
    trust_remote_code: bool = False
    revision: str | None = None


@dataclass(frozen=True)
class Arm:
    """One method, student and seed on one task. `point` holds the fields that a sweep set.

    `auxiliary` arms were asked for by another arm's needs and stand in no table. `prepared` is the label of the method
    whose own steps prepared the corpus, "" where it is that of the study.
    """

    task: str
    label: str
    method: str
    options: tuple[tuple[str, Any], ...]
    student: StudentSpec
    seed: int
    corpus: Corpus
    budget: tuple[tuple[str, float], ...]
    training: tuple[tuple[str, Any], ...]
    decoding: tuple[tuple[str, Any], ...]
    point: tuple[tuple[str, Any], ...] = ()
    auxiliary: bool = False
    prepared: str = ""

    @property
    def name(self) -> str:
        """The arm's folder below the run, and its name in files."""
        settings = "".join(f"@{field.rpartition('.')[2]}={value}" for field, value in self.point)
        own = f"+{self.prepared}" if self.auxiliary and self.prepared else ""
        return "/".join(map(slug, (self.task, self.label + own + settings, self.student.label, f"seed{self.seed}")))

    def build(self) -> Method:
        """The method with its options."""
        return make_method(self.method, dict(self.options))


def study_arms(study: Study, raw: Mapping[str, Any]) -> list[Arm]:
    """Every arm of a study, every point of its sweep included, in the order of the file.

    Raises UnknownNameError, OptionError or InputError for what does not fit, before anything is trained.
    """
    arms: list[Arm] = []
    for point, variant in sweep_points(study, raw):
        arms += [arm for arm in _arms_at(variant, point) if arm not in arms]
    names = [arm.name for arm in arms]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"two arms are named '{twice}'; tell methods of the same name apart with `as: a label`")
    _check_baseline(study, arms)
    return arms


def sweep_points(study: Study, raw: Mapping[str, Any]) -> Iterator[tuple[tuple[tuple[str, Any], ...], Study]]:
    """Every combination of a sweep's values with the study as it is there. Without a sweep, the study itself."""
    names = list(study.sweep)
    for values in itertools.product(*study.sweep.values()):
        point = tuple(zip(names, values, strict=True))
        yield point, varied(study, raw, point) if point else study


def varied(study: Study, raw: Mapping[str, Any], point: tuple[tuple[str, Any], ...]) -> Study:
    """The study with dotted fields set. `method.x` sets x in every method that has it."""
    changed = copy.deepcopy(dict(raw))
    for field, value in point:
        if field.startswith(METHOD_FIELD):
            _set_in_methods(changed, field.removeprefix(METHOD_FIELD), value)
        else:
            set_field(changed, field, value)
    return check_study(changed)


def has_option(method: str, option: str) -> bool:
    """Whether a method has a hyperparameter of that name."""
    return option in {item.name for item in fields(METHODS.get(method))}


def _set_in_methods(raw: dict[str, Any], option: str, value: Any) -> None:
    entries = [{"name": entry} if isinstance(entry, str) else entry for entry in raw["methods"]]
    takers = [entry for entry in entries if has_option(entry["name"], option)]
    if not takers:
        known = {item.name for entry in entries for item in fields(METHODS.get(entry["name"]))}
        raise UnknownNameError("method option", option, known)
    for entry in takers:
        entry[option] = value
    raw["methods"] = entries


def _arms_at(study: Study, point: tuple[tuple[str, Any], ...]) -> list[Arm]:
    arms = []
    for task, corpus in study.corpora.items():
        for entry in study.methods:
            name, label, options, own = _method_entry(entry)
            decoding = dict(study.decoding) | own.decoding
            taught = corpus.model_copy(update={"prepare": [*corpus.prepare, *own.prepare]})
            make_method(name, options)
            here = tuple((field, value) for field, value in point if concerns(field, name))
            for student in map(student_spec, study.students):
                for seed in study.seeds:
                    arms.append(
                        Arm(
                            task=task, label=label, method=name, options=tuple(sorted(options.items())),
                            student=student, seed=seed, corpus=taught, budget=tuple(study.budget.items()),
                            training=tuple(study.training.items()), decoding=tuple(decoding.items()), point=here,
                            prepared=label if own.prepare else "",
                        )
                    )  # fmt: skip
    return arms


def concerns(field: str, method: str) -> bool:
    """Whether a field of a sweep says anything to a method: `method.x` only where it has an option x."""
    return not field.startswith(METHOD_FIELD) or has_option(method, field.removeprefix(METHOD_FIELD))


class MethodSettings(BaseModel):
    """What an entry under `methods` may set for its arms alone, beside the options of its method."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    prepare: list[Prepare] = Field(default=[], examples=[[{"select": {"by": "random", "k": 1}}]])
    """Further steps for the training questions of these arms, after those of the corpus."""
    decoding: dict[str, Any] = Field(default={}, examples=[{"samples": 10, "temperature": 0.7}])
    """Decoding settings that replace those of the study for these arms."""


def _method_entry(entry: str | dict[str, Any]) -> tuple[str, str, dict[str, Any], MethodSettings]:
    """The name, label, options and own settings of an entry under `methods`."""
    if isinstance(entry, str):
        return entry, _short(entry), {}, MethodSettings()
    options = dict(entry)
    if "name" not in options:
        raise OptionError(f"methods: {entry!r} has no 'name'; write {{name: cot, …}}")
    name = str(options.pop("name"))
    label = str(options.pop("as", _short(name)))
    own = {field: options.pop(field) for field in MethodSettings.model_fields if field in options}
    try:
        return name, label, options, MethodSettings.model_validate(own)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"methods: {place} of '{label}': {first['msg'].lower()}, found {first['input']!r}") from None


def _short(name: str) -> str:
    return name.rpartition(":")[2] or name


def student_spec(entry: str | dict[str, Any]) -> StudentSpec:
    """A student as the study names it: `tiny-decoder`, an id or folder, or a mapping with `name` and its settings.

    Raises OptionError for a mapping without a name or with unknown settings.
    """
    if isinstance(entry, str):
        return StudentSpec(entry, entry)
    options = dict(entry)
    name = str(options.pop("name", ""))
    if not name:
        raise OptionError(f"students: {entry!r} has no 'name'; write {{name: tiny-decoder, width: 128}}")
    sizes = {key: options.pop(key) for key in list(options) if key in TinySize.__dataclass_fields__}
    own = {key: options.pop(key) for key in list(options) if key in ("dtype", "trust_remote_code", "revision")}
    label = str(options.pop("as", "-".join([name, *(f"{key}{value}" for key, value in sizes.items())])))
    if options:
        known = [*TinySize.__dataclass_fields__, "dtype", "trust_remote_code", "revision", "as", "name"]
        raise UnknownNameError(f"setting of student '{name}':", next(iter(options)), known)
    return StudentSpec(label, name, TinySize(**sizes) if sizes else None, **own)


def _check_baseline(study: Study, arms: list[Arm]) -> None:
    labels = {arm.label for arm in arms}
    if study.baseline is not None and study.baseline not in labels:
        raise UnknownNameError("baseline", study.baseline, labels)


def slug(text: str) -> str:
    """A name as one file or folder name: no separator, no leading dot, never empty."""
    return re.sub(r"[^A-Za-z0-9_.@=+-]+", "-", text).lstrip(".-").rstrip("-") or "x"


def training_identity(arm: Arm) -> str:
    """What an arm's trained students depend on: everything but its label and how it answers."""
    answering = type(arm.build()).answering_options
    unread = {f"method.{option}" for option in answering}
    options = [pair for pair in arm.options if pair[0] not in answering]
    point = [pair for pair in arm.point if not pair[0].startswith("decoding.") and pair[0] not in unread]
    return content_hash(
        arm.task, arm.method, options, arm.student, arm.seed, arm.corpus.model_dump(mode="json"), arm.budget,
        arm.training, point,
    )  # fmt: skip


FREE = frozenset({"decoding.batch_size", "training.row_tokens", "training.pass_tokens", "training.logging_steps"})
"""Fields that only say how much memory or log an arm takes; its result does not depend on them."""


def is_free(field: str) -> bool:
    """Whether a dotted field of an arm may change without making it another arm."""
    return field in FREE


def arm_identity(arm: Arm, corpora: Mapping[str, str]) -> str:
    """What an arm's result depends on, by content: its settings and the hashes of its corpora."""
    from dataclasses import asdict

    settings = asdict(arm)
    settings.pop("auxiliary")
    settings.pop("corpus")
    for place in ("training", "decoding"):
        settings[place] = tuple(pair for pair in settings[place] if not is_free(f"{place}.{pair[0]}"))
    return content_hash(settings, dict(corpora))

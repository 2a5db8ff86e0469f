"""The documentation is true: generated pages are those of the code, named things exist, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pydantic
import pytest
import typer
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

import smallsteps
from smallsteps.cli import build_app
from smallsteps.decoding.settings import Decoding
from smallsteps.training.settings import Budget, Training

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHORT = 200  # lines; a longer page begins with a table of contents
REGISTRIES = r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|anaconda[.]org|crates[.]io|download[.]pytorch[.]org"
MACHINE = r"(?<![\w.])/(work|root|home/\w+)/"


@cache
def script(name: str) -> ModuleType:
    """A script of docs/, loaded by its path."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", sorted(script("generate").PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = script("generate").PAGES[name]()
    told = f"docs/reference/{name} is out of date: run `make docs`"
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == page, told


def study_keys() -> list[tuple[type[BaseModel], str]]:
    return [(model, name) for _, model in script("generate").study.MODELS for name in model.model_fields]


@pytest.mark.parametrize(("model", "name"), study_keys(), ids=lambda one: getattr(one, "__name__", one))
def test_every_key_of_a_study_is_described_with_an_example_that_fits(model: type[BaseModel], name: str) -> None:
    """Read as YAML, as a reader would write it into a study."""
    item = model.model_fields[name]
    assert item.description and item.description[0].isupper() and item.description.endswith(".")
    assert item.examples, f"{model.__name__}.{name} has no example"
    for example in item.examples:
        written = script("generate").study.flow(example).strip("`")
        assert yaml.safe_load(written) == example, f"{written} is something else in YAML"
        pydantic.TypeAdapter(Annotated[item.annotation, *item.metadata, None]).validate_python(example)


def test_the_page_of_the_study_has_every_key_and_every_setting() -> None:
    page = (ROOT / "docs" / "reference" / "study.md").read_text(encoding="utf-8")
    keys = {model.model_fields[name].alias or name for model, name in study_keys()}
    assert not [key for key in keys if f"| `{key}` |" not in page]
    settings = (ROOT / "docs" / "reference" / "training.md").read_text(encoding="utf-8")
    names = [name for kind in (Budget, Training, Decoding) for name in kind.__dataclass_fields__]
    assert not [name for name in names if f"| `{name}` |" not in settings]


@pytest.mark.parametrize("path", [path for path in PAGES if path.is_relative_to(ROOT / "docs")], ids=named)
def test_long_pages_begin_with_a_table_of_contents(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if len(text.splitlines()) <= SHORT:
        return
    opening = text.partition("\n## ")[0]
    listed = set(re.findall(r"\]\(#([^)]+)\)", opening))
    missing = [title for title in re.findall(r"^## (.+)$", text, re.MULTILINE) if anchor(title) not in listed]
    assert not missing, f"{named(path)} is longer than {SHORT} lines; list these at its top: {', '.join(missing)}"


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", index.read_text("utf-8"))}
    lost = [named(path) for path in PAGES if path.is_relative_to(ROOT / "docs") and path not in {*linked, index}]
    assert not lost, f"docs/index.md has no link to {', '.join(lost)}"


def test_every_layout_is_in_the_page_of_layouts() -> None:
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    old = [section.partition("\n")[0] for section in script("make_formats").layouts() if section not in page]
    assert not old, (
        f"docs/reference/formats.md is out of date about {old}: run python docs/make_formats.py --data FOLDER"
    )


@cache
def app() -> typer.Typer:
    return build_app()


@pytest.mark.parametrize("command", [name for name, _ in script("generate").commands()])
def test_the_page_of_commands_says_what_help_says(command: str) -> None:
    function = dict(script("generate").commands())[command]
    shown = CliRunner().invoke(app(), [command, "--help"], env={"COLUMNS": "250", "TERMINAL_WIDTH": "250"})
    assert shown.exit_code == 0
    for one in script("generate").parameters(function):
        for name in re.split(r"[,/ ]+", one.names.strip("[]")):
            assert name.lower() in shown.stdout.lower(), f"{command} --help has no {name}"


@cache
def options_of() -> dict[str, set[str]]:
    """The options of each command."""
    generate = script("generate")
    return {
        name: {word for one in generate.parameters(function) for word in re.split(r"[,/ ]+", one.names)}
        | {"--help", "-h"}
        for name, function in generate.commands()
    }


def shell_lines(page: str) -> Iterator[str]:
    for block in re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_named_commands_and_options_exist(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    for line in shell_lines(page):
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert words[1] in targets(), f"{named(path)}: the Makefile has no target '{words[1]}'"
        if words[:1] != ["smallsteps"] or words[1].startswith("-"):
            continue
        assert words[1] in options_of(), f"{named(path)}: there is no command `smallsteps {words[1]}`"
        given = {word.partition("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)}
        unknown = given - options_of()[words[1]]
        assert not unknown, f"{named(path)}: `smallsteps {words[1]}` has no {', '.join(sorted(unknown))}"
    for name in re.findall(r"`smallsteps ([a-z]+)", page):
        assert name in options_of(), f"{named(path)}: there is no command `smallsteps {name}`"
    for name in re.findall(r"`make ([a-z-]+)`", page):
        assert name in targets(), f"{named(path)}: the Makefile has no target '{name}'"


@cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_study_of_the_readme_is_a_study(tmp_path: Path) -> None:
    """Every key, method, option and setting is known; only its corpus and its student are the reader's."""
    from smallsteps.study.arms import study_arms
    from smallsteps.study.run import decoding_of
    from smallsteps.study.spec import read_study

    (text,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study, raw = read_study(tmp_path / "study.yaml")
    arms = study_arms(study, raw)
    assert len(arms) == len(study.methods) * len(study.students) * len(study.seeds)
    for arm in arms:
        Training.of(dict(arm.training))
        Budget.of(dict(arm.budget))
        decoding_of(arm)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    for target, place in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        page = path.parent / target if target else path
        assert page.exists(), f"{named(path)}: the link to {target} leads nowhere"
        assert not place or place in anchors(page), f"{named(path)}: {page.name} has no heading #{place}"


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return set(map(anchor, titles))


def anchor(title: str) -> str:
    """How a link names a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_changelog_knows_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased" and smallsteps.__version__ in headings


def test_no_registry_and_no_path_of_one_machine() -> None:
    """The project names no package registry host and no absolute path of the machine that it was written on."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("no git checkout: which files belong to the project is unknown")
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        text = path.read_bytes().decode("utf-8", errors="ignore") if path.is_file() else ""
        for number, line in enumerate(text.splitlines(), start=1):
            if re.search(REGISTRIES, line) or re.search(MACHINE, line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)

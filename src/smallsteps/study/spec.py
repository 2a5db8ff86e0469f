"""The study file: what it may hold, read and checked before a model loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smallsteps.errors import FileError, OptionError, suggestion
from smallsteps.records import read_lines
from smallsteps.study.yaml_values import load_yaml

Prepare = dict[Literal["select", "segment", "corrupt"], dict[str, Any]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Generate(_Strict):
    """A generated corpus, with rationales by the rule-based teacher."""

    generate: str = Field(examples=["word_problems"])
    """The generator (`smallsteps list generators`)."""
    count: int = Field(gt=0, examples=[5000])
    """How many questions."""
    seed: int = Field(default=0, examples=[1])
    """Random seed; the same seed gives the same corpus."""
    part: Literal["train", "test"] = Field(default="train", examples=["test"])
    """Training or test questions; the two never share a question, whatever the seed."""
    group: str | None = Field(default=None, examples=["unseen"])
    """The group of these questions in the results (`meta.group` of every record)."""
    rationales: int = Field(default=1, ge=0, examples=[4])
    """Rationales per question."""
    error_rate: float = Field(default=0.0, ge=0, le=1, examples=[0.35])
    """Share of rationales that end in a wrong answer."""
    options: dict[str, Any] = Field(default={}, examples=[{"steps": "2-3", "largest": 12}])
    """Options of the generator, those of `smallsteps generate --set`."""


class Import(_Strict):
    """Files in a public format, read as `smallsteps import` reads them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)

    layout: str = Field(alias="import", examples=["gsm8k"])
    """The format (`smallsteps list formats`)."""
    files: list[str] = Field(min_length=1, examples=[["{data}/gsm8k/train.jsonl"]])
    """The files, or a Hugging Face data set id."""
    task: str | None = Field(default=None, examples=["gsm8k"])
    """The task, if the files do not say."""
    part: Literal["train", "test"] | None = Field(default=None, examples=["train"])
    """The side of the format's own split; both if left out."""
    group: str | None = Field(default=None, examples=["contrast"])
    """The group of these questions in the results (`meta.group` of every record)."""
    against: list[str] = Field(default=[], examples=[["{data}/gsm8k/test.jsonl"]])
    """Files whose questions are left out."""


Source = str | Generate | Import
Sources = Source | list[Source]


class Corpus(_Strict):
    """The questions of one task: its training, validation and test part.

    A source is the path of a corpus file (`train.jsonl`), a mapping with `generate`, or one with `import`. Sources are
    one source, or a list of sources that are read as one part and may cover several tasks.
    """

    train: Sources = Field(examples=["train.jsonl", {"generate": "coin_flip", "count": 1000}])
    """The training questions. Those that are also in the test part are left out and counted."""
    test: Sources = Field(examples=["test.jsonl"])
    """The test questions, read only to score the trained students."""
    validation: float | Source = Field(default=0.1, examples=[0.1, "validation.jsonl"])
    """A share of the training questions, or a source: it chooses the checkpoint and the tuned settings."""
    prepare: list[Prepare] = Field(default=[], examples=[[{"select": {"keep": "right", "by": "diverse", "k": 5}}]])
    """Steps applied to the training questions, in order: `select`, `segment` or `corrupt`, each with its options."""
    demonstrations: Sources | None = Field(default=None, examples=["solved.jsonl"])
    """Further solved questions that a method with `demonstrations` may show."""
    test_words: bool = Field(default=False, examples=[True])
    """Let the tokenizer of a tiny student learn the words of the test questions, never of their answers."""

    def sources(self) -> dict[str, list[Source]]:
        """The sources of each part that has any."""
        given = {"train": self.train, "test": self.test, "demonstrations": self.demonstrations}
        parts = {name: several(sources) for name, sources in given.items() if sources is not None}
        return parts if isinstance(self.validation, float | int) else parts | {"validation": [self.validation]}


def several(sources: Sources) -> list[Source]:
    """One source or more, as a list."""
    return sources if isinstance(sources, list) else [sources]


class Study(_Strict):
    """One study: methods x students x seeds on one corpus per task."""

    name: str = Field(examples=["mine"])
    """The name of the study, and of its run folder `runs/NAME`."""
    question: str = Field(default="", examples=["Does a chain of thought help a model this small?"])
    """The question that the study answers; the report opens with it."""
    task: str | None = Field(default=None, examples=["gsm8k"])
    """How answers are read and compared (`smallsteps list tasks`); with `corpus`, and instead of `tasks`."""
    corpus: Corpus | None = Field(default=None, examples=[{"train": "train.jsonl", "test": "test.jsonl"}])
    """Where the questions come from."""
    tasks: dict[str, Corpus] = Field(
        default={}, examples=[{"gsm8k": {"train": "gsm8k-train.jsonl", "test": "gsm8k-test.jsonl"}}]
    )
    """Several tasks, each with its corpus; instead of `task` and `corpus`."""
    students: list[str | dict[str, Any]] = Field(
        min_length=1, examples=[["HuggingFaceTB/SmolLM2-135M", {"name": "tiny-decoder", "width": 64}]]
    )
    """The models to train: a Hugging Face id or folder, `tiny-decoder`, `tiny-encdec`, or a mapping with settings."""
    methods: list[str | dict[str, Any]] = Field(
        min_length=1, examples=[["answer_only", "cot", {"name": "scotd", "as": "scotd-8", "draw": "all"}]]
    )
    """The methods to compare: a name, or a mapping with its options."""
    seeds: list[Annotated[int, Field(ge=0, lt=2**32)]] = Field(default=[0], min_length=1, examples=[[0, 1, 2]])
    """Random seeds; each trains every method and student once. Three or more are needed to compare methods."""
    baseline: str | None = Field(default=None, examples=["answer_only"])
    """The method that the others are compared with: its name, or its `as`. The first method if left out."""
    budget: dict[str, float] = Field(examples=[{"steps": 2000}])
    """How long every arm trains: one of `steps`, `epochs` and `tokens`."""
    training: dict[str, Any] = Field(default={}, examples=[{"learning_rate": 0.0002, "warmup_steps": 100}])
    """Training settings, see [training settings](training.md)."""
    decoding: dict[str, Any] = Field(default={}, examples=[{"max_new_tokens": 256}])
    """How answers are generated, see [decoding settings](training.md#decoding-settings)."""
    tune: dict[str, list[Any]] = Field(default={}, examples=[{"training.learning_rate": [0.0001, 0.0003]}])
    """Settings tried for every arm; the validation part chooses among all combinations."""
    sweep: dict[str, list[Any]] = Field(default={}, examples=[{"corpus.train.rationales": [1, 5, 10]}])
    """Settings varied over the whole study: every combination is run and reported."""
    data: str = Field(default="", examples=["../data"])
    """The folder that `{data}` stands for in paths; `smallsteps compare --data` sets it as well."""

    @property
    def corpora(self) -> dict[str, Corpus]:
        """Task names with their corpora."""
        if self.tasks:
            return self.tasks
        assert self.task is not None and self.corpus is not None, "checked when the study was read"
        return {self.task: self.corpus}


def read_study(path: Path, overrides: Sequence[str] = (), data: str | None = None) -> tuple[Study, dict[str, Any]]:
    """A study file with `a.b=value` overrides laid over it: the checked study, and the same as plain data.

    Raises FileError naming line and field for what does not fit, with a guess for an unknown key.
    """
    text = "".join(line for _, line in _raw_lines(path))
    try:
        raw = load_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", "broken YAML")
        raise FileError(path, f"broken YAML: {problem}", line=mark.line + 1 if mark else None) from None
    if not isinstance(raw, dict):
        raise FileError(path, "a study is a mapping of names to values, such as 'name: my study'")
    for override in overrides:
        apply_override(raw, override)
    if data is not None:
        raw["data"] = data
    return check_study(raw, path, text), raw


def check_study(raw: Mapping[str, Any], path: Path | str = "study", text: str = "") -> Study:
    """The study that plain data describes. Raises FileError naming the field."""
    try:
        study = Study.model_validate(dict(raw))
    except ValidationError as error:
        raise _explain(error, path, text) from None
    if bool(study.tasks) == bool(study.task):
        raise FileError(path, "a study names one task with its corpus, or several under 'tasks'", field="task")
    if study.task and study.corpus is None:
        raise FileError(path, "is missing; it says where the questions come from", field="corpus")
    for corpus in study.corpora.values():
        for part, sources in corpus.sources().items():
            if not sources:
                raise FileError(path, "the list is empty; name at least one source", field=f"corpus.{part}")
    return study


def apply_override(raw: dict[str, Any], override: str) -> None:
    """Set one dotted field, `a.b=value`, its value read as YAML. Raises OptionError for another form."""
    field, equals, value = override.partition("=")
    if not equals or not field:
        raise OptionError(f"--set {override}: expected a.b=value, such as --set training.learning_rate=0.001")
    set_field(raw, field, load_yaml(value))


def set_field(raw: Any, field: str, value: Any) -> None:
    """Set a dotted field of plain data; a number in the field is a place in a list.

    Raises OptionError where a place in a list does not exist or the way leads through something else.
    """
    *way, last = field.split(".")
    place = raw
    for step in way:
        place = _into(place, step, field)
    if isinstance(place, list):
        _into(place, last, field)
        place[int(last)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise OptionError(f"{field}: '{way[-1]}' is no mapping, so that nothing can be set in it")


def _into(place: Any, step: str, field: str) -> Any:
    if isinstance(place, dict):
        return place.setdefault(step, {})
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    size = f"a list of {len(place)}" if isinstance(place, list) else "no mapping"
    raise OptionError(f"{field}: '{step}' leads nowhere; what stands there is {size}")


def _raw_lines(path: Path) -> list[tuple[int, str]]:
    """Every line, blank ones as well, so that line numbers stay true."""
    numbered = dict(read_lines(path))
    return [(number, numbered.get(number, "\n")) for number in range(1, max(numbered, default=0) + 1)]


def _explain(error: ValidationError, path: Path | str, text: str) -> FileError:
    issues = error.errors(include_url=False)
    first = max(issues, key=lambda issue: (issue["type"] == "extra_forbidden", len(issue["loc"])))
    place = [part for part in first["loc"] if not _is_union_tag(part)]
    field = ".".join(map(str, place))
    line = _line_of(text, place)
    if first["type"] == "extra_forbidden":
        known = _known_at(first["loc"])
        return FileError(path, f"unknown key; {suggestion(str(place[-1]), known)}", line=line, field=field)
    if first["type"] == "missing":
        return FileError(path, "is missing", line=_line_of(text, place[:-1]), field=field)
    return FileError(path, f"{first['msg'].lower()}, found {first.get('input')!r}", line=line, field=field)


def _is_union_tag(part: int | str) -> bool:
    return part in ("str", "float", "Generate", "Import") or str(part).startswith(("dict[", "list["))


def _known_at(place: Sequence[int | str]) -> list[str]:
    shapes: dict[str, type[BaseModel]] = {"Generate": Generate, "Import": Import}
    for part in reversed(place[:-1]):
        if part in shapes:
            return [item.alias or name for name, item in shapes[str(part)].model_fields.items()]
    inside = "corpus" in place[:-1] or (place[0] == "tasks" and len(place) > 2)
    return list((Corpus if inside else Study).model_fields)


def _line_of(text: str, place: Sequence[int | str]) -> int | None:
    """The line of a field in the file; None for a field that an override brought."""
    node = yaml.compose(text) if text else None
    line = None
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line

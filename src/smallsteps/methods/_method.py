"""The base class of methods, and what a method sees while a student writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.methods._curriculum import Curriculum, Schedule, difficulty
from smallsteps.methods._needs import SHOWN_BEFORE, Need
from smallsteps.records import Rationale, Record, Segment, unit_interval, with_answer_as_rationale
from smallsteps.registry import Registry
from smallsteps.text.answer_format import AnswerFormat, Order, get_answer_format
from smallsteps.text.reader import Reader
from smallsteps.views import View

if TYPE_CHECKING:
    import torch

Keep = Literal["right", "all"]
Label = Literal["gold", "teacher"]
Draw = Literal["one", "all", "curriculum"]
PromptStyle = Literal["plain", "chat"]
Finish = Literal["eos", "stop", "length", "error"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where decoding stops: at the first `at` after the first `after`. An empty `at` never stops."""

    after: str
    at: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a student wrote after a prefix. `tokens` excludes the end token, `text` is their plain text."""

    tokens: tuple[int, ...]
    text: str
    finish: Finish


@dataclass(frozen=True, slots=True)
class Output:
    """A method's complete output for one question. `tokens` counts the generated tokens."""

    text: str
    tokens: int
    finish: Finish
    segments: tuple[Segment, ...] = ()


class Writer(Protocol):
    """A student that generates, batched over questions; the caller sets temperature, sample and length limit."""

    def tokens(self, prompt: str) -> tuple[int, ...]:
        """The token ids of a prompt, the same as in training."""

    def added(self, token: str) -> int:
        """The id of one of the method's added tokens."""

    def __call__(
        self,
        path: str,
        prefixes: Sequence[Sequence[int]],
        keys: Sequence[str],
        stop: Stop | None = None,
        max_new_tokens: int | None = None,
    ) -> list[Written]:
        """Continue each prefix with the student of `path`. `keys` make sampling independent of the batch."""

    def sessions(self, prompts: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[list[int], Session]]:
        """Sessions on the questions with these prompts, a batch at a time, with their indices among the prompts."""


class Session(Protocol):
    """A batch of questions that students continue piece by piece; what was read before stays cached."""

    def read(self, line: int, tokens: Sequence[int]) -> None:
        """Append tokens to a line, such as an added token that separates segments."""

    def write(
        self, path: str, lines: Sequence[int], stop: Stop | None = None, max_new_tokens: int | None = None
    ) -> list[Written]:
        """Let the student of `path` continue some lines; its tokens are appended to them, without the end token.

        A line that has used up the length limit or the student's positions gets nothing, with finish `length`.
        """


@dataclass(frozen=True, slots=True)
class Marks:
    """What an extra loss gets in addition to the hidden states at M marked positions.

    `targets` [M, D]: the (mean) vector of each position. `bank` [N, D]: the vectors of the corpus in the order of their
    keys. `rows`: for each position, the rows of its own vectors in `bank`. `keys`: the same as keys.
    """

    keys: tuple[tuple[str, ...], ...]
    targets: torch.Tensor
    bank: torch.Tensor
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Method(ABC):
    """The base class of methods: a frozen dataclass whose fields are its hyperparameters.

    keep: which rationales to train on: those whose answer is `right`, or `all`.
    label: the answer in the target: the `gold` answer, or the `teacher`'s own.
    draw: which rationales of a question an epoch uses: `one` at random, `all`, or a `curriculum` that starts with the
        shortest and adds one more each epoch, and may order the questions as well.
    curriculum: with `draw: curriculum`, what tells how hard a question is: the share of `right` rationales, `length`,
        `steps`, or reviewers' `notes`. Without it, questions are in random order.
    schedule: with a `curriculum`, the order of the questions: `easy_first` or `hard_first` in every epoch, `growing`
        from the easiest to all, or `shuffled`, its control: the visits of `growing` in random order.
    rationales: how many rationales per question to use, in the order of the corpus; all if not given.
    teacher: the teacher whose rationales to use, by its name in the corpus; all teachers if not given.
    answer_format: the words around question, rationale and answer: `common` for a fair comparison, or a paper's own.
    prompt_style: `plain`, or `chat` for the student's own chat template.
    """

    keep: Keep = "right"
    label: Label = "gold"
    draw: Draw = "one"
    curriculum: Curriculum | None = None
    schedule: Schedule | None = None
    rationales: int | None = None
    teacher: str | None = None
    answer_format: str = "common"
    prompt_style: PromptStyle = "plain"

    order: ClassVar[Order] = "last"
    added_tokens: ClassVar[tuple[str, ...]] = ()
    answering_options: ClassVar[frozenset[str]] = frozenset()
    """Options that only matter when answering: arms that differ in these alone are trained once."""

    def __post_init__(self) -> None:
        get_answer_format(self.answer_format)
        if self.rationales is not None and self.rationales < 1:
            raise OptionError(f"rationales = {self.rationales}: expected at least 1 rationale per question")
        if self.curriculum is not None and self.draw != "curriculum":
            raise OptionError(f"curriculum = {self.curriculum} orders the questions of draw: curriculum, not of draw: "
                              f"{self.draw}; set draw: curriculum")  # fmt: skip
        if self.schedule is not None and self.curriculum is None:
            raise OptionError(f"schedule = {self.schedule} needs a curriculum: right, length, steps or notes")
        self.check()

    @abstractmethod
    def views(self, record: Record, path: str) -> list[View]:
        """The training examples of a record, whose rationales are those drawn for this epoch. Pure: no randomness."""

    def check(self) -> None:  # noqa: B027  a hook: most methods accept any value
        """Raise OptionError for values that the method's own fields cannot take."""

    @property
    def mix(self) -> Mapping[str, float]:
        """The weight of each part of the loss."""
        return {"target": 1.0}

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names of the students that the method trains."""
        return ("main",)

    @property
    def words(self) -> AnswerFormat:
        """The answer format itself: the words around question, rationale and answer."""
        return get_answer_format(self.answer_format)

    @property
    def needs_gold(self) -> bool:
        """Whether training uses gold answers, to find right rationales or as targets. Few-shot training does not."""
        return self.keep == "right" or self.label == "gold" or self.words.whole

    def needs(self) -> tuple[Need, ...]:
        """What must be prepared before training."""
        return ()

    def prompt(self, record: Record, path: str) -> str:
        """The prompt of a question, the same in training and at inference."""
        return self.ask(record)

    def stop(self) -> Stop | None:
        """Where decoding may stop: at the end of the answer line."""
        return Stop(self.words.marker, self.words.close) if self.words.close else None

    @property
    def independent(self) -> bool:
        """Whether an output depends on its own question alone, so that questions can be answered in any batch.

        Several samples of a question are then decoded together, each as a record with its own id.
        """
        return True

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """One output per record; by default a single call of `write`."""
        prefixes = [write.tokens(self.prompt(record, self.path_names[0])) for record in records]
        written = write(self.path_names[0], prefixes, [record.id for record in records], self.stop())
        return [Output(one.text, len(one.tokens), one.finish) for one in written]

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Outputs that include the rationale; the same as `decode` for methods that write it first anyway.

        Raises OptionError for a method whose student does not learn to write rationales.
        """
        return self.decode(write, records)

    @property
    def reader(self) -> Reader:
        """How the outputs are read: the answer format's phrase is one more that announces an answer."""
        return self.words.reader(self.order)

    def extra_module(self, width: int, vector_width: int) -> torch.nn.Module | None:
        """Parameters of the extra loss, trained with the student and dropped afterwards."""
        return None

    def extra_loss(self, hidden: torch.Tensor, marks: Marks, module: torch.nn.Module | None) -> torch.Tensor:
        """The loss [M] at each of M marked positions, in the part `extra`; `hidden` [M, width] are final states."""
        raise NotImplementedError(f"{type(self).__name__} has views with marks but defines no extra_loss")

    # What every method shares, in terms of the fields above.

    def ask(self, record: Record) -> str:
        """The question in the answer format, after its demonstrations if it has any.

        With a chat template, the question alone: the roles replace the words.
        """
        if self.prompt_style == "chat":
            return record.question.strip()
        return "".join(record.meta.get(SHOWN_BEFORE, ())) + self.words.ask(record.question)

    def demonstration(self, record: Record) -> str | None:
        """A solved question as it is shown before another: prompt and target of its first view, and a blank line.

        None if the record has no view.
        """
        view = next(iter(self.views(record, self.path_names[0])), None)
        return None if view is None else (view.prompt + "".join(one.text for one in view.target)).rstrip() + "\n\n"

    def kept(self, record: Record) -> tuple[Rationale, ...]:
        """The rationales of a record to train on, in order; its gold answer where that is the whole target."""
        if self.words.whole:
            return with_answer_as_rationale(record).rationales
        own = (one for one in record.rationales if self.teacher in (None, one.teacher))
        allowed = (one for one in own if self.keep == "all" or one.correct)
        return tuple(allowed)[: self.rationales]

    def answer(self, record: Record, rationale: Rationale | None) -> str | None:
        """The answer in a target: the gold one, or the teacher's own if there is a rationale."""
        if self.label == "gold":
            return record.answer
        return None if rationale is None else rationale.answer

    def difficulty(self, record: Record) -> float:
        """How hard a question is by the method's `curriculum`; 0 for every question without one."""
        return difficulty(self.curriculum, record, self.kept(record)) if self.curriculum else 0.0

    def visit(self, record: Record, seed: int, epoch: int) -> Record:
        """The record with the rationales drawn for this seed and epoch."""
        kept = self.kept(record)
        return replace(record, rationales=self._drawn(kept, record.id, seed, epoch))

    def _drawn(self, kept: tuple[Rationale, ...], record_id: str, seed: int, epoch: int) -> tuple[Rationale, ...]:
        if self.draw == "all" or not kept:
            return kept
        pool = kept
        if self.draw == "curriculum":
            pool = tuple(sorted(kept, key=lambda rationale: len(rationale.text)))[: epoch + 1]
        return (pool[int(unit_interval("draw", seed, epoch, record_id) * len(pool))],)


def check_trainable(method: Method, records: Iterable[Record]) -> None:
    """Check that a method can train on these records.

    Raises InputError for a record without the gold answer that the method needs, and UnknownNameError for a teacher
    that wrote none of the rationales.
    """
    teachers: set[str] = set()
    for record in records:
        if record.answer is None and method.needs_gold:
            raise InputError(f"record '{record.id}' has no gold answer, and the method trains on gold answers; "
                             "add it, leave the record out, or train few-shot: keep: all, label: teacher")  # fmt: skip
        teachers.update(one.teacher for one in record.rationales if one.teacher)
    if method.teacher is not None and method.teacher not in teachers:
        raise UnknownNameError("teacher of this corpus", method.teacher, teachers)


METHODS: Registry[Method] = Registry("method", "methods", Method)  # type: ignore[type-abstract]


def make_method(name: str, options: Mapping[str, Any] | None = None, **keywords: Any) -> Method:
    """A method by name with its options, as a mapping or as keywords; each is checked by type.

    name: one of `smallsteps list methods`, or `FILE.py:CLASS`.
    Raises UnknownNameError for an unknown method or option and OptionError for a value that does not fit.
    """
    return METHODS.make(name, {**(options or {}), **keywords})

"""What a method is: what a record becomes for training, how a question is asked, how the output is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from smallsteps.errors import InputError, OptionError, UnknownNameError
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
    """Where decoding stops: at the first `at` behind the first `after`. An empty `at` never stops."""

    after: str
    at: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a student wrote behind a prefix. `tokens` excludes the end token, `text` is their plain text."""

    tokens: tuple[int, ...]
    text: str
    finish: Finish


@dataclass(frozen=True, slots=True)
class Output:
    """A method's whole output for one question. `tokens` counts the generated tokens."""

    text: str
    tokens: int
    finish: Finish
    segments: tuple[Segment, ...] = ()


class Writer(Protocol):
    """A student at work, batched over questions; the caller has fixed temperature, sample and length limit."""

    def tokens(self, prompt: str) -> tuple[int, ...]:
        """The token ids of a prompt, as in training."""

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
        """Continue each prefix with the student of `path`. `keys` make sampling reproducible whatever the batch."""

    def sessions(self, prompts: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[list[int], Session]]:
        """The questions with these prompts, some at a time: their places among the prompts, and a session on them."""


class Session(Protocol):
    """Some questions that students write on stretch by stretch; what was read before is not read again."""

    def read(self, line: int, tokens: Sequence[int]) -> None:
        """Put tokens behind what stands on a line, such as an added token that separates stretches."""

    def write(
        self, path: str, lines: Sequence[int], stop: Stop | None = None, max_new_tokens: int | None = None
    ) -> list[Written]:
        """Let the student of `path` write on some lines; its tokens then stand on them, without the end token.

        A line that has spent the caller's length limit or the student's positions gets nothing, with finish `length`.
        """


@dataclass(frozen=True, slots=True)
class Marks:
    """What an extra loss sees beside the hidden states of M marked places.

    `targets` [M, D] the (mean) vector of each place, `bank` [N, D] the corpus's vectors in order of their keys,
    `rows` for each place the rows of its own vectors in `bank`, `keys` the same as keys.
    """

    keys: tuple[tuple[str, ...], ...]
    targets: torch.Tensor
    bank: torch.Tensor
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Method(ABC):
    """A way to teach. One file of `methods/`, a frozen dataclass whose fields are its hyperparameters.

    keep: which rationales are taught: those whose answer is `right`, or `all`.
    label: whose answer stands in a target: the `gold` one, or the `teacher`'s own.
    draw: which of a question's rationales a visit sees: `one` drawn evenly, `all`, or a `curriculum` that begins
        with the shortest and admits one more each epoch.
    rationales: how many of a question's kept rationales are taught, in the order of the corpus; none given: every one.
    teacher: whose rationales are taught, by the name in the corpus; none given: those of all teachers.
    answer_format: the words around question, rationale and answer: `common` for a fair comparison, or a paper's own.
    prompt_style: `plain`, or `chat` for the student's own chat template.
    """

    keep: Keep = "right"
    label: Label = "gold"
    draw: Draw = "one"
    rationales: int | None = None
    teacher: str | None = None
    answer_format: str = "common"
    prompt_style: PromptStyle = "plain"

    order: ClassVar[Order] = "last"
    added_tokens: ClassVar[tuple[str, ...]] = ()
    answering_options: ClassVar[frozenset[str]] = frozenset()
    """Options that training does not read: arms that differ in these alone are trained once."""

    def __post_init__(self) -> None:
        get_answer_format(self.answer_format)
        if self.rationales is not None and self.rationales < 1:
            raise OptionError(f"rationales = {self.rationales}: a method teaches at least 1 rationale a question")
        self.check()

    @abstractmethod
    def views(self, record: Record, path: str) -> list[View]:
        """The training examples of a record, whose rationales are those to be taught now. Pure: no randomness."""

    def check(self) -> None:  # noqa: B027  a hook: most methods have nothing to refuse
        """Refuse values of the method's own fields. Raises OptionError."""

    @property
    def mix(self) -> Mapping[str, float]:
        """The share of each loss part in the loss."""
        return {"target": 1.0}

    @property
    def path_names(self) -> tuple[str, ...]:
        """The students that the method trains, one per path."""
        return ("main",)

    @property
    def words(self) -> AnswerFormat:
        """The answer format by its content."""
        return get_answer_format(self.answer_format)

    @property
    def needs_gold(self) -> bool:
        """Whether training reads gold answers: to tell right rationales, or as targets. Few-shot training does not."""
        return self.keep == "right" or self.label == "gold" or self.words.whole

    def needs(self) -> tuple[Need, ...]:
        """What must be made before the training begins."""
        return ()

    def prompt(self, record: Record, path: str) -> str:
        """How a question is asked, in training as at inference."""
        return self.ask(record)

    def stop(self) -> Stop | None:
        """Where decoding may stop: at the end of the answer line."""
        return Stop(self.words.marker, self.words.close) if self.words.close else None

    @property
    def separable(self) -> bool:
        """Whether an output depends on its own question alone, so that any questions may be asked without the others.

        Several samples of a question are then decoded side by side, each as a record with an id of its own.
        """
        return True

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """One output for each record; by default one `write`."""
        prefixes = [write.tokens(self.prompt(record, self.path_names[0])) for record in records]
        written = write(self.path_names[0], prefixes, [record.id for record in records], self.stop())
        return [Output(one.text, len(one.tokens), one.finish) for one in written]

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Outputs with the rationale in them; those of `decode` where the rationale comes before the answer anyway.

        Raises OptionError where the method teaches no rationale that could be written.
        """
        return self.decode(write, records)

    @property
    def reader(self) -> Reader:
        """How the outputs are read: the answer format's phrase is one more that announces an answer."""
        return self.words.reader(self.order)

    def extra_module(self, width: int, vector_width: int) -> torch.nn.Module | None:
        """Parameters of the extra loss, trained along and dropped afterwards."""
        return None

    def extra_loss(self, hidden: torch.Tensor, marks: Marks, module: torch.nn.Module | None) -> torch.Tensor:
        """A loss [M] for each of M marked places, in the part `extra`; `hidden` [M, width] are final states."""
        raise NotImplementedError(f"{type(self).__name__} marks places but defines no extra_loss")

    # What every method shares, in terms of the fields above.

    def ask(self, record: Record) -> str:
        """The question in the answer format's words, behind the demonstrations that it comes with, if any.

        In a chat the roles stand for the words.
        """
        if self.prompt_style == "chat":
            return record.question.strip()
        return "".join(record.meta.get(SHOWN_BEFORE, ())) + self.words.ask(record.question)

    def demonstration(self, record: Record) -> str | None:
        """A solved question as it stands in front of another: its first view, prompt and target, and a blank line.

        None where the record gives no view.
        """
        view = next(iter(self.views(record, self.path_names[0])), None)
        return None if view is None else (view.prompt + "".join(one.text for one in view.target)).rstrip() + "\n\n"

    def kept(self, record: Record) -> tuple[Rationale, ...]:
        """The rationales of a record that may be taught, in order; its gold answer where that is the whole text."""
        if self.words.whole:
            return with_answer_as_rationale(record).rationales
        own = (one for one in record.rationales if self.teacher in (None, one.teacher))
        allowed = (one for one in own if self.keep == "all" or one.correct)
        return tuple(allowed)[: self.rationales]

    def answer(self, record: Record, rationale: Rationale | None) -> str | None:
        """The answer that stands in a target: the gold one, or the teacher's own where there is a rationale."""
        if self.label == "gold":
            return record.answer
        return None if rationale is None else rationale.answer

    def visit(self, record: Record, seed: int, epoch: int) -> Record:
        """The record as one visit sees it: with the rationales drawn for this seed and epoch."""
        kept = self.kept(record)
        return replace(record, rationales=self._drawn(kept, record.id, seed, epoch))

    def _drawn(self, kept: tuple[Rationale, ...], record_id: str, seed: int, epoch: int) -> tuple[Rationale, ...]:
        if self.draw == "all" or not kept:
            return kept
        pool = kept
        if self.draw == "curriculum":
            pool = tuple(sorted(kept, key=lambda rationale: len(rationale.text)))[: epoch + 1]
        return (pool[int(unit_interval("draw", seed, epoch, record_id) * len(pool))],)


def check_taught(method: Method, records: Iterable[Record]) -> None:
    """Refuse training questions that a method cannot learn from.

    Raises InputError for a question without the gold answer that the method needs, naming it, and UnknownNameError for
    a teacher who told none of the rationales.
    """
    teachers: set[str] = set()
    for record in records:
        if record.answer is None and method.needs_gold:
            raise InputError(f"record '{record.id}' has no gold answer, and the method learns from gold answers; "
                             "add it, leave the record out, or teach few-shot: keep: all, label: teacher")  # fmt: skip
        teachers.update(one.teacher for one in record.rationales if one.teacher)
    if method.teacher is not None and method.teacher not in teachers:
        raise UnknownNameError("teacher of this corpus", method.teacher, teachers)


METHODS: Registry[Method] = Registry("method", "methods", Method)  # type: ignore[type-abstract]


def make_method(name: str, options: Mapping[str, Any]) -> Method:
    """A method by name with its options, each checked by type.

    Raises UnknownNameError for an unknown method or option and OptionError for a value that does not fit.
    """
    return METHODS.make(name, options)

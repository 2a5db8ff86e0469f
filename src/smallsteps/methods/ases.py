"""AS-ES learning (arXiv 2403.01969): rationales learnt and written segment by segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from smallsteps.errors import InputError, OptionError
from smallsteps.methods import Arm, Finish, Method, Need, Output, Segments, Session, Writer, Written
from smallsteps.methods._targets import equal_share
from smallsteps.records import Kind, Rationale, Record, Segment
from smallsteps.segment import Strategy, make_strategy
from smallsteps.views import Piece, View

SEGMENT = "<seg>"
SCORER = "cot"
GIVEN = "given"
_KINDS: tuple[Kind, Kind] = ("extractive", "abstractive")


@dataclass(frozen=True)
class Ases(Method):
    """Question and the segments so far → the next segment (AS-ES learning), by one student or by two in turn.

    by: the strategy that labels the segments (`smallsteps list strategies`); `given` uses those of the corpus. A
        strategy that needs a scorer gets the `cot` arm of the same student and seed.
    beta: the strategy's β; its own default if not given.
    merge: whether neighbours with the same label become one segment; the released code keeps them apart.
    settings: further options of the strategy, each `name=value`.
    paths: `one` student writes every segment; `two`, trained from the same initial student, write the extractive and
        the abstractive segments in turn.
    rounds: the most pairs of segments per question.
    segment_tokens: the most tokens per segment.
    """

    rationales: int | None = 1
    by: str = "entropy"
    beta: float | None = None
    merge: bool = True
    settings: tuple[str, ...] = ()
    paths: Literal["one", "two"] = "one"
    rounds: int = 5
    segment_tokens: int = 100

    added_tokens: ClassVar[tuple[str, ...]] = (SEGMENT,)
    answering_options: ClassVar[frozenset[str]] = frozenset({"rounds", "segment_tokens"})

    def check(self) -> None:
        """The strategy has these options; there is at least one round, and at least one token per segment."""
        if self.rounds < 1 or self.segment_tokens < 1:
            raise OptionError(
                f"rounds = {self.rounds}, segment_tokens = {self.segment_tokens}: expected at least 1 of each"
            )
        if self.by == GIVEN and (self.beta is not None or self.settings):
            raise OptionError("by: given uses the segments of the corpus, so beta and settings have no effect; leave "
                              "them out, or name a strategy")  # fmt: skip
        if self.by != GIVEN:
            self._strategy()

    @property
    def path_names(self) -> tuple[str, ...]:
        """One student, or one per kind of segment, the extractive one first."""
        return ("main",) if self.paths == "one" else _KINDS

    def needs(self) -> tuple[Need, ...]:
        """Segmented rationales, and a student that scores them if the strategy needs one."""
        if self.by == GIVEN:
            return ()
        options = tuple(sorted(self._options().items()))
        whole = self.words.whole
        if self._strategy().scorer_context is None:
            return (Segments(self.by, None, options, whole),)
        shared = {"answer_format": self.answer_format, "prompt_style": self.prompt_style}
        asked = tuple((name, value) for name, value in shared.items() if value != getattr(Method, name))
        return (Arm(SCORER, asked), Segments(self.by, SCORER, options, whole))

    def views(self, record: Record, path: str) -> list[View]:
        """One view per segment of the path's kind: earlier segments are context, the answer line ends the last."""
        prompt, weight = self.prompt(record, path), equal_share(record)
        views = []
        for rationale in record.rationales:
            answer = self.answer(record, rationale)
            if answer is not None:
                kinds, texts = self._texts(record, rationale, answer)
                targets = [(kind, _target(texts[: end + 1])) for end, kind in enumerate(kinds)]
                views += [
                    View(record.id, "target", prompt, target, weight, kind=kind)
                    for kind, target in targets
                    if path in ("main", kind)
                ]
        return views

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Segment by segment, the extractive and the abstractive student in turn, until the answer line is written.

        Also stops at an empty or repeated segment [ours] and after `rounds` pairs.
        """
        prompts = [self.prompt(record, self.path_names[0]) for record in records]
        outputs: dict[int, Output] = {}
        separator = write.added(SEGMENT)
        for places, session in write.sessions(prompts, [record.id for record in records]):
            outputs |= dict(zip(places, self._decode_batch(session, len(places), separator), strict=True))
        return [outputs[place] for place in range(len(records))]

    def _decode_batch(self, session: Session, count: int, separator: int) -> Iterator[Output]:
        writers = [_SegmentWriter() for _ in range(count)]
        for turn in range(2 * self.rounds):
            path = self.path_names[turn % len(self.path_names)]
            lines = [line for line, writer in enumerate(writers) if writer.finish is None]
            if not lines:
                break
            for line in lines:
                session.read(line, (separator,))
            written = session.write(path, lines, self.stop(), self.segment_tokens)
            for line, one in zip(lines, written, strict=True):
                writers[line].take(one, path, self.words.marker)
        return (writer.output() for writer in writers)

    def _strategy(self) -> Strategy:
        return make_strategy(self.by, self._options())

    def _options(self) -> Mapping[str, Any]:
        pairs = [setting.partition("=") for setting in self.settings]
        for name, equals, _ in pairs:
            if not (name and equals):
                raise OptionError(f"settings: '{name}{equals}': expected name=value, such as per=mean")
        beta = {} if self.beta is None else {"beta": self.beta}
        return {"merge": self.merge, **beta, **{name.strip(): value.strip() for name, _, value in pairs}}

    def _texts(self, record: Record, rationale: Rationale, answer: str) -> tuple[list[Kind], list[str]]:
        """The kinds and texts of a rationale's segments; the texts join to the target of `cot`."""
        if not rationale.segments:
            raise InputError(f"record '{record.id}' has a rationale without segments; run `smallsteps segment` on the "
                             "corpus, or name a strategy with by")  # fmt: skip
        texts = [rationale.text[one.start : one.end] for one in rationale.segments]
        texts[0] = " " + texts[0].lstrip()
        texts[-1] = texts[-1].rstrip() + self.words.ending(answer)
        return [one.kind for one in rationale.segments], texts


def _target(texts: Sequence[str]) -> tuple[Piece, ...]:
    """Every segment after its separator; all but the last are context."""
    last = len(texts) - 1
    pieces = [(Piece(SEGMENT, 0.0), Piece(text, float(place == last))) for place, text in enumerate(texts)]
    return tuple(piece for pair in pieces for piece in pair)


@dataclass
class _SegmentWriter:
    """What was written for one question so far; `finish` is set at its end."""

    texts: list[str] = field(default_factory=list)
    kinds: list[Kind | None] = field(default_factory=list)
    tokens: int = 0
    finish: Finish | None = None

    def take(self, written: Written, path: str, marker: str) -> None:
        """Add the next segment; an empty or repeated one ends the output."""
        self.tokens += len(written.tokens)
        said = written.text.strip()
        if not said and written.finish == "length":
            self.finish = "length"
        elif not said or said in (text.strip() for text in self.texts):
            self.finish = "eos"
        else:
            self.texts.append(written.text)
            self.kinds.append(next((kind for kind in _KINDS if kind == path), None))
            if written.finish == "stop" or (marker and marker in written.text and written.finish == "eos"):
                self.finish = written.finish

    def output(self) -> Output:
        """The complete text; without an end of its own it was cut off."""
        segments, start = [], 0
        for text, kind in zip(self.texts, self.kinds, strict=True):
            if kind is not None:
                segments.append(Segment(kind, start, start + len(text)))
            start += len(text)
        return Output("".join(self.texts), self.tokens, self.finish or "length", tuple(segments))

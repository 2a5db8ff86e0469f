"""Answer first or think first, question by question (after later versions of arXiv 2404.09170, in our own reading)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from smallsteps.errors import OptionError
from smallsteps.methods import OUT_OF_FOLD, Folds, Method, Need, Output, Stop, Writer
from smallsteps.methods._answer_first import check_closed
from smallsteps.methods._targets import share
from smallsteps.records import Record, unit_interval
from smallsteps.tasks import get_task
from smallsteps.views import Piece, View

FIRST, THINK = "<first>", "<think>"
SOFT = tuple(f"<soft{number}>" for number in range(1, 9))
ORDERS = {FIRST: "post", THINK: "cot"}


@dataclass(frozen=True)
class Adaptive(Method):
    """Question → answer at once or rationale first, as a learnt prompt behind the question decides (adaptive) [ours].

    One student is taught both orders, each behind a token of its own, and to name the order behind eight tokens that
    only the decision has: a soft prompt, whose embeddings are trained with the student. A training question's label is
    answer first where a student of the other folds, taught answer first, gets it right, and think first elsewhere.

    choice: who decides when answering: the `learnt` prompt; always `first` or always `think`; `random`, the learnt
        decisions dealt out to the questions at random, hence at the same share; the `oracle`, which tries both orders
        and looks at the gold answer: a ceiling, no way to answer. Training is the same for all of them.
    choice_weight: the share of the decision's loss.
    folds: how many parts the training questions are cut into, with a student of each order for every part.
    """

    choice: Literal["learnt", "first", "think", "random", "oracle"] = "learnt"
    choice_weight: float = 1.0
    folds: int = 2

    added_tokens: ClassVar[tuple[str, ...]] = (FIRST, THINK, *SOFT)
    answering_options: ClassVar[frozenset[str]] = frozenset({"choice"})

    def check(self) -> None:
        """There are at least two folds, the share is no less than 0, and the answer has an end."""
        check_closed(self)
        if self.folds < 2:
            raise OptionError(f"folds = {self.folds}: a question is judged by students of other folds; take 2 or more")
        if self.choice_weight < 0:
            raise OptionError(f"choice_weight = {self.choice_weight}: the share of a loss is 0 or more")

    @property
    def mix(self) -> Mapping[str, float]:
        """Both orders together count 1, the decision its own share."""
        return {"target": 1.0, "choice": self.choice_weight}

    def needs(self) -> tuple[Need, ...]:
        """What students of the other folds make of each training question, in either order."""
        return tuple(Folds(method, self.folds) for method in ORDERS.values())

    @property
    def needs_gold(self) -> bool:
        """Yes: the students of the other folds are judged by it."""
        return True

    @property
    def separable(self) -> bool:
        """Not where the decisions are dealt out among all questions."""
        return self.choice != "random"

    def prompt(self, record: Record, path: str) -> str:
        """The question, to be thought about: the order that every question can be put in."""
        return self.ask(record) + THINK

    def views(self, record: Record, path: str) -> list[View]:
        """Each rationale in both orders, and the decision where the question was judged out of fold."""
        views = []
        for rationale in record.rationales:
            answer = self.answer(record, rationale)
            if answer is not None:
                line, why = Piece(self.words.conclude(answer)), Piece(self.words.explain(rationale.text))
                for order, target in ((FIRST, (line, why)), (THINK, (why, line))):
                    views.append(View(record.id, "target", self.ask(record) + order, target, share(record)))
        right = record.meta.get(OUT_OF_FOLD, {})
        if views and ORDERS[FIRST] in right:
            chosen = FIRST if right[ORDERS[FIRST]] else THINK
            views.append(View(record.id, "choice", self._asked(record), (Piece(chosen),), ends=False))
        return views

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Decide, then answer in the order that was decided on; the decision counts as one token."""
        return self._decided(write, records, self.stop())

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """The same, with the rationale also behind an answer that comes first."""
        return self._decided(write, records, None)

    def _decided(self, write: Writer, records: Sequence[Record], stop: Stop | None) -> list[Output]:
        if self.choice == "first" or self.choice == "think":
            return self._written(write, records, [self.choice == "first"] * len(records), stop)
        if self.choice == "oracle":
            first, think = (self._written(write, records, [order] * len(records), stop) for order in (True, False))
            return [a if self._right(a, r) else b for a, b, r in zip(first, think, records, strict=True)]
        firsts = self._choices(write, records)
        if self.choice == "random":
            order = sorted(range(len(records)), key=lambda place: unit_interval("adaptive", records[place].id))
            firsts = [firsts[place] for place in order]
        outputs = self._written(write, records, firsts, stop)
        return [replace(output, tokens=output.tokens + 1) for output in outputs]

    def _choices(self, write: Writer, records: Sequence[Record]) -> list[bool]:
        """Whether the student decides to answer first: anything but `<think>` does."""
        prefixes = [write.tokens(self._asked(record)) for record in records]
        written = write(self.path_names[0], prefixes, [f"{record.id}/choice" for record in records], None, 1)
        return [write.added(THINK) not in one.tokens for one in written]

    def _written(
        self, write: Writer, records: Sequence[Record], firsts: Sequence[bool], stop: Stop | None
    ) -> list[Output]:
        orders = [FIRST if first else THINK for first in firsts]
        prefixes = [write.tokens(self.ask(record) + order) for record, order in zip(records, orders, strict=True)]
        written = write(self.path_names[0], prefixes, [record.id for record in records], stop)
        return [Output(one.text, len(one.tokens), one.finish) for one in written]

    def _right(self, output: Output, record: Record) -> bool:
        task = get_task(record.task)
        reading = self.reader.read(output.text, task, task.choices(record), output.finish)
        return bool(task.judge(reading.answer if reading.announced else None, record))

    def _asked(self, record: Record) -> str:
        return self.ask(record) + "".join(SOFT)

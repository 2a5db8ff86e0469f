"""Answer first or think first, per question (after later versions of arXiv 2404.09170, in our reading)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from smallsteps.errors import OptionError
from smallsteps.methods import OUT_OF_FOLD, Folds, Method, Need, Output, Stop, Writer
from smallsteps.methods._answer_first import check_answer_ends
from smallsteps.methods._targets import equal_share
from smallsteps.records import Record, unit_interval
from smallsteps.tasks import get_task
from smallsteps.views import Piece, View

FIRST, THINK = "<first>", "<think>"
SOFT = tuple(f"<soft{number}>" for number in range(1, 9))
ORDERS = {FIRST: "post", THINK: "cot"}


@dataclass(frozen=True)
class Adaptive(Method):
    """Question → answer first or rationale first, as a soft prompt after the question decides (adaptive) [ours].

    One student is trained on both orders, each after its own token, and to predict the order after eight tokens used
    only for that: a soft prompt, whose embeddings are trained with the student. The label of a training question is
    answer first if a student of the other folds, trained answer first, gets it right, and think first otherwise.

    choice: what decides when answering: the `learnt` prompt; always `first` or always `think`; `random`, the learnt
        decisions shuffled among the questions, hence with the same share; the `oracle`, which tries both orders and
        looks at the gold answer: an upper bound, not a way to answer. Training is the same for all of them.
    choice_weight: the weight of the decision's loss.
    folds: the number of folds of the training questions, with a student of each order for every fold.
    """

    choice: Literal["learnt", "first", "think", "random", "oracle"] = "learnt"
    choice_weight: float = 1.0
    folds: int = 2

    added_tokens: ClassVar[tuple[str, ...]] = (FIRST, THINK, *SOFT)
    answering_options: ClassVar[frozenset[str]] = frozenset({"choice"})

    def check(self) -> None:
        """At least two folds, a weight of at least 0, and an answer format that marks the end of the answer."""
        check_answer_ends(self)
        if self.folds < 2:
            raise OptionError(f"folds = {self.folds}: students of other folds label a question; use 2 or more")
        if self.choice_weight < 0:
            raise OptionError(f"choice_weight = {self.choice_weight}: the weight of a loss is 0 or more")

    @property
    def mix(self) -> Mapping[str, float]:
        """Both orders together have weight 1, the decision its own."""
        return {"target": 1.0, "choice": self.choice_weight}

    def needs(self) -> tuple[Need, ...]:
        """What students of the other folds answer to each training question, in either order."""
        return tuple(Folds(method, self.folds) for method in ORDERS.values())

    @property
    def needs_gold(self) -> bool:
        """Always: the students of the other folds are judged by it."""
        return True

    @property
    def independent(self) -> bool:
        """Not if the decisions are shuffled among all questions."""
        return self.choice != "random"

    def prompt(self, record: Record, path: str) -> str:
        """The question in the think-first order, which is always possible."""
        return self.ask(record) + THINK

    def views(self, record: Record, path: str) -> list[View]:
        """Each rationale in both orders, and the decision if the question was labelled out of fold."""
        views = []
        for rationale in record.rationales:
            answer = self.answer(record, rationale)
            if answer is not None:
                line, why = Piece(self.words.conclude(answer)), Piece(self.words.explain(rationale.text))
                for order, target in ((FIRST, (line, why)), (THINK, (why, line))):
                    views.append(View(record.id, "target", self.ask(record) + order, target, equal_share(record)))
        right = record.meta.get(OUT_OF_FOLD, {})
        if views and ORDERS[FIRST] in right:
            chosen = FIRST if right[ORDERS[FIRST]] else THINK
            views.append(View(record.id, "choice", self._asked(record), (Piece(chosen),), ends=False))
        return views

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Decide on an order, then answer in it; the decision counts as one token."""
        return self._decided(write, records, self.stop())

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """The same, with a rationale after an answer that comes first."""
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
        """Whether the student decides to answer first: anything but `<think>` means yes."""
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

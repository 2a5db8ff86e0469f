"""Public data sets of the tasks, and what their columns mean.

Named by id and configuration as their publishers did. AddSub and SingleEq have no id that loads without running the
publisher's code, so they are not here: their questions come in the layout `reasoning-teacher`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smallsteps.formats._choices import with_choices, without_letter
from smallsteps.formats._format import Part
from smallsteps.formats._rows import Row
from smallsteps.formats._wordings import (
    INFERENCES,
    SENTIMENTS,
    about_premise,
    about_review,
    about_sentence,
    choices_in,
    named,
)
from smallsteps.records import Rationale


@dataclass(frozen=True)
class Content:
    """What a row says: question, gold answer, and what else it has."""

    question: str
    answer: str | None
    choices: tuple[str, ...] | None = None
    rationale: Rationale | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PublicData:
    """A data set by id: its configuration, the name of the split of each part, and how a row is read.

    A part that lies in several splits names them all, `test_r1+test_r2`.
    """

    id: str
    content: Callable[[Row], Content]
    config: str | None = None
    splits: Mapping[Part, str] | None = None

    def split_names(self, part: Part) -> list[str]:
        """The names of the splits that hold a part."""
        return (self.splits or {}).get(part, part).split("+")


def _human(text: str | None, answer: str) -> Rationale | None:
    return Rationale(text.strip(), answer=answer, teacher="human") if text and text.strip() else None


def _gsm8k(row: Row) -> Content:
    import re

    steps, mark, answer = row.text("answer").rpartition("####")
    if not mark:
        raise row.error("expected steps, then '#### NUMBER'", "answer")
    return Content(row.text("question"), answer.strip(), None, _human(re.sub(r"<<[^<>]*>>", "", steps), answer.strip()))


def _multiarith(row: Row) -> Content:
    return Content(row.text("question").strip(), row.scalar("final_ans"))


def _svamp(row: Row) -> Content:
    return Content(f"{row.text('Body').strip()} {row.text('Question').strip()}", row.scalar("Answer"))


def _aqua(row: Row) -> Content:
    choices = tuple(without_letter(option) for option in row.texts("options"))
    gold = row.text("correct")
    return Content(with_choices(row.text("question"), choices), gold, choices, _human(row.maybe("rationale"), gold))


def _commonsense_qa(row: Row) -> Content:
    listed: Any = row.value("choices")
    if not isinstance(listed, dict) or not isinstance(listed.get("text"), list):
        raise row.error("expected {label: […], text: […]}", "choices")
    choices = tuple(map(str, listed["text"]))
    return Content(with_choices(row.text("question"), choices), row.maybe("answerKey"), choices)


def _strategy_qa(row: Row) -> Content:
    answer = "yes" if row.flag("answer") else "no"
    facts = row.data.get("facts")
    return Content(
        row.text("question"), answer, None, _human(" ".join(facts) if isinstance(facts, list) else facts, answer)
    )


def _coin_flip(row: Row) -> Content:
    question = row.text("inputs").strip().removeprefix("Q:").removesuffix("A:")
    return Content(question.strip(), row.text("targets"))


def _last_letter(row: Row) -> Content:
    return Content(row.text("question"), row.text("answer"))


def _big_bench(row: Row) -> Content:
    question, mark, options = row.text("input").partition("\nOptions:\n")
    if not mark:
        raise row.error("expected 'Options:' behind the question", "input")
    choices = tuple(without_letter(option) for option in options.strip().split("\n"))
    asked = with_choices(f"{question.rstrip()}\nWhich choice is true?", choices)
    return Content(asked, row.text("target"), choices)


def _imdb(row: Row) -> Content:
    return Content(about_review(row.text("text")), _label(row, SENTIMENTS))


def _sst2(row: Row) -> Content:
    return Content(about_sentence(row.text("sentence")), _label(row, SENTIMENTS))


def _anli(row: Row) -> Content:
    gold = _label(row, INFERENCES)
    human = None if gold is None else _human(row.maybe("reason"), gold)
    asked = about_premise(row.text("premise"), row.text("hypothesis"))
    return Content(asked, gold, None, human, {"group": row.path.name.rpartition("_")[2].upper()})


def _openbook_qa(row: Row) -> Content:
    listed: Any = row.value("choices")
    if not isinstance(listed, dict) or not isinstance(listed.get("text"), list):
        raise row.error("expected {text: […], label: […]}", "choices")
    choices, fact = tuple(map(str, listed["text"])), row.maybe("fact1")
    asked = with_choices(row.text("question_stem"), choices)
    return Content(asked, row.maybe("answerKey"), choices, meta={"fact": fact} if fact else {})


def _quarel(row: Row) -> Content:
    question, form = row.text("question").strip(), row.maybe("logical_form_pretty")
    gold, choices = named(row, "answer_index", "AB"), choices_in(question) or None
    return Content(question, gold, choices, meta={"logical_form": form} if form else {})


def _rounds(part: str) -> str:
    return "+".join(f"{part}_r{number}" for number in (1, 2, 3))


def _label(row: Row, names: Sequence[str]) -> str | None:
    """The name of a label; None for -1, which stands where the label was not published."""
    return None if row.scalar("label") == "-1" else named(row, "label", names)


PUBLIC: dict[str, PublicData] = {
    "gsm8k": PublicData("openai/gsm8k", _gsm8k, "main"),
    "multiarith": PublicData("ChilleD/MultiArith", _multiarith),
    "svamp": PublicData("ChilleD/SVAMP", _svamp),
    "aqua": PublicData("deepmind/aqua_rat", _aqua, "raw"),
    "commonsense_qa": PublicData("tau/commonsense_qa", _commonsense_qa, splits={"test": "validation"}),
    "strategy_qa": PublicData("ChilleD/StrategyQA", _strategy_qa),
    "coin_flip": PublicData("skrishna/coin_flip", _coin_flip),
    "last_letter_concatenation": PublicData("ChilleD/LastLetterConcat", _last_letter),
    "date_understanding": PublicData("lukaemon/bbh", _big_bench, "date_understanding"),
    "tracking_shuffled_objects": PublicData("lukaemon/bbh", _big_bench, "tracking_shuffled_objects_three_objects"),
    "imdb": PublicData("stanfordnlp/imdb", _imdb, "plain_text"),
    "sst2": PublicData("stanfordnlp/sst2", _sst2, splits={"test": "validation"}),
    "anli": PublicData("facebook/anli", _anli, "plain_text", {part: _rounds(part) for part in ("train", "test")}),
    "openbook_qa": PublicData("allenai/openbookqa", _openbook_qa, "main"),
    "quarel": PublicData("community-datasets/quarel", _quarel),
}
"""The public data set of each task. The test labels of CommonsenseQA and SST-2 were never published: their validation
splits are what papers test on. The two of BIG-Bench Hard have a test split of 250 questions and no train split."""

"""Labels by each strategy on rationales where they are known, shares, agreement, and bad input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smallsteps.errors import InputError, OptionError
from smallsteps.records import Rationale, Record, with_answer_as_rationale
from smallsteps.segment import Measured, agreement, make_strategy, segment_records, segment_spans, segmentation
from smallsteps.text.overlap import bleu, bleu_precision, rouge_l

TEXT = "Tom has 12 red apples. He buys 7 green apples. So 12 plus 7 is 19. All in all that is it."
RECORD = Record("r", "word_problems", "Tom has 12 red apples. He buys 7 green apples. How many?", "19",
                rationales=(Rationale(TEXT, "19", correct=True),))  # fmt: skip


class Fake:
    """Measures clauses by a table of (entropy, nll)."""

    def __init__(self, *found: tuple[float, float]) -> None:
        self.found = [Measured(*one, 4) for one in found]

    def measure(self, records: Any, clauses: Any, context: Any) -> list[list[list[Measured]]]:
        return [[self.found[: len(texts)] for texts in some] for some in clauses]


def kinds(by: str, scorer: Fake | None = None, record: Record = RECORD, **options: Any) -> str:
    """The first letters of the segments' kinds, unmerged."""
    (found,) = segment_records([record], make_strategy(by, {"merge": False, **options}), scorer)
    return "".join(kind[0] for _, kind, _ in segment_spans(found.rationales[0]))


def test_high_entropy_is_abstractive_against_the_rationales_own_mean() -> None:
    scorer = Fake((1, 0), (1, 0), (8, 0), (2, 0))  # mean 3, times 1.4 is 4.2
    assert kinds("entropy", scorer) == "eeae"
    assert kinds("entropy", scorer, beta=0.5) == "eeaa"
    assert kinds("entropy", scorer, beta=3) == "eeee"


def test_the_loss_is_read_by_its_own_strategy() -> None:
    assert kinds("loss", Fake((9, 1), (9, 5), (9, 1), (9, 1))) == "eaee"


def test_per_word_scores_do_not_favour_long_clauses() -> None:
    long = replace(
        RECORD, rationales=(Rationale("one two three four. " + "many words stand in this clause " * 3 + "."),)
    )
    scorer = Fake((4, 0), (18, 0))  # 1 a word, then 1 a word
    assert kinds("entropy", scorer, record=long) == "ea"
    assert kinds("entropy", scorer, record=long, per="mean") == "ee"


@pytest.mark.parametrize("metric", ["rouge", "bleu"])
def test_what_stands_in_the_question_is_extractive(metric: str) -> None:
    assert kinds("similarity", metric=metric) == "eeaa"


def test_location_takes_turns_and_random_keeps_its_share() -> None:
    assert kinds("location") == "eaea"
    many = [replace(RECORD, id=str(number)) for number in range(500)]
    found = segmentation(segment_records(many, make_strategy("random", {"share": 0.3, "merge": False})))
    assert abs(found.abstractive - 0.3) < 0.04
    again = segmentation(segment_records(many, make_strategy("random", {"share": 0.3, "merge": False, "seed": 1})))
    assert again.abstractive != found.abstractive


def test_merging_joins_neighbours_of_one_label_and_means_their_scores() -> None:
    (found,) = segment_records([RECORD], make_strategy("entropy", {}), Fake((1, 0), (2, 0), (9, 0), (1, 0)))
    spans = segment_spans(found.rationales[0])
    assert [(kind, score) for _, kind, score in spans] == [("extractive", 1.5), ("abstractive", 9), ("extractive", 1)]
    assert spans[0][0] == "Tom has 12 red apples. He buys 7 green apples."


def test_one_clause_alone_is_extractive_and_whole() -> None:
    single = replace(RECORD, rationales=(Rationale("There are 19 of them."),))
    (found,) = segment_records([single], make_strategy("entropy", {}), Fake((5, 0)))
    assert segment_spans(found.rationales[0]) == [("There are 19 of them.", "extractive", 5.0)]
    assert segmentation([found]).whole == 1


def test_shares_and_agreement() -> None:
    (location,) = segment_records([RECORD], make_strategy("location", {}))
    (similar,) = segment_records([RECORD], make_strategy("similarity", {}))
    found = segmentation([location])
    assert (found.segments, found.abstractive, found.per_rationale) == (4, 0.5, 4.0)
    assert agreement([location], [location]) == 1
    differing = sum(len(text) for text, _, _ in segment_spans(location.rationales[0])[1::2])
    behind = len(segment_spans(location.rationales[0])[3][0]), len(segment_spans(location.rationales[0])[2][0])
    assert agreement([location], [similar]) == pytest.approx(1 - (differing - behind[0] + behind[1]) / len(TEXT))


def test_bad_input_is_answered_in_a_sentence() -> None:
    with pytest.raises(InputError, match="the corpus has no rationales to segment"):
        list(segment_records([replace(RECORD, rationales=())], make_strategy("location", {})))
    with pytest.raises(InputError, match="--scorer"):
        list(segment_records([RECORD], make_strategy("entropy", {})))
    with pytest.raises(OptionError, match="between 0 and 1"):
        make_strategy("random", {"share": 1.5})


def test_a_record_without_rationales_among_others_passes() -> None:
    told = list(segment_records([replace(RECORD, id="x", rationales=()), RECORD], make_strategy("location", {})))
    assert [len(record.rationales) for record in told] == [0, 1]


def test_the_answer_becomes_the_text_where_it_is_the_whole() -> None:
    assert with_answer_as_rationale(RECORD).rationales == (Rationale("19", "19", correct=True),)
    said = replace(RECORD, answer=TEXT)
    assert with_answer_as_rationale(said).rationales == RECORD.rationales
    assert with_answer_as_rationale(replace(RECORD, answer=None)).rationales == ()


def test_overlap_in_both_kinds_of_script() -> None:
    assert rouge_l("the cat sat", "the black cat sat down").precision == 1
    assert rouge_l("the cat sat", "the black cat sat down").recall == pytest.approx(0.6)
    assert rouge_l("双肺炎症", "双肺未见炎症").f == pytest.approx(2 * 1 * (4 / 6) / (1 + 4 / 6))
    assert bleu(["双肺纹理增多。"], ["双肺纹理增多。"]) == pytest.approx(1)
    assert bleu_precision("red apples", "Tom has 12 red apples and more of them, too") == pytest.approx(1)
    assert bleu_precision("green pears", "red apples") == 0
    assert bleu([], []) == 0

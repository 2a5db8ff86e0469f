"""Findings to impression: grades by ROUGE-L, in scores and comparisons; the normality ratio; the CSV layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.errors import OptionError
from smallsteps.generators import make_generator
from smallsteps.methods import make_method
from smallsteps.records import Record, read_records
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import judge_answers, score_outcomes
from smallsteps.stats import ArmResult, compare_arms
from smallsteps.study.leaderboard import metric_table
from smallsteps.tasks import get_task
from smallsteps.text.normal_findings import is_normal, keep_normal

GOLD = "Nodule in the lung, 12 mm, considered benign. No sign of malignancy"
RECORDS = {str(n): Record(str(n), "pet_impression", f"Findings {n}.", GOLD) for n in range(3)}


def answers(*texts: str) -> list[Answer]:
    return [
        Answer(str(n), "pet_impression", "a", 0, "p", text, 5, "stop" if text.endswith("\n") else "length")
        for n, text in enumerate(texts)
    ]


def test_impressions_are_graded_by_degrees() -> None:
    task = get_task("pet_impression")
    assert task.grade(GOLD + ".", RECORDS["0"]) == 1.0
    assert task.grade("Nodule in the lung", RECORDS["0"]) == pytest.approx(2 * 4 / (4 + 12))
    assert task.grade(None, RECORDS["0"]) == 0.0
    assert task.grade(GOLD, Record("x", "pet_impression", "q")) is None
    chinese = Record("c", "pet_impression", "q", "右肺结节，考虑良性")
    assert task.grade("右肺结节", chinese) == pytest.approx(2 * 4 / (4 + 8))


def test_grades_and_metrics_stand_in_the_score() -> None:
    reader = make_method("cot", {"answer_format": "report"}).reader
    outcomes = judge_answers(answers(f" {GOLD}.\n\n", " Nodule in the lung\n\n", ""), RECORDS, reader)
    assert [outcome.name for outcome in outcomes] == ["correct", "wrong", "truncated"]
    score = score_outcomes(outcomes, RECORDS)
    assert score.accuracy == pytest.approx(1 / 3)
    assert score.grade == pytest.approx((1 + 0.5 + 0) / 3) == score.metrics["rouge_l"]
    assert 0 < score.metrics["bleu"] < 1


def test_right_or_wrong_tasks_keep_their_binary_comparisons() -> None:
    records = {"0": Record("0", "gsm8k", "q", "7")}
    (outcome,) = judge_answers(
        [Answer("0", "gsm8k", "a", 0, "p", " So the answer is: 7\n", 5, "stop")], records, make_method("cot", {}).reader
    )
    assert outcome.grade is True
    assert score_outcomes([outcome], records).metrics == {}
    assert ArmResult("m", "s", 0, "gsm8k", {"0": outcome.grade}).binary


def test_grades_are_compared_as_scores() -> None:
    reader = make_method("cot", {"answer_format": "report"}).reader
    good = judge_answers(answers(*[f" {GOLD}\n\n"] * 3), RECORDS, reader)
    bad = judge_answers(answers(*[" Nodule in the lung\n\n"] * 3), RECORDS, reader)
    arms = [
        ArmResult(name, "s", 0, "pet_impression", {outcome.id: outcome.grade for outcome in some})
        for name, some in (("good", good), ("bad", bad))
    ]
    found = next(one for one in compare_arms(arms, "bad") if one.level == "students")
    assert found.unit == "score"
    assert found.difference == pytest.approx(0.5)


def test_the_leaderboard_shows_metrics_only_where_there_are_some() -> None:
    arm = {"task": "pet_impression", "method": "cot", "student": "tiny", "point": {}, "auxiliary": False}
    scores = {"arms": [{**arm, "grade": grade, "metrics": {"rouge_l": grade, "bleu": 0.5}} for grade in (0.25, 0.75)]}
    header, rows = metric_table(scores)
    assert header[-2:] == ("bleu", "rouge_l")
    assert rows == [("pet_impression", "cot", "tiny", "2", "50.0", "50.0")]
    swept = metric_table({"arms": [{**one, "point": {"method.beta": 1.4}} for one in scores["arms"]]})
    assert swept[0][1] == "point" and swept[1][0][1] == "method.beta=1.4"
    assert metric_table({"arms": [{**arm, "grade": 1.0, "metrics": {}}]})[1] == []
    other = {**arm, "method": "post", "grade": 0.0, "metrics": {"bleu": 0.1}}  # a measure that an arm lacks stays empty
    assert metric_table({"arms": [*scores["arms"], other]})[1][1][-2:] == ("10.0", "")


@pytest.mark.parametrize(
    ("sentence", "normal"),
    [
        ("The spleen is unremarkable.", True),
        ("No abnormal uptake is seen.", True),
        ("脾脏大小正常，未见异常。", True),
        ("A nodule of 12 mm, otherwise normal.", False),
        ("右肺见一结节，未见钙化。", False),
        ("Uptake is abnormal.", False),
    ],
)
def test_normal_findings_name_no_lesion(sentence: str, normal: bool) -> None:
    assert is_normal(sentence) is normal


def test_the_normality_ratio_drops_normal_findings_only() -> None:
    text = "The heart is normal. A mass of 3.5 cm is seen. The skin is normal."
    assert keep_normal(text, 0, "k") == "A mass of 3.5 cm is seen."
    assert keep_normal(text, 1, "k") == text
    assert keep_normal("The heart is normal. The skin is normal.", 0, "k") == "The heart is normal."
    with pytest.raises(OptionError, match="between 0 and 1"):
        keep_normal(text, 1.5, "k")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_synthetic_reports_name_every_lesion_in_both_parts(language: str) -> None:
    whole, thin = (
        list(make_generator("pet_impression", {"language": language, "normality": share}).records(40, 0, "train"))
        for share in (1.0, 0.0)
    )
    assert sum(len(record.question) for record in thin) < sum(len(record.question) for record in whole)
    for record in [*whole, *thin]:
        lesions = [step["args"][0] for step in record.meta["steps"] if step["op"] == "uptake"]
        assert all(str(suv) in record.question for suv in lesions)
        assert record.answer is not None
        assert len(record.answer) > 10


def test_the_csv_layout_brings_the_impression_as_answer_and_rationale(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text("question,answer,qid\n心脏大小正常。右肺见结节。,右肺结节，考虑良性。,p1\n", encoding="utf-8")
    import_corpus(make_layout("pet-impression", settings=["normality=0"]), [path], tmp_path / "out.jsonl")
    (record,) = read_records(tmp_path / "out.jsonl")
    assert (record.id, record.task, record.question) == ("p1", "pet_impression", "右肺见结节。")
    assert record.answer == "右肺结节，考虑良性"
    assert record.rationales[0].text == "右肺结节，考虑良性。"
    assert record.rationales[0].correct is True

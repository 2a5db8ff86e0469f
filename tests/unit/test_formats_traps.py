"""The measured traps of the published corpora, on the published files themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from smallsteps.corpus.import_counts import IN_TEST, JOINED, NO_OUTPUT, REPEATED, ImportCounts
from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout
from smallsteps.corpus.leaks import TestQuestions, read_test_questions
from smallsteps.errors import InputError
from smallsteps.records import Record, question_key, read_records
from smallsteps.tasks import get_task

RT = "reasoning_teacher/dataset"


def imported(
    data: Path,
    out: Path,
    layout: str,
    files: Sequence[str],
    part: str | None = None,
    against: Sequence[str] = (),
    task: str | None = None,
) -> tuple[ImportCounts, list[Record]]:
    options = ImportOptions(part, 0.0, read_test_questions(data / name for name in against) if against else None)  # type: ignore[arg-type]
    tally = import_corpus(make_layout(layout, task), [data / file for file in files], out / "corpus.jsonl", options)
    return tally, list(read_records(out / "corpus.jsonl"))


@pytest.mark.parametrize(
    ("layout", "file", "test", "leaked"),
    [
        ("verify-cot", "verify_cot/date_np.json", f"{RT}/date_understanding.json", 111),
        ("committee", "learn_from_committee/svamp_rationales.json", f"{RT}/svamp.json", 115),
        ("distilling-step-by-step", "distilling_step_by_step/svamp/svamp_train.json", f"{RT}/svamp.json", 100),
        ("distilling-step-by-step", "distilling_step_by_step/cqa/cqa_train.json", f"{RT}/commonsense_qa.json", 0),
        ("mentor-kd", "mentor_kd/date_understanding_6.json", f"{RT}/date_understanding.json", 0),
        ("sr-gsm8k", "sr_gsm8k/filtered_normal.jsonl", f"{RT}/gsm8k_test_only.json", 0),
        ("gsm8k", "gsm8k/test.jsonl", f"{RT}/gsm8k_test_only.json", 1319),
    ],
)
def test_test_questions_are_found_in_other_peoples_files(
    data: Path, tmp_path: Path, layout: str, file: str, test: str, leaked: int
) -> None:
    if leaked == 1319:
        with pytest.raises(InputError, match=r"no question is left .* 1319 read, 1319 in the test part"):
            imported(data, tmp_path, layout, [file], against=[test])
        assert not (tmp_path / "corpus.jsonl").exists()
        return
    tally, records = imported(data, tmp_path, layout, [file], against=[test])
    held_out = read_test_questions([data / test])
    assert (tally.dropped[IN_TEST].questions if leaked else 0) == leaked
    assert not any(record.question in held_out for record in records)


def test_a_split_file_and_a_corpus_hold_out_the_same_questions(data: Path, tmp_path: Path) -> None:
    _, test = imported(data, tmp_path, "reasoning-teacher", [f"{RT}/svamp.json"], part="test")
    by_split = read_test_questions([data / "reasoning_teacher/data/split/svamp__default.json"])
    by_corpus = read_test_questions([tmp_path / "corpus.jsonl"])
    assert len(test) == len(by_split) == len(by_corpus) == 300
    assert all(record.question in by_split and record.question in by_corpus for record in test)


@pytest.mark.parametrize(
    ("train", "test", "shared"),
    [
        ("strategy_qa", "strategy_qa", 1),
        ("single_eq", "addsub", 22),
        ("addsub", "single_eq", 27),
        ("multiarith", "multiarith", 5),
    ],
)
def test_leaks_inside_the_splits_are_dropped(data: Path, tmp_path: Path, train: str, test: str, shared: int) -> None:
    tally, _ = imported(data, tmp_path, "reasoning-teacher", [f"{RT}/{train}.json"], "train", [f"{RT}/{test}.json"])
    assert tally.dropped[IN_TEST].questions == shared


def test_by_white_space_alone_the_leaks_between_two_sets_would_not_show(data: Path) -> None:
    layout = make_layout("reasoning-teacher")
    train = [record.question for record in layout.read([data / f"{RT}/single_eq.json"], "train")]
    test = [record.question for record in layout.read([data / f"{RT}/addsub.json"], "test")]
    assert not {" ".join(one.split()) for one in train} & {" ".join(one.split()) for one in test}
    assert len({question_key(one) for one in train} & {question_key(one) for one in test}) == 22


def test_a_date_asked_freely_is_the_question_with_choices(data: Path) -> None:
    chosen = list(make_layout("reasoning-teacher").read([data / f"{RT}/date_understanding.json"], None))
    freely = list(make_layout("verify-cot").read([data / "verify_cot/date_np.json"], None))
    for record in freely:
        assert record.question in TestQuestions([chosen[record.meta["index"]].question])
    assert chosen[0].question in TestQuestions([next(r.question for r in freely if r.meta["index"] == 0)])
    assert chosen[0].question not in TestQuestions([chosen[1].question])


def test_palm_texts_are_cut_before_the_invented_question(data: Path, tmp_path: Path) -> None:
    tally, records = imported(data, tmp_path, "distilling-step-by-step", ["distilling_step_by_step/cqa/cqa_train.json"])
    texts = [rationale.text for record in records for rationale in record.rationales]
    assert len(texts) == 9741
    assert not any("\n\nQ:" in text for text in texts)
    assert texts[0].endswith("So the answer is (d) math problem.")
    assert records[0].answer == records[0].rationales[0].answer == "D"
    assert tally.right > 7000


def test_a_choice_that_stands_twice_has_the_first_letter(data: Path) -> None:
    files = [data / f"distilling_step_by_step/cqa/cqa_{part}.json" for part in ("train", "test")]
    gold = {
        question_key(r.question): r.answer
        for r in make_layout("reasoning-teacher").read([data / f"{RT}/commonsense_qa.json"], None)
    }
    records = list(make_layout("distilling-step-by-step").read(files, None))
    differing = [record for record in records if record.answer != gold[question_key(record.question)]]
    assert len(records) == 10962 and len(differing) == 19
    assert all(len(set(record.choices or ())) < 5 for record in differing)


def test_palm_equations_are_read_as_their_values(data: Path, tmp_path: Path) -> None:
    _, records = imported(data, tmp_path, "distilling-step-by-step", ["distilling_step_by_step/svamp/svamp_train.json"])
    luke = records[0]
    assert (luke.answer, luke.rationales[0].answer, luke.rationales[0].correct) == ("42", "42", True)
    gold = {
        question_key(r.question): r.answer
        for r in make_layout("reasoning-teacher").read([data / f"{RT}/svamp.json"], None)
    }
    task = get_task("svamp")
    told = {
        record.id: (record.answer or "", task.extract(gold[question_key(record.question)] or "")) for record in records
    }
    differing = {name: pair for name, pair in told.items() if not task.same(pair[0], pair[1] or "")}
    assert differing == {"svamp_train-195": ("5", "1")}  # 4 apples - 2 + 3: the equation is right


def test_rows_without_output_are_dropped_and_counted(data: Path, tmp_path: Path) -> None:
    tally, records = imported(data, tmp_path, "mentor-kd", ["mentor_kd/tracking_shuffled_objects_6.json"])
    assert tally.read.questions == 525
    assert tally.dropped[NO_OUTPUT].questions == 10
    assert len(records) == 515 and all(record.rationales for record in records)


@pytest.mark.parametrize(
    ("task", "questions"),
    [
        ("date_understanding", 256),
        ("tracking_shuffled_objects", 512),
        ("last_letter_concatenation", 350),
        ("strategy_qa", 1496),
    ],
)
def test_the_answer_stands_in_the_field_where_the_text_has_none(
    data: Path, tmp_path: Path, task: str, questions: int
) -> None:
    tally, records = imported(data, tmp_path, "mentor-kd", [f"mentor_kd/{task}_3_train.json"], part="train")
    assert tally.written.questions == questions
    assert tally.written.rationales == tally.right == 3 * questions
    assert tally.dropped[JOINED].questions == 2 * questions
    if task == "strategy_qa":
        stated = [get_task(task).extract_last(one.text.splitlines()[-1]) for r in records for one in r.rationales]
        assert sum(answer is not None for answer in stated) < 1500 < len(stated) == 4488


def test_raw_samples_are_a_superset_of_the_filtered_ones(data: Path, tmp_path: Path) -> None:
    _, raw = imported(data, tmp_path, "mentor-kd", ["mentor_kd/date_understanding_6.json"])
    _, kept = imported(data, tmp_path, "mentor-kd", ["mentor_kd/date_understanding_3_train.json"])
    texts = {question_key(record.question): {r.text for r in record.rationales} for record in raw}
    assert all({r.text for r in record.rationales} <= texts[question_key(record.question)] for record in kept)
    assert any(not rationale.correct for record in raw for rationale in record.rationales)


def test_the_gsm8k_test_file_starts_at_the_first_test_number(data: Path, tmp_path: Path) -> None:
    _, records = imported(data, tmp_path, "reasoning-teacher", [f"{RT}/gsm8k_test_only.json"], part="test")
    assert len(records) == 1319
    assert records[0].id == "gsm8k-7473"
    assert records[0].rationales[0].answer == records[0].answer == "18"
    with pytest.raises(InputError, match="no question is left"):
        imported(data, tmp_path, "reasoning-teacher", [f"{RT}/gsm8k_test_only.json"], part="train")


def test_the_five_styles_of_sr_gsm8k_join_and_the_copies_go(data: Path, tmp_path: Path) -> None:
    files = [f"sr_gsm8k/filtered_{n}.jsonl" for n in ("fixed", "freeform", "intersection", "noisy", "normal", "step")]
    tally, records = imported(data, tmp_path, "sr-gsm8k", files)
    assert tally.dropped[REPEATED].rationales == 928  # all of `intersection`
    assert len(records) == 986 and tally.written.rationales == 963 + 957 + 962 + 964 + 965
    assert {r.teacher for record in records for r in record.rationales} == {
        "fixed",
        "freeform",
        "noise",
        "normal",
        "step",
    }
    assert all("{" not in r.text[:1] for record in records for r in record.rationales)


def test_committee_rationales_lose_their_scores(data: Path, tmp_path: Path) -> None:
    _, records = imported(data, tmp_path, "committee", ["learn_from_committee/svamp_rationales.json"])
    assert [r.teacher for r in records[0].rationales] == ["gpt", "gemini", "mistral"]
    assert records[0].rationales[1].text == "290 bananas divided into 2 groups = 145 bananas in each group"
    assert records[0].rationales[1].correct is True


def test_demonstrations_come_in_task_by_task(data: Path, tmp_path: Path) -> None:
    tally, _records = imported(data, tmp_path, "reasoning-teacher", [f"{RT}/few_shot_cot_prompts.json"])
    assert len(tally.tasks) == 11 and tally.right == tally.written.rationales == 79
    only, _ = imported(data, tmp_path, "reasoning-teacher", [f"{RT}/few_shot_cot_prompts.json"], task="coin_flip")
    assert only.tasks == {"coin_flip"} and only.written.questions == 8


def test_gsm8k_marks_are_cut_out_of_the_steps(data: Path, tmp_path: Path) -> None:
    _, records = imported(data, tmp_path, "gsm8k", ["gsm8k/train.jsonl", "gsm8k/test.jsonl"], part="train")
    assert len(records) == 7473
    assert records[0].rationales[0].text.startswith("Natalia sold 48/2 = 24 clips in May.")
    assert not any("<<" in r.text or "####" in r.text for record in records for r in record.rationales)


def test_both_layouts_of_aqua_give_a_question_one_wording(data: Path, tmp_path: Path) -> None:
    _, dev = imported(data, tmp_path, "aqua", ["aqua/dev.json"])
    assert dev[0].question.endswith("Answer choices: (A) 32400, (B) 6000, (C) 600, (D) 60000, (E) 10.")
    tally, flan = imported(data, tmp_path, "aqua", ["flan_aqua/aqua_train.tsv"], part="train")
    assert tally.read.questions == 2728
    assert flan[1].question == (
        "The edge of a cube is 7a cm. Find its surface? Answer choices: (A) 24a8, (B) 24a4, "
        "(C) 24a1, (D) 24a2, (E) 294a2."
    )
    assert "\\n" not in flan[0].rationales[0].text and "\n" in flan[0].rationales[0].text

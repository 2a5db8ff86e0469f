"""The importer: judging, joining, dropping, counting."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from smallsteps.corpus.import_counts import (
    IN_TEST,
    JOINED,
    NO_GOLD,
    NO_OUTPUT,
    OTHER_GOLD,
    OTHER_PART,
    REPEATED,
    Count,
    ImportCounts,
)
from smallsteps.corpus.importing import ImportOptions, import_corpus, judged, make_layout, write_corpus
from smallsteps.corpus.leaks import TestQuestions
from smallsteps.corpus.merging import joined
from smallsteps.errors import FileError, InputError, OptionError, UnknownNameError
from smallsteps.records import Rationale, Record, read_records, record_line
from smallsteps.tasks import TASKS, get_task
from smallsteps.text.reader import read_answer, states_plainly


def record(name: str, question: str, answer: str | None, *texts: str, file: str = "a.json") -> Record:
    rationales = tuple(Rationale(text) for text in texts)
    return Record(name, "gsm8k", question, answer, rationales=rationales, meta={"source": f"{file}:1"})


def run(
    records: Iterable[Record], tmp_path: Path, options: ImportOptions | None = None
) -> tuple[ImportCounts, list[Record]]:
    tally = write_corpus(records, tmp_path / "out.jsonl", options or ImportOptions())
    return tally, list(read_records(tmp_path / "out.jsonl"))


def adds_up(tally: ImportCounts) -> bool:
    parts = [tally.written, *tally.dropped.values()]
    return (tally.read.questions, tally.read.rationales) == (
        sum(count.questions for count in parts),
        sum(count.rationales for count in parts),
    )


def test_every_question_and_rationale_that_was_read_is_accounted_for(tmp_path: Path) -> None:
    records = [
        record("1", "How many?", "4", "It is 4.", "It is 5.", ""),
        record("2", "how  many", "4.0", "It is 4.", "New: 4", file="b.json"),
        record("3", "HOW MANY??", "5", "It is 5."),
        record("4", "Secret?", "1", "It is 1.", "Maybe 2"),
        record("5", "Why?", "because", "It is so."),
        record("6", "Empty?", "3", "", " "),
        record("7", "Free?", None, "It is 9."),
    ]
    tally, written = run(records, tmp_path, ImportOptions(against=TestQuestions(["secret"])))
    assert tally.dropped == {
        NO_OUTPUT: Count(1, 3),
        IN_TEST: Count(1, 2),
        NO_GOLD: Count(1, 1),
        JOINED: Count(1, 0),
        REPEATED: Count(0, 1),
        OTHER_GOLD: Count(1, 1),
    }
    assert adds_up(tally)
    assert [one.id for one in written] == ["1", "7"]
    assert [(r.answer, r.correct) for r in written[0].rationales] == [("4", True), ("5", False), ("4", True)]
    assert written[1].rationales[0] == Rationale("It is 9.", answer="9", correct=None)
    assert (tally.right, tally.judged, tally.against) == (2, 3, 1)


def test_samples_may_repeat_within_a_file_but_not_across_files() -> None:
    same = [record("1", "Q", "4", "It is 4."), record("2", "Q", "4", "It is 4.")]
    assert len(joined(same, ImportCounts()).rationales) == 2
    copy = [record("1", "Q", "4", "It is 4."), record("2", "Q", "4", "It is 4.", file="b.json")]
    assert len(joined(copy, ImportCounts()).rationales) == 1


def test_a_field_of_the_source_is_believed_and_an_unreadable_one_is_a_wrong_answer() -> None:
    rationales = (Rationale("The answer is 5.", answer="$4.00"), Rationale("The answer is 4.", answer="No answer!"))
    ours = judged(Record("1", "gsm8k", "Q", "4", rationales=rationales))
    assert ours is not None
    assert [(r.answer, r.correct) for r in ours.rationales] == [("4", True), ("No answer!", False)]
    assert judged(ours) == ours


@pytest.mark.parametrize("name", TASKS.names())
def test_judging_says_what_the_task_says(name: str) -> None:
    task = get_task(name)
    gold = {"letter": "B", "number": "12"}.get("letter" if task.extract("(B)") == "B" else "number", "")
    others = (gold, "yes", "05/02/2021", '"abcd"', "positive", "neutral")
    gold = next((found for text in others if (found := task.extract(text))), "")
    texts = [f"So the answer is {gold}.", "The answer is (C).", "no", "13", "05/03/2021", "Nobody knows."]
    ours = judged(Record("1", name, "Q", gold, rationales=tuple(map(Rationale, texts))))
    assert ours is not None and ours.rationales[0].correct is True
    for rationale in ours.rationales:
        assert rationale.correct == task.judge(rationale.answer, ours)


@pytest.mark.parametrize(
    ("task", "text", "answer"),
    [
        ("gsm8k", "It costs 3.\n#### 1,200 dollars", "1200"),
        ("gsm8k", "She has 5 x 2 = 10 a day.\nTherefore she runs 10 x 5 = 50 miles in 5 days.", "50"),
        ("gsm8k", "150 / 3 = 50. So he has 50 apples after 3 days.", "50"),
        ("gsm8k", "The answer is 7, not 8.", "7"),
        ("gsm8k", "The first answer is 7. No: the correct answer is 9.", "9"),
        ("gsm8k", "Half of 48 is 24, and 24 more are 72.", "72"),
        ("gsm8k", "Nobody knows.", None),
        ("date_understanding", "Not (B) but, among the choices, the correct choice is (F) 05/01/2021.", "F"),
        ("strategy_qa", "There is no evidence. So the answer is yes.", "yes"),
        ("svamp", "84 / 2 = 42. The answer is (84 / 2).", "42"),
        ("svamp", "The answer is ((6 * 12) + (6 * 14)).", "156"),
        ("svamp", "The answer is 3/4.", "0.75"),
        ("gsm8k", "So the final answer is 15 gallons * 8 pints / gallon = 120 pints", "120"),
        ("gsm8k", "It costs 36.\nEach bill is $10, so 36 / 10 = 3.6, meaning he needs 4 bills of $10.", "4"),
        ("gsm8k", "The sum is 30 * 2 = 60.\n60 divided by 12 equals 5, in 12 months.", "5"),
        ("gsm8k", "Add 30 and 12 to get 42. Add 42 and 48 to get 90.", "90"),
        ("gsm8k", "5 * 4 = 20 came. 9 + 20 is 29.", "29"),
        ("gsm8k", "(4/5)x = 60. So 75 must be picked to get 60.", "60"),
        ("aqua", "A and B fill it in 5 hours.\nD = 540 + 180 = 720", None),
        ("aqua", "A's work is 1/6.\nANSWER :B", "B"),
        ("aqua", "So x = 4.\nHence, option C", "C"),
        ("aqua", "B, C and E are taken, so A and D wait for P(A).", None),
        ("aqua", "It is 250 = D", "D"),
        ("aqua", "(A) fails. Thus C is the correct answer", "C"),
        ("date_free", "She was born on 05/01/2021.\nTherefore, we cannot determine the date today.", None),
        ("date_free", "The answer is: Not enough information given on 05/01/2021.\n", None),
        ("last_letter_concatenation", "A is 'n', B is 'e'.\nTogether they are 'ne'.", "ne"),
    ],
)
def test_answers_are_read_from_texts_without_a_field(task: str, text: str, answer: str | None) -> None:
    assert read_answer(text, get_task(task)) == answer


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("There were 3.\n#### 7", True),
        ("First 3, then 4. She has 7 apples.", True),
        ("First 3, then 4. She has 7 apples in 2 bags.", False),
        ("She has 7 apples. That is all.", False),
        ("Nobody knows.", False),
    ],
)
def test_a_text_states_its_answer_plainly_where_it_leaves_no_choice(text: str, plain: bool) -> None:
    assert states_plainly(text, get_task("gsm8k")) is plain


def test_one_question_in_two_tasks_stays_two_records(tmp_path: Path) -> None:
    one = record("1", "Q", "4", "4")
    _, written = run([one, Record("2", "svamp", "Q", "4")], tmp_path)
    assert [r.task for r in written] == ["gsm8k", "svamp"]


def test_two_questions_with_one_id_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"b.json:1: the id '1' belongs to another question already"):
        run([record("1", "Q", "4"), record("1", "R", "4", file="b.json")], tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_left_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 read, 1 in the test part"):
        run([record("1", "Q", "4")], tmp_path, ImportOptions(against=TestQuestions(["q"])))


def test_a_test_share_cuts_by_question_and_both_sides_add_up(tmp_path: Path) -> None:
    records = [record(str(n), f"Question {n}", "4", "4") for n in range(200)]
    sides = {}
    for part in ("train", "test"):
        tally, written = run(records, tmp_path, ImportOptions(part, test_share=0.25))  # type: ignore[arg-type]
        sides[part] = {one.id for one in written}
        assert adds_up(tally) and tally.dropped[OTHER_PART].questions == 200 - len(written)
    assert sides["train"] | sides["test"] == {one.id for one in records} and not sides["train"] & sides["test"]
    assert 30 < len(sides["test"]) < 70


def test_wishes_and_options_that_cannot_be_are_refused() -> None:
    for wrong in ({"part": "dev"}, {"test_share": 1.5, "part": "test"}, {"test_share": 0.2}):
        with pytest.raises(OptionError):
            ImportOptions(**wrong)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="did you mean 'mentor_kd'"):
        make_layout("mentor-kb")
    with pytest.raises(UnknownNameError, match="did you mean 'split'"):
        make_layout("reasoning-teacher", settings=["splot=x"])
    with pytest.raises(OptionError, match="expected NAME=VALUE"):
        make_layout("csv", settings=["question"])
    with pytest.raises(OptionError, match="leave --task out"):
        make_layout("gsm8k", task="svamp")
    with pytest.raises(UnknownNameError, match="did you mean 'gsm8k'"):
        make_layout("csv", task="gsm9k")


def test_a_layout_of_ones_own_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from smallsteps.formats._format import Format\n"
        "from smallsteps.records import Rationale, Record\n"
        "from smallsteps.formats._rows import read_rows\n\n"
        "@dataclass(frozen=True)\n"
        "class Mine(Format):\n"
        "    def read(self, files, part):\n"
        "        for row in read_rows(files[0], self):\n"
        "            yield Record(row.text('n'), 'gsm8k', row.text('q'), '4', rationales=(Rationale(row.text('r')),))\n"
        "    def looks_like(self, row):\n"
        "        return isinstance(row, dict) and 'q' in row\n"
    )
    (tmp_path / "rows.jsonl").write_text('{"n": "1", "q": "Two and two?", "r": "It is 4."}\n{"n": "2", "q": "And?"}\n')
    layout = make_layout(f"{tmp_path / 'mine.py'}:Mine")
    with pytest.raises(FileError, match=r"rows.jsonl:2: field 'r': is missing; the row has n, q"):
        import_corpus(layout, [tmp_path / "rows.jsonl"], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_many_repeats_far_apart_join_in_order(tmp_path: Path) -> None:
    records = [record(f"{n}-{turn}", f"Question {n}", "4", f"{turn} + 4 = 4") for turn in range(3) for n in range(50)]
    tally, written = run(records, tmp_path)
    assert [one.id for one in written] == [f"{n}-0" for n in range(50)]
    assert all([r.text[0] for r in one.rationales] == ["0", "1", "2"] for one in written)
    assert adds_up(tally) and tally.dropped == {JOINED: Count(100, 0)}
    assert all(
        line == record_line(one)
        for line, one in zip((tmp_path / "out.jsonl").read_text().splitlines(), written, strict=True)
    )

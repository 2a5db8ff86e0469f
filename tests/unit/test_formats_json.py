"""Rows of any columns: what is guessed, what is told, what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from commands import smallsteps
from layouts import write_array, write_lines, write_text
from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.errors import InputError, OptionError
from smallsteps.records import Record, read_records

Q = "Mira has 4 boxes of 6 eggs. How many eggs?"
STEPS = "4 boxes of 6 eggs are 4 * 6 = 24 eggs."


def imported(path: Path, *settings: str, task: str = "gsm8k") -> tuple[list[Record], list[str]]:
    out = path.parent / "out.jsonl"
    tally = import_corpus(make_layout("json", task, settings), [path], out)
    return list(read_records(out)), tally.remarks()


def refused(path: Path, *settings: str, task: str | None = "gsm8k") -> str:
    with pytest.raises(InputError) as caught:
        import_corpus(make_layout("json", task, settings), [path], path.parent / "out.jsonl")
    assert "\n" not in str(caught.value) and not (path.parent / "out.jsonl").exists()
    return str(caught.value)


def alpaca(folder: Path) -> Path:
    return write_array(folder / "alpaca.json", [{"instruction": Q, "input": "", "output": f"{STEPS} #### 24"}])


def sharegpt(folder: Path) -> Path:
    said = [{"from": "system", "value": "Be brief."}, {"from": "human", "value": Q}, {"from": "gpt", "value": STEPS}]
    return write_lines(folder / "share.jsonl", [{"conversations": said}])


def gzipped(folder: Path) -> Path:
    path = folder / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"problem": Q, "generation": STEPS}).encode()))
    return path


def zipped_by_zstandard(folder: Path) -> Path:
    path = folder / "rows.jsonl.zst"
    with pyarrow.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write((json.dumps({"query": Q, "response": STEPS}) + "\n").encode())
    return path


def nested_parquet(folder: Path) -> Path:
    path = folder / "nested.parquet"
    row = {"data": {"problem": Q, "gold": 24}, "samples": [{"text": STEPS, "score": 1.0}]}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), path)
    return path


def sheet(folder: Path) -> Path:
    return write_text(folder / "sheet.csv", f'\ufeffsep=;\r\nproblem;cot;;\r\n"{Q}";"{STEPS}";;\r\n;;;\r\n')


NESTED = ("question=data.problem", "answer=data.gold", "rationale=samples.*.text")


@pytest.mark.parametrize(
    ("make", "settings"),
    [(alpaca, ()), (sharegpt, ()), (gzipped, ()), (zipped_by_zstandard, ()), (nested_parquet, NESTED), (sheet, ())],
)
def test_one_command_reads_them_all(make: Any, settings: tuple[str, ...], tmp_path: Path) -> None:
    path, out = make(tmp_path), tmp_path / "out.jsonl"
    options = [part for setting in settings for part in ("--set", setting)]
    assert smallsteps("import", "json", path, "--task", "gsm8k", "-o", out, *options) == 0
    (record,) = read_records(out)
    assert record.question == Q
    assert [(one.text.removesuffix(" #### 24"), one.answer) for one in record.rationales] == [(STEPS, "24")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"question": Q, "answer": "24", "rationale": STEPS}, "question = question, answer = answer, rationale ="),
        ({"Problem": Q, "Final Answer": 24, "CoT": STEPS}, "question = Problem, answer = Final Answer"),
        ({"instruction": Q, "output": STEPS, "answer": "24"}, "read as Alpaca: question = instruction"),
        ({"prompt": Q, "response": STEPS, "label": "24"}, "question = prompt, answer = label, rationale = response"),
        ({"question": Q, "reasoning": STEPS, "output": "24", "gold": "24"}, "thoughts = reasoning"),
        ({"question": Q, "thinking": STEPS, "answer": "24"}, "thoughts = thinking"),
        ({"problem": Q, "solution": "So \\boxed{24}.", "generation": STEPS}, "human solution = solution"),
        ({"messages": [{"role": "user", "content": Q}, {"role": "assistant", "content": STEPS}], "answer": "24"},
         "read as chat messages: answer = answer, messages = messages"),
        ({"prompt": [{"role": "user", "content": Q}], "completion": [{"role": "assistant", "content": STEPS}],
          "answer": "24"}, "question = prompt"),
    ],
)  # fmt: skip
def test_the_columns_are_guessed_and_the_guess_is_told(row: dict[str, Any], told: str, tmp_path: Path) -> None:
    (record,), remarks = imported(write_lines(tmp_path / "rows.jsonl", [row]))
    assert (record.question, record.answer) == (Q, "24")
    assert (record.rationales[0].text, record.rationales[0].correct) == (STEPS, True)
    assert told in remarks[0]


def test_a_list_is_several_rationales_and_thoughts_pair_up_with_them(tmp_path: Path) -> None:
    row = {"problem": Q, "answer": "24", "generations": [STEPS, "<think>4 + 6 = 10</think>10"]}
    (record,), _ = imported(write_lines(tmp_path / "rows.jsonl", [row]))
    assert [(r.text, r.reply, r.correct) for r in record.rationales] == [
        (STEPS, None, True), ("4 + 6 = 10", "10", False)
    ]  # fmt: skip
    row = {"problem": Q, "answer": "24", "generations": ["24", "10"], "thinking": [STEPS, "4 + 6 = 10"]}
    (record,), _ = imported(write_lines(tmp_path / "rows.jsonl", [row]))
    assert [(r.text, r.reply) for r in record.rationales] == [(STEPS, "24"), ("4 + 6 = 10", "10")]
    uneven = write_lines(tmp_path / "rows.jsonl", [row | {"thinking": [STEPS]}])
    (tmp_path / "out.jsonl").unlink()
    assert "expected as many thoughts as rationales, found 1 and 2" in refused(uneven)


def test_a_human_solution_is_the_rationale_where_no_model_wrote_one(tmp_path: Path) -> None:
    rows = [
        {"problem": Q, "solution": f"{STEPS} So we get \\boxed{{24}}."},
        {"problem": "Why?", "solution": "Nobody knows."},
    ]
    records, _ = imported(write_lines(tmp_path / "rows.jsonl", rows))
    assert [(r.answer, r.rationales[0].teacher, r.rationales[0].correct) for r in records] == [
        ("24", "human", True), (None, "human", None)
    ]  # fmt: skip


def test_an_explanation_that_concludes_nothing_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    rows = [{"question": Q, "answer": "24", "explanation": "Each of the 4 boxes is full, and 6 is what fits."},
            {"question": "And 2?", "answer": "12", "explanation": "The answer is 13."}]  # fmt: skip
    records, _ = imported(write_lines(tmp_path / "rows.jsonl", rows))
    assert [(r.rationales[0].correct, r.rationales[0].answer) for r in records] == [(None, None), (False, "13")]


@pytest.mark.parametrize(
    ("choices", "gold"),
    [
        (["wood", "ice"], "ice"),
        (["wood", "ice"], "B"),
        (["(A) wood", "(B) ice"], "(B)"),
        ({"label": ["1", "2"], "text": ["wood", "ice"]}, "2"),
        ({"label": ["A", "B"], "text": ["wood", "ice"]}, "Ice"),
        ([{"label": "A", "text": "wood"}, {"label": "B", "text": "ice"}], "B"),
        ({"A": "wood", "B": "ice"}, "B"),
        ('["wood", "ice"]', "ice"),
        ("A) wood\nB) ice", "B"),
    ],
)
def test_choices_of_every_shape(choices: Any, gold: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", [{"question": "What melts?", "choices": choices, "answer": gold}])
    (record,), _ = imported(path, task="openbook_qa")
    assert (record.answer, record.choices) == ("B", ("wood", "ice"))
    assert record.question == "What melts? Answer choices: (A) wood, (B) ice."


@pytest.mark.parametrize(
    ("gold", "answer"), [(True, "yes"), (False, "no"), ("TRUE", "yes"), ("False", "no"), ("yes", "yes")]
)
def test_true_and_false_are_yes_and_no(gold: Any, answer: str, tmp_path: Path) -> None:
    (record,), _ = imported(write_lines(tmp_path / "rows.jsonl", [{"question": Q, "answer": gold}]), task="strategy_qa")
    assert record.answer == answer


def test_a_named_column_that_is_missing_is_an_error_with_a_guess(tmp_path: Path) -> None:
    path = nested_parquet(tmp_path)
    assert (
        "no row has the column 'data.problm', which --set question=data.problm names; did you mean 'data.problem'?"
        in (refused(path, "question=data.problm"))
    )
    assert "--set answer=gold names" in refused(path, "question=data.problem", "answer=gold")
    assert "no column is known to hold the question, the rows have data.problem, data.gold, samples.*.text" in refused(
        path
    )
    with pytest.raises(InputError, match="did you mean 'question'"):
        make_layout("json", settings=["qestion=x"])


def test_unused_columns_are_named_and_kept_where_short(tmp_path: Path) -> None:
    row = {"question": Q, "answer": "24", "level": 5, "origin": "a book", "long": "x" * 999, "list": [1]}
    (record,), remarks = imported(write_lines(tmp_path / "rows.jsonl", [row]))
    assert remarks[1].endswith("level, origin, long, list")
    assert record.meta == {"source": "rows.jsonl:1", "level": 5, "origin": "a book"}
    _, remarks = imported(write_lines(tmp_path / "rows.jsonl", [row]), "answer=-")
    assert "answer" in remarks[1]


def test_an_odd_row_is_passed_over_and_counted_with_its_line(tmp_path: Path) -> None:
    rows: list[Any] = [{"question": f"Question {n}?", "answer": n} for n in range(9)]
    rows[3] = {"question": None, "answer": 3}
    path = write_lines(tmp_path / "rows.jsonl", rows)
    path.write_text(path.read_text() + '{"question": "cut o\n')
    records, remarks = imported(path)
    assert len(records) == 8
    assert f"passed over 2 rows: {path}:4: field 'question'" in remarks[-1]
    assert f"{path}:10: broken JSON at column" in remarks[-1]


def test_too_many_odd_rows_are_another_layout(tmp_path: Path) -> None:
    rows = [{"question": "Fine?", "answer": "1"}] + [{"question": ["Q", "R"], "answer": "1"}] * 30
    told = refused(write_lines(tmp_path / "rows.jsonl", rows))
    assert "21 of the first 22 rows do not fit, the first on line 2 (field 'question': expected one text" in told
    odd = write_lines(tmp_path / "rows.jsonl", rows[1:3])
    assert refused(odd).startswith(f"{odd}:1: field 'question': expected one text or number, found a list of 2")


def test_ids_are_kept_unless_two_questions_have_one(tmp_path: Path) -> None:
    rows = [{"id": 7, "question": "One?", "answer": 1}, {"id": 7, "question": "Two?", "answer": 2}]
    records, _ = imported(write_lines(tmp_path / "rows.jsonl", rows))
    assert [record.id for record in records] == ["7", "gsm8k-rows-1"]


def test_a_task_of_a_row_and_one_that_nobody_tells(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", [{"question": Q, "answer": 24, "task": "svamp"}])
    layout = make_layout("json")
    assert next(iter(layout.read([path], None))).task == "svamp"
    untold = write_lines(tmp_path / "rows.jsonl", [{"question": Q, "answer": 24}])
    with pytest.raises(OptionError, match="add --task NAME"):
        list(layout.read([untold], None))


def test_a_picture_is_not_read_past(tmp_path: Path) -> None:
    asked = [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "What is this?"}]
    said = [{"role": "user", "content": asked}, {"role": "assistant", "content": "A cat."}]
    assert "holds a part of the type 'image_url'" in refused(write_lines(tmp_path / "rows.jsonl", [{"messages": said}]))

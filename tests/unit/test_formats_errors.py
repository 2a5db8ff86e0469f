"""Bad files: each gives one sentence that names file, line and field, and the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layouts import SAMPLES, write_array, write_lines
from smallsteps.corpus.importing import make_layout
from smallsteps.corpus.leaks import read_test_questions
from smallsteps.errors import FileError, InputError
from smallsteps.formats import WINDOW_CHARACTERS, json_values

GOOD = {"input": "Q?", "chain": "It is (A).", "answer": "A", "initial_correct": True}


def message(layout: str, *files: Path, part: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        list(make_layout(layout).read(list(files), part))  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_missing_field_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "date_understanding_3_train.json"
    write_array(path, [GOOD, {"input": "R?", "answer": "B", "initial_correct": True}])
    assert (
        message("mentor-kd", path) == f"{path}:8: field 'chain': is missing; the row has input, answer, initial_correct"
    )


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"input": 3}, "input", "expected text, found 3"),
        ({"input": " "}, "input", "expected text, found ' '"),
        ({"initial_correct": "yes"}, "initial_correct", "expected true or false, found 'yes'"),
        ({"answer": ["A"]}, "answer", "expected text or a number, found ['A']"),
    ],
)
def test_a_field_of_the_wrong_kind(tmp_path: Path, change: dict[str, object], field: str, told: str) -> None:
    path = write_lines(tmp_path / "date_understanding_3_train.json", [GOOD, GOOD | change])
    assert message("mentor-kd", path) == f"{path}:2: field '{field}': {told}"


def test_a_line_cut_in_half(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text('{"question": "Q?", "answer": "2 + 2 = 4\\n#### 4"}\n{"question": "R?", "ans')
    assert message("gsm8k", path).startswith(f"{path}:2: broken JSON at column")


def test_an_array_cut_in_half_names_the_line(tmp_path: Path) -> None:
    whole = write_array(tmp_path / "date_understanding_3_train.json", [GOOD] * 3).read_text()
    path = tmp_path / "date_understanding_3_train.json"
    path.write_text(whole[: whole.rindex('"chain"') + 12])
    assert message("mentor-kd", path).startswith(f"{path}:16: broken JSON (")
    path.write_text(whole[: whole.rindex("}")].rstrip() + "}")
    assert "the file ends here, inside the array; was it cut off?" in message("mentor-kd", path)


@pytest.mark.parametrize("lines", [True, False])
def test_mixed_encodings_name_the_line(tmp_path: Path, lines: bool) -> None:
    path = tmp_path / "date_understanding_3_train.json"
    (write_lines if lines else write_array)(path, [GOOD, GOOD | {"input": "Caf#?"}])
    path.write_bytes(path.read_bytes().replace(b"#", "é".encode("latin-1")))
    assert f"{path}:{2 if lines else 9}: byte" in message("mentor-kd", path)
    assert "convert the file to UTF-8" in message("mentor-kd", path)


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = SAMPLES["csv"](tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert next(make_layout("csv").read([path], None)).question == "What is 2+2?"
    path = SAMPLES["gsm8k"](tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert next(make_layout("gsm8k").read([path], None)).answer == "72"


@pytest.mark.parametrize("layout", ["csv", "records", "prompt_completion", "messages"])
def test_an_id_of_two_questions_is_refused(tmp_path: Path, layout: str) -> None:
    path = tmp_path / {"csv": "gsm8k.csv"}.get(layout, "gsm8k.jsonl")
    rows = [{"id": "x", "task": "gsm8k", "question": q, "prompt": q, "completion": "4"} for q in ("Q?", "R?")]
    if layout == "csv":
        path.write_text("id,question\nx,Q?\nx,R?\n")
    elif layout == "records":
        write_lines(path, [{k: r[k] for k in ("id", "task", "question")} for r in rows])
    elif layout == "messages":
        turns = [[{"role": "user", "content": r["prompt"]}, {"role": "assistant", "content": "4"}] for r in rows]
        write_lines(path, [{"id": "x", "messages": turn} for turn in turns])
    else:
        write_lines(path, [{k: r[k] for k in ("id", "prompt", "completion")} for r in rows])
    first = 2 if layout == "csv" else 1
    assert message(layout, path).startswith(f"{path}:{first + 1}: field 'id': 'x' stands on line {first} already")


def test_splits_that_do_not_fit(tmp_path: Path) -> None:
    path = SAMPLES["reasoning_teacher"](tmp_path)
    split = tmp_path / "data/split/date_understanding__default.json"
    write_array(split, {"train": [1, 2], "test": [0, 6]})
    assert message("reasoning-teacher", path, part="test") == (
        f"{split}: field 'test': row number 6 is out of range, date_understanding.json has rows 0 to 5; is this "
        "the split of another data set?"
    )
    write_array(split, {"train": [1, 2], "test": [2]})
    assert "row 2 stands in train and in test" in message("reasoning-teacher", path, part="test")
    write_array(split, {"train": [1, "2"], "test": [0]})
    assert f"{split}: field 'train': expected a list of row numbers" in message("reasoning-teacher", path, part="train")
    split.unlink()
    assert "there is no split file date_understanding__default.json beside it" in message(
        "reasoning-teacher", path, part="train"
    )
    assert len(list(make_layout("reasoning-teacher").read([path], None))) == 6


def test_a_split_can_be_named_or_given(tmp_path: Path) -> None:
    path = SAMPLES["reasoning_teacher"](tmp_path)
    other = write_array(tmp_path / "date_understanding__own.json", {"train": [0, 1, 2, 3, 4], "test": [5]})
    by_option = make_layout("reasoning-teacher", settings=[f"split={other}"])
    assert [r.meta["index"] for r in by_option.read([path], "test")] == [5]
    assert [r.meta["index"] for r in make_layout("reasoning-teacher").read([path, other], "test")] == [5]


def test_rationales_that_do_not_pair_up_with_the_questions(tmp_path: Path) -> None:
    path = SAMPLES["distilling_step_by_step"](tmp_path)
    texts = tmp_path / "llm/train_CoT_0.json"
    write_array(texts, ["one", "two"])
    assert f"{texts}: the lists hold more rationales than" in message("distilling-step-by-step", path)
    write_array(texts, [])
    assert f"{texts}: the lists hold 0 rationales and end here" in message("distilling-step-by-step", path)
    assert "these are the rationales alone" in message("distilling-step-by-step", texts)


def test_lists_are_joined_by_number_not_by_name(tmp_path: Path) -> None:
    rows = [{"input": f"Question {n}", "label": "( 1 + 1 )"} for n in range(11)]
    path = write_lines(tmp_path / "svamp_train.json", rows)
    for n in range(11):
        write_array(tmp_path / f"llm/train_CoT_{n}.json", [f"Text {n}. The answer is (1 + 1)."])
    records = list(make_layout("distilling-step-by-step").read([path], "train"))
    assert [record.rationales[0].text.split(".")[0] for record in records] == [f"Text {n}" for n in range(11)]


def test_parts_that_nobody_knows(tmp_path: Path) -> None:
    assert "no file name says that it holds the test part" in message("gsm8k", SAMPLES["gsm8k"](tmp_path), part="test")
    assert "has no parts; leave it out and drop test questions with --against" in message(
        "verify-cot", SAMPLES["verify_cot"](tmp_path), part="test"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("question,answer\nQ?\n", ":2: expected 2 cells, as in the header, found 1"),
        ("asked,answer\nQ?,4\n", "--set question="),
        ('question,answer\n"Q?,4\n', "broken CSV"),
        ("", "the file is empty"),
        ('{"question": 1}\n', "this is JSON, not CSV"),
        ("question,question\na,b\n", "the header has this column twice"),
        ("question,meta\nQ?,{\n", ":2: field 'meta': expected JSON"),
    ],
)
def test_broken_tables(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "gsm8k.csv"
    path.write_text(text)
    assert told in message("csv", path)


def test_other_columns_and_names_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "reports.tsv"
    path.write_text("finding\timpression\tqid\tsite\nQ?\t4\t7\tnorth\n")
    layout = make_layout("csv", "gsm8k", ["question=finding", "answer=impression"])
    record = next(layout.read([path], None))
    assert (record.id, record.question, record.answer) == ("7", "Q?", "4")
    assert record.meta == {"source": "reports.tsv:2", "site": "north"}


def test_chats_of_several_turns_are_refused(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "4"}] * 2
    path = write_lines(tmp_path / "gsm8k.jsonl", [{"messages": turns}])
    assert (
        f"{path}:1: field 'messages': expected one user and one assistant message, found user, assistant, user"
        in message("messages", path)
    )


def test_an_edited_export_is_caught(tmp_path: Path) -> None:
    row = {
        "prompt": "Q?",
        "completion": "It is 5. So the answer is: 5\n",
        "id": "1",
        "task": "gsm8k",
        "answer": "4",
        "rationale": {"answer": "4"},
    }
    path = write_lines(tmp_path / "x.jsonl", [row])
    assert f"{path}:1: field 'completion': expected an end 'So the answer is: 4'" in message("prompt-completion", path)
    path = write_lines(tmp_path / "x.jsonl", [row | {"rationale": {"answr": "4"}}])
    assert "field 'rationale.answr'" in message("prompt-completion", path)


def test_a_file_of_no_known_layout_cannot_be_held_out(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [{"unrelated": 1}])
    with pytest.raises(FileError, match="cannot tell the layout of this file"):
        read_test_questions([path])


@pytest.mark.parametrize("indent", [None, 1])
def test_an_array_is_read_through_a_window(tmp_path: Path, indent: int | None) -> None:
    values = ["x" * (3 * WINDOW_CHARACTERS), 12, {"a": [1, 2, {"b": "]"}]}, "é\n", [], -1.5, None] * 3
    path = tmp_path / "values.json"
    path.write_text(json.dumps(values, indent=indent, ensure_ascii=False), encoding="utf-8")
    read = list(json_values(path))
    assert [value for _, value in read] == values
    lines = path.read_text(encoding="utf-8").split("\n")
    if indent:
        assert all(lines[line - 1].startswith(" ") for line, _ in read)
        assert lines[read[2][0] - 1] == " {"


def test_a_number_at_the_edge_of_the_window_is_whole(tmp_path: Path) -> None:
    for shift in range(4):
        values = ["x" * (WINDOW_CHARACTERS - 8 + shift), 123456, 7]
        path = write_lines(tmp_path / "values.json", [values])
        assert [value for _, value in json_values(path)] == values

"""Files and replies as the world writes them: what the commands make of each (tests/golden/data)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import smallsteps
from servers import Answer, Seen, Server

DATA = Path(__file__).parent / "data"
REPLIES: dict[str, Any] = json.loads((DATA / "replies.json").read_text(encoding="utf-8"))
THOUGHT = "4 boxes of 6 eggs are 4 * 6 = 24 eggs."
VERDICTS = {"r1_boxed.csv": "gsm8k", "r2_latex.csv": "gsm8k", "r3_hedge.csv": "gsm8k", "r3_letters.csv": "aqua",
            "r3_yesno.csv": "strategy_qa"}  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def imported(layout: str, name: str, out: Path, *more: object, task: str = "gsm8k") -> list[dict[str, Any]]:
    assert smallsteps("import", layout, DATA / name, "--task", task, "-o", out / "out.jsonl", *more) == 0
    return lines(out / "out.jsonl")


def table(name: str, delimiter: str = ",") -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.mark.parametrize(("name", "row"), [(name, row) for name in VERDICTS for row in table(name)])
def test_a_rationale_is_judged_as_a_person_judges_it(name: str, row: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "one.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    out = tmp_path / "out.jsonl"
    assert smallsteps("import", "csv", tmp_path / "one.csv", "--task", VERDICTS[name], "-o", out) == 0
    (record,) = lines(out)
    assert record["rationales"][0].get("correct") is (row["right"] == "true"), record["rationales"][0]


def test_a_gold_answer_is_read_whole_or_refused_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {r["question"]: r["answer"] for r in imported("csv", "g1_gold.csv", tmp_path, "--set", "delimiter=;")}
    rows = table("g1_gold.csv", ";")
    refused = [row for row in rows if row["question"] not in found]
    assert all(found.get(row["question"], row["right_value"]) == row["right_value"] for row in rows)
    told = " ".join(capsys.readouterr().out.split())
    assert refused and f"gold answer unreadable {len(refused)}" in told
    assert all(f"'{row['answer']}'" in told for row in refused)


def test_an_operator_is_part_of_a_question(tmp_path: Path) -> None:
    found = imported("csv", "i1_operators.csv", tmp_path)
    assert [(r["question"], len(r["rationales"])) for r in found] == [
        (row["question"], 1) for row in table("i1_operators.csv")
    ]


def test_a_question_with_another_operator_is_no_test_question(tmp_path: Path) -> None:
    imported("csv", "i1_test.csv", tmp_path)
    (tmp_path / "out.jsonl").rename(tmp_path / "test.jsonl")
    assert len(imported("csv", "i1_train.csv", tmp_path, "--against", tmp_path / "test.jsonl")) == 2


@pytest.mark.parametrize("kind", ["exact", "near"])
def test_rationales_with_other_operators_are_no_duplicates(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert smallsteps("select", DATA / "i2_dedupe.jsonl", "-o", out, "--dedupe", kind) == 0
    assert lines(out)[0]["rationales"] == lines(DATA / "i2_dedupe.jsonl")[0]["rationales"]


@pytest.mark.parametrize(
    ("layout", "name", "task", "text", "reply"),
    [
        ("messages", "m1_reasoning.jsonl", "gsm8k", THOUGHT, "24"),
        ("messages", "m2_think.jsonl", "gsm8k", THOUGHT, "The answer is \\boxed{24}."),
        ("messages", "m3_sharegpt.jsonl", "gsm8k", THOUGHT, None),
        ("messages", "m4_tools.jsonl", "gsm8k", THOUGHT, None),
        ("prompt-completion", "m5_half.json", "gsm8k", "smile \ufffd 24.", None),
        ("messages", "p2_messages.parquet", "gsm8k", THOUGHT, None),
        ("messages", "p3_rows.jsonl.gz", "gsm8k", THOUGHT, None),
        ("csv", "x1_excel.csv", "gsm8k", THOUGHT, None),
        ("csv", "x2_trailing.csv", "gsm8k", THOUGHT, None),
    ],
)
@pytest.mark.parametrize("general", [False, True])
def test_files_are_read_by_their_layout_and_by_the_general_one(
    layout: str, name: str, task: str, text: str, reply: str | None, general: bool, tmp_path: Path
) -> None:
    records = imported("json" if general else layout, name, tmp_path, task=task)
    for record in records:
        (rationale,) = record["rationales"]
        assert (rationale["text"], rationale["answer"], rationale.get("reply")) == (text, "24", reply)
        assert rationale.get("correct") is (True if record["answer"] else None)


@pytest.mark.parametrize("layout", ["parquet", "json"])
def test_choices_as_a_list_stand_in_the_question(layout: str, tmp_path: Path) -> None:
    (record,) = imported(layout, "p2_choices.parquet", tmp_path, task="aqua")
    assert (record["answer"], record["choices"]) == ("B", ["12", "24"])
    assert record["question"].endswith("Answer choices: (A) 12, (B) 24.")


def test_the_answer_phrase_stands_once_in_a_training_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported("csv", "p1_phrase.csv", tmp_path)
    capsys.readouterr()
    assert smallsteps("show", tmp_path / "out.jsonl", "--method", "cot", "-n", "1") == 0
    assert capsys.readouterr().out.count("So the answer is:") == 1


def test_an_empty_rationale_can_be_corrupted_in_no_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("corrupt", DATA / "k1_empty.jsonl", "--kind", "drop", "--rate", "1", "-o", tmp_path / "out.jsonl")
    assert smallsteps(*command) == 2
    assert "single words or empty" in capsys.readouterr().err


def test_an_answer_that_hedges_is_not_correct(tmp_path: Path) -> None:
    out = tmp_path / "outcomes.jsonl"
    assert smallsteps("score", DATA / "a1_hedge.jsonl", "-c", DATA / "gold.jsonl", "--outcomes", out) == 0
    assert [row["name"] for row in lines(out)].count("correct") == 0


def served(request: Seen) -> Answer:
    entry = REPLIES[request.body["model"]]
    if "raw" in entry:
        return Answer(entry["raw"].encode())
    choice = json.loads(json.dumps(entry["choice"]))
    if "repeat" in entry:
        choice["message"]["content"] += entry["repeat"][0] * entry["repeat"][1]
    choices = [
        {"finish_reason": "stop", "logprobs": None} | choice | {"index": i} for i in range(request.body.get("n", 1))
    ]
    usage = {"prompt_tokens": 30, "completion_tokens": 20}
    return Answer(json.dumps({"model": "m", "choices": choices, "usage": usage}).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(served) as running:
        yield running


def sampled(model: str, server: Server, out: Path, *more: str) -> dict[str, Any]:
    command = ["sample", DATA / "q.jsonl", "--teacher", "openai", "--model", model, "--base-url", server.url, "-n", "1",
               "--choices", "1", "--retries", "1", "-o", out / "out.jsonl", *more]  # fmt: skip
    assert smallsteps(*command) == 0
    (record,) = lines(out / "out.jsonl")
    return next(iter(record.get("rationales", ())), {})


@pytest.mark.parametrize("model", ["s1-thoughts", "s1-aim", "s8-parts", "s8-harmony", "s8-sky"])
def test_thoughts_are_the_rationale_whole_and_without_marks(model: str, server: Server, tmp_path: Path) -> None:
    rationale = sampled(model, server, tmp_path)
    assert rationale["correct"] is True
    assert "4 * 6 = 24" in rationale["text"] and "<" not in rationale["text"]
    if model.startswith("s1"):
        content = REPLIES[model]["choice"]["message"]["content"]
        assert rationale["text"] == content[len("<think>") : content.index("</think>")].strip()


@pytest.mark.parametrize("model", ["s2-boxed", "s2-answer", "s2-revised", "s2-how"])
def test_the_answer_is_the_one_that_is_announced_last(model: str, server: Server, tmp_path: Path) -> None:
    assert sampled(model, server, tmp_path)["answer"] == "24"


@pytest.mark.parametrize("model", ["s1-cut", "s3-filter", "s3-max"])
def test_what_was_cut_off_states_no_answer(model: str, server: Server, tmp_path: Path) -> None:
    rationale = sampled(model, server, tmp_path)
    assert rationale["text"] and rationale.get("answer") is None and rationale["correct"] is False


@pytest.mark.parametrize(
    ("model", "told"), [("s4-tools", "a tool call"), ("s4-null", "an empty text"), ("s4-delta", "no message at all")]
)
def test_a_reply_without_text_is_told_and_not_kept(
    model: str, told: str, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sampled(model, server, tmp_path) == {}
    assert told in capsys.readouterr().out


def test_half_a_surrogate_pair_is_replaced(server: Server, tmp_path: Path) -> None:
    assert sampled("s5-surrogate", server, tmp_path)["text"].startswith("smile \ufffd 4 * 6 = 24.")


@pytest.mark.parametrize("model", ["s6-newlines", "s6-stars"])
def test_a_degenerate_reply_is_a_cut_reply(model: str, server: Server, tmp_path: Path) -> None:
    rationale = sampled(model, server, tmp_path)
    assert rationale["text"].startswith(THOUGHT) and rationale.get("answer") is None


def test_a_key_is_no_word_of_a_reply(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    text = sampled("s7-key", server, tmp_path)["text"]
    assert text == "Let x be the boxes, a test: 4 boxes of 6 eggs are 24."


def test_a_plain_completion_ends_before_the_next_question(server: Server, tmp_path: Path) -> None:
    rationale = sampled("s9-runon", server, tmp_path, "--api", "completions")
    assert (rationale["text"].strip(), rationale["answer"]) == (THOUGHT, "24")
    assert server.seen[-1].body["stop"] == ["\n\nQ:"]


def test_no_mark_of_emphasis_is_left_hanging(server: Server, tmp_path: Path) -> None:
    assert sampled("s10-bold", server, tmp_path)["text"] == THOUGHT


def test_a_stand_in_is_left_out_of_the_mean(server: Server, tmp_path: Path) -> None:
    assert sampled("s11-sentinel", server, tmp_path)["logprob"] == -0.5

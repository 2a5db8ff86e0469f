"""`smallsteps review --judge` against endpoints that fail half of the time, or have a taste for a place."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from commands import smallsteps
from report_runs import make_run
from servers import Answer, FaultInjecting, Seen, Server, reply
from smallsteps.records import Record
from smallsteps.review.judgements import JudgementStore
from smallsteps.study.arms import Arm

PAIRS = 12


def say(arm: Arm, record: Record, index: int) -> str:
    told = "Carefully: three and three." if arm.method == "cot" else "Somehow."
    return f" {told} That makes {record.answer}. So the answer is: {record.answer}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    return make_run(tmp_path / "run", methods=["answer_only", "cot", "scotd"], seeds=[0], questions=20, say=say)


def careful(request: Seen) -> Answer:
    """Prefers the rationale that says `Carefully`, wherever it stands."""
    text = request.body["messages"][-1]["content"]
    first = text.index("Carefully") < text.index("Somehow")
    return reply(request, [f"Better: {1 if first else 2}"] * int(request.body.get("n") or 1))


def arguments(folder: Path, server: Server, *more: str) -> list[str]:
    return ["review", str(folder), "--a", "student/cot", "--b", "scotd", "-n", str(PAIRS), "--judge", "m",
            "--base-url", server.url, *more]  # fmt: skip


def stores(folder: Path) -> list[Path]:
    return [path for path in (folder / "reviews").glob("*.sqlite") if "replies" not in path.name]


def test_a_judge_never_counts_a_pair_twice(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(FaultInjecting(careful, hang_seconds=0.2)) as server:
        for _ in range(4):  # as often as a person would run it again
            code = smallsteps(*arguments(folder, server, "--set", "timeout_seconds=2"))
            capsys.readouterr()
            if code == 0:
                break
        asked = len(server.answered)
        assert code == 0
        assert smallsteps(*arguments(folder, server)) == 0 and len(server.answered) == asked, (
            "what was judged is not asked again"
        )
    printed = capsys.readouterr().out
    (path,) = stores(folder)
    with JudgementStore(path) as store:
        said = store.judgements()
    assert len(said) == 2 * PAIRS and {one.winner for one in said} == {"a"} and {one.kind for one in said} == {"judge"}
    assert len({(one.pair, one.first) for one in said}) == 2 * PAIRS
    assert "12 of 12 pairs got the same verdict in both orders" in printed and "POSITION BIAS" not in printed
    out = tmp_path / "verdicts.csv"
    assert (
        smallsteps("review", str(folder), "--a", "student/cot", "--b", "scotd", "-n", str(PAIRS), "--csv", str(out))
        == 0
    )
    assert len(list(csv.reader(out.read_text(encoding="utf-8").splitlines()))) == 1 + 2 * PAIRS
    assert "sk-planted" not in path.read_bytes().decode("latin-1")


def test_a_taste_for_the_first_place_is_exposed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(lambda request: reply(request, ["Better: 1"])) as server:
        assert smallsteps(*arguments(folder, server)) == 0
    printed = capsys.readouterr().out
    assert "the first rationale won 24 of 24 decided verdicts (100 %, p < 0.001; POSITION BIAS)" in printed
    assert "0 of 12 pairs got the same verdict in both orders" in printed


def test_replies_without_a_verdict_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(lambda request: reply(request, ["Both have merits."])) as server:
        assert smallsteps(*arguments(folder, server)) == 2
    assert "24 replies name no winner" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--a", "nope"], "nope"),
        (["--a", "answer_only"], "wrote no rationale to judge"),
        (["--a", "cot"], "the test questions of this run have no rationales"),
        (["--a", "cot", "--b", "cot"], "both sides are 'cot'"),
        ([], "--a is missing"),
        (["--a", "cot", "--b", "scotd", "--results"], "nothing was judged yet"),
    ],
)
def test_wrong_sides_are_one_sentence(
    folder: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if options == ["--a", "answer_only"]:
        answers = {"methods": ["answer_only", "cot"], "say": lambda arm, record, index: f" So the answer is: {index}\n"}
        folder = make_run(folder.parent / "plain", seeds=[0], questions=5, **answers)  # type: ignore[arg-type]
    assert smallsteps("review", str(folder), *options) == 2
    printed = capsys.readouterr().err
    assert message in " ".join(printed.split()) and "Traceback" not in printed

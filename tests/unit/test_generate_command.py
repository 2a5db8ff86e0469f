"""`smallsteps generate` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from smallsteps.cli import build_app
from smallsteps.errors import FileError, OptionError, UnknownNameError
from smallsteps.records import question_key, read_records


def generate(*arguments: str) -> str:
    """What the command prints; a user's error is raised as it is."""
    result = CliRunner().invoke(build_app(), ["generate", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_writes_a_corpus_and_counts_it(tmp_path: Path) -> None:
    out = tmp_path / "corpus.jsonl"
    printed = generate("word_problems", "-n", "200", "--steps", "2-3", "--largest", "20", "--rationales", "3",
                       "--error-rate", "0.5", "-o", str(out))  # fmt: skip
    records = list(read_records(out))
    right = sum(rationale.correct is True for record in records for rationale in record.rationales)
    assert len(records) == 200
    assert {len(record.rationales) for record in records} == {3}
    assert {len(record.meta["steps"]) for record in records} == {2, 3}
    assert "200" in printed and "600" in printed and f"{right} ({right / 600:.1%})" in printed
    assert 0.4 < right / 600 < 0.6


def test_the_same_command_writes_the_same_bytes_and_the_parts_share_no_question(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jsonl" for name in ("a", "b", "test")]
    for out, part in zip(files, ("train", "train", "test"), strict=True):
        generate("coin_flip", "-n", "50", "--part", part, "--seed", "7", "--rationales", "2", "-o", str(out))
    assert files[0].read_bytes() == files[1].read_bytes()
    train, test = ({question_key(record.question) for record in read_records(file)} for file in files[1:])
    assert train.isdisjoint(test)


def test_groups_are_counted_and_no_rationale_is_needed(tmp_path: Path) -> None:
    out = tmp_path / "test.jsonl"
    printed = generate("word_problems", "-n", "40", "--part", "test", "--rationales", "0", "-o", str(out))
    assert "group unseen" in printed and "right" not in printed
    assert all(record.rationales == () for record in read_records(out))


def test_any_option_is_reachable(tmp_path: Path) -> None:
    out = tmp_path / "corpus.jsonl"
    generate("last_letter_concatenation", "-n", "20", "--set", "words=2-2", "-o", str(out))
    assert {len(str(record.answer)) for record in read_records(out)} == {2}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["word_problem"], UnknownNameError, "did you mean 'word_problems'"),
        (
            ["word_problems", "--set", "bigest=3"],
            UnknownNameError,
            "known: contrast, families, largest, limit, smallest, steps",
        ),
        (["coin_flip", "--steps", "2"], UnknownNameError, "known: people"),
        (["word_problems", "--set", "largest"], OptionError, "NAME=VALUE"),
        (["word_problems", "--part", "dev"], OptionError, "expected train or test"),
        (["word_problems", "--error-rate", "2"], OptionError, "between 0 and 1"),
        (["word_problems", "--steps", "4-1"], OptionError, "LOW <= HIGH"),
        (["coin_flip", "-n", "100000", "--set", "people=1-1"], OptionError, "request fewer"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_writes_nothing(
    arguments: list[str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        generate("-o", str(tmp_path / "corpus.jsonl"), *arguments)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_way_of_writing_is_whole_or_nothing(tmp_path: Path) -> None:
    out = tmp_path / "corpus.jsonl"
    generate("coin_flip", "-n", "5", "-o", str(out))
    before = out.read_bytes()
    with pytest.raises(OptionError):
        generate("coin_flip", "-n", "2000", "--set", "people=1-1", "-o", str(out))
    assert out.read_bytes() == before
    with pytest.raises(FileError):
        list(read_records(tmp_path / "other.jsonl"))

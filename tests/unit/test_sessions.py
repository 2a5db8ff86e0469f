"""Sessions: writing on branch by branch with a cache gives what reading everything anew gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models import folder_of
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, load_student

PROMPTS = ["Q: Tom has 12 apples.\nA:", "Q: A coin is heads up. Ann flips the coin.\nA:", "Q:", "Q: no?\nA:"]
FAMILIES = ("llama", "qwen3", "gpt2", "opt", "qwen2_sliding", "gemma3", "t5", "bart")


def pupil(family: str, folder: Path, seed: int = 0) -> Student:
    torch.manual_seed(seed)
    student = load_student(str(folder_of(family, folder / f"{family}{seed}")))
    with torch.no_grad():
        for parameter in student.model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    student.add_tokens(("<seg>",))
    student.model.double()  # or a near-tie could be told differently with a cache and without
    return student


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_two_students_in_turn_write_what_they_would_write_from_the_whole_prefix(
    family: str, temperature: float, tmp_path: Path
) -> None:
    students = {"a": pupil(family, tmp_path, 1), "b": pupil(family, tmp_path, 2)}
    decoding = Decoding(max_new_tokens=60, temperature=temperature, batch_size=3)
    write = StudentWriter(students, decoding)
    separator, count = write.added("<seg>"), 0
    for places, session in write.sessions(PROMPTS, list("wxyz")):
        lines = list(range(len(places)))
        for turn, path in enumerate("abab"):
            for line in lines:
                session.read(line, (separator,))
            before = [session.prefix(path, line) for line in lines]
            written = session.write(path, lines, None, 7 + turn)
            count += sum(len(one.tokens) for one in written)
            if temperature == 0:
                anew = write(path, before, [str(line) for line in lines], None, 7 + turn)
                assert [one.tokens for one in written] == [one.tokens for one in anew]
                assert [one.finish for one in written] == [one.finish for one in anew]
            lines = lines[:-1] if turn == 1 and len(lines) > 1 else lines
    assert count > 20


@pytest.mark.parametrize("family", ["llama", "t5"])
def test_a_lines_text_depends_on_its_key_and_not_on_its_company(family: str, tmp_path: Path) -> None:
    students = {"main": pupil(family, tmp_path)}

    def texts(prompts: list[str], keys: list[str]) -> dict[str, str]:
        write = StudentWriter(students, Decoding(max_new_tokens=20, temperature=1.0, seed=3))
        found = {}
        for places, session in write.sessions(prompts, keys):
            for _ in range(2):
                lines = list(range(len(places)))
                for line in lines:
                    session.read(line, (write.added("<seg>"),))
                for place, one in zip(places, session.write("main", lines, None, 6), strict=True):
                    found[keys[place]] = found.get(keys[place], "") + one.text
        return found

    together = texts(PROMPTS, list("wxyz"))
    assert together == {key: texts([prompt], [key])[key] for prompt, key in zip(PROMPTS, "wxyz", strict=True)}


def test_the_callers_limit_and_the_students_positions_hold_for_the_whole_line(tmp_path: Path) -> None:
    write = StudentWriter({"main": pupil("gpt2", tmp_path)}, Decoding(max_new_tokens=10))
    ((_, session),) = write.sessions(PROMPTS[:1], ["k"])
    first = session.write("main", [0], None, 8)[0]
    session.read(0, (write.added("<seg>"),))
    second = session.write("main", [0], None, 8)[0]
    assert len(first.tokens) + len(second.tokens) <= 10
    if first.finish == second.finish == "length":
        session.read(0, (write.added("<seg>"),))
        assert session.write("main", [0], None, 8)[0] == type(first)((), "", "length")
    session.read(0, [5] * 600)
    assert session.write("main", [0], None, 8)[0].finish == "length"

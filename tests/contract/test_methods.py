"""What every method promises: new files of `methods/` are held to it without a line here."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from models import folder_of
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tokens import encode_prompt, encode_view
from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.methods import METHODS, Method, make_method
from smallsteps.records import Rationale, Record, Segment
from smallsteps.tasks import get_task

STUDENTS = ("llama", "qwen3", "opt", "gpt2", "t5", "bart")
RECORD = Record(
    "r1",
    "word_problems",
    "Tom has 12 apples and buys 7 more. How many apples does Tom have now?",
    "19",
    rationales=(
        Rationale("Tom has 12 + 7 = 19 apples.", "19", correct=True, segments=(Segment("extractive", 0, 27),)),
        Rationale("We add 7 to 12: 12 + 7 = 18.", "18", correct=False, segments=(Segment("abstractive", 0, 28),)),
        Rationale(
            "Let us go step by step. 12 + 7 = 19, so Tom has 19 apples.",
            "19",
            correct=True,
            segments=(Segment("extractive", 0, 23), Segment("abstractive", 23, 58)),
        ),
    ),
)


@pytest.fixture(scope="module", params=STUDENTS)
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    return load_student(str(folder_of(request.param, tmp_path_factory.mktemp(request.param))))


@pytest.fixture(params=METHODS.names())
def method(request: pytest.FixtureRequest) -> Method:
    return make_method(request.param, {})


def visit(method: Method) -> Record:
    return replace(RECORD, rationales=method.kept(RECORD))


def taught_texts(method: Method) -> list[str]:
    """The whole target of every view."""
    views = [view for path in method.path_names for view in method.views(visit(method), path)]
    return ["".join(piece.text for piece in view.target) for view in views]


def test_views_are_pure_and_supervised(method: Method) -> None:
    for path in method.path_names:
        views = method.views(visit(method), path)
        assert views, "a record with right rationales gives a view"
        assert views == method.views(visit(method), path)
        assert {view.part for view in views} <= set(method.mix)
        assert all(any(piece.weight > 0 for piece in view.target) for view in views)


def test_prompts_do_not_end_in_white_space(method: Method) -> None:
    for path in method.path_names:
        prompts = [method.prompt(RECORD, path), *(view.prompt for view in method.views(visit(method), path))]
        assert all(prompt == prompt.rstrip() for prompt in prompts)


def test_the_taught_answer_is_read_back(method: Method) -> None:
    """What a view teaches, `read` finds: the gold answer in the branch behind the answer phrase."""
    texts = taught_texts(method)
    task = get_task("word_problems")
    stated = [reading.answer for text in texts if (reading := method.reader.read(text, task)).announced]
    assert stated
    assert set(stated) == {"19"}


def test_wrong_rationales_are_not_taught_by_default(method: Method) -> None:
    texts = taught_texts(method)
    assert not any("= 18" in text for text in texts)


def test_prompt_tokens_are_those_of_inference(method: Method, student: Student) -> None:
    """The ids that training puts before the first learnt token are those that inference reads, on every tokenizer."""
    student.add_tokens(method.added_tokens)
    for path in method.path_names:
        views = method.views(visit(method), path)
        asked = [view for view in views if view.prompt == method.prompt(RECORD, path)]
        assert asked
        for view in asked:
            encoded = encode_view(student.tokenizer, student.template, view)
            prefix = encode_prompt(student.tokenizer, student.template, view.prompt)
            if view.target[0].weight == 0:  # context that the method puts behind the prompt
                opened = prefix[: len(prefix) - len(student.template.source_end)]
                context = encoded.source if student.architecture.split else encoded.tokens
                assert tuple(context[: len(opened)].tolist()) == opened
                continue
            context = encoded.source if student.architecture.split else encoded.tokens[: len(prefix)]
            assert tuple(context.tolist()) == prefix
            if not student.architecture.split:
                assert not encoded.weights[: len(prefix)].any()
                assert encoded.weights[len(prefix)] > 0


def test_targets_come_back_from_their_tokens(method: Method, student: Student) -> None:
    student.add_tokens(method.added_tokens)
    for path in method.path_names:
        for view in method.views(visit(method), path):
            encoded = encode_view(student.tokenizer, student.template, view)
            learnt = encoded.tokens[encoded.weights > 0]
            text = student.tokenizer.decode(learnt.tolist(), skip_special_tokens=True)
            taught = "".join(piece.text for piece in view.target if piece.weight > 0)
            for added in method.added_tokens:
                taught = taught.replace(added, "")
            assert _words(text) == _words(taught)
            assert view.ends is False or learnt[-1] == student.template.end


def _words(text: str) -> str:
    return " ".join(text.split())


def test_options_are_checked(method: Method) -> None:
    name = METHODS.name_of(type(method))
    with pytest.raises(UnknownNameError, match="keep"):
        make_method(name, {"kep": "all"})
    with pytest.raises(OptionError, match="right"):
        make_method(name, {"keep": "some"})
    with pytest.raises(OptionError, match="at least 1"):
        make_method(name, {"rationales": 0})


def test_fields_are_hyperparameters(method: Method) -> None:
    """Equal options make equal methods: nothing hides in an instance."""
    options: dict[str, Any] = {item.name: getattr(method, item.name) for item in fields(method)}
    assert type(method)(**options) == method
    assert hash(type(method)(**options)) == hash(method)


def test_an_outside_file_is_a_method(tmp_path: Path) -> None:
    file = tmp_path / "shouting.py"
    file.write_text(
        "from dataclasses import dataclass\n"
        "from smallsteps.methods._method import Method\n"
        "from smallsteps.views import Piece, View\n\n"
        "@dataclass(frozen=True)\n"
        "class Shouting(Method):\n"
        "    '''Answers in capitals.'''\n"
        "    loud: bool = True\n\n"
        "    def views(self, record, path):\n"
        "        text = self.words.conclude(record.answer.upper() if self.loud else record.answer)\n"
        "        return [View(record.id, 'target', self.prompt(record, path), (Piece(text),))]\n",
        encoding="utf-8",
    )
    made = make_method(f"{file}:Shouting", {"loud": False})
    assert made.views(RECORD, "main")[0].target[0].text == " So the answer is: 19\n"
    with pytest.raises(UnknownNameError, match="did you mean 'Shouting'"):
        make_method(f"{file}:Shoutin", {})

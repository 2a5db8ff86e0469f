"""Whether a question stands in a test part, whatever way it is written.

Two questions are the same when their keys are. What a prompt puts around a question (`Answer step by step. …`, `Q: …
A:`) does not count, and neither do choices and the wish for a form where one side asks with choices and the other
freely (`date_understanding` and `date_free`). A question that holds a whole test question, sentence for sentence, is
that question with more around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from smallsteps.errors import FileError, InputError, OptionError
from smallsteps.formats import FORMATS, Format, Part, digest, first_value, layouts_like
from smallsteps.questions import question_key, sentence_keys, unwrapped

_CHOICES = re.compile(r"(?:Which choice is true\?\s{0,9})?Answer choices:.*\Z", re.DOTALL)
_FORM = re.compile(r"Please answer in format MM/DD/YYYY\.?|in MM/DD/YYYY")
PARTS: tuple[Part | None, ...] = ("test", None)
SHORTEST_HELD = 40
"""A test question with fewer characters in its key is not looked for inside longer questions: `How many are left?`
may stand in many."""


class TestQuestions:
    """The questions that must not be trained on."""

    __test__ = False  # no test class, whatever its name says to pytest

    def __init__(self, questions: Iterable[str]) -> None:
        self._keys: set[bytes] = set()
        self._stems: dict[bool, set[bytes]] = {True: set(), False: set()}
        self._unwrapped: set[bytes] = set()
        self._sentences: set[bytes] = set()
        self._lengths: dict[bytes, set[int]] = {}
        """How many sentences a test question has that begins with this one."""
        for question in questions:
            self._add(question)

    def _add(self, question: str) -> None:
        self._keys.add(digest(question_key(question)))
        core = unwrapped(question)
        self._unwrapped.add(digest(question_key(core)))
        stem, has_choices = _stem(core)
        self._stems[has_choices].add(digest(question_key(stem)))
        sentences = sentence_keys(core)
        if sum(map(len, sentences)) >= SHORTEST_HELD:
            self._sentences.add(_together(sentences))
            self._lengths.setdefault(digest(sentences[0]), set()).add(len(sentences))

    def __contains__(self, question: str) -> bool:
        """Whether the question is one of them: wrapped in a prompt, or with choices on one side only, too."""
        if digest(question_key(question)) in self._keys:
            return True
        core = unwrapped(question)
        if digest(question_key(core)) in self._unwrapped:
            return True
        stem, has_choices = _stem(core)
        return digest(question_key(stem)) in self._stems[not has_choices] or self._holds_one(question)

    def _holds_one(self, question: str) -> bool:
        sentences = sentence_keys(question)
        return any(
            _together(sentences[place : place + length]) in self._sentences
            for place, first in enumerate(sentences)
            for length in self._lengths.get(digest(first), ())
            if place + length <= len(sentences)
        )

    def __len__(self) -> int:
        """The number of distinct questions."""
        return len(self._keys)


def _together(sentences: Sequence[str]) -> bytes:
    return digest("\n".join(sentences))


def _stem(question: str) -> tuple[str, bool]:
    place = question.find("nswer choices:")
    found = _CHOICES.search(question, max(0, place - 80)) if place >= 0 else None
    stem = question[: found.start()] if found else question
    return (_FORM.sub("", stem) if "MM/DD/YYYY" in stem else stem), found is not None


def read_test_questions(files: Iterable[Path]) -> TestQuestions:
    """The questions of corpora, splits and files of any layout.

    A data set with parts inside stands for its test part; any other file for all its questions.
    Raises FileError for a file that is of no known layout.
    """
    return TestQuestions(question for file in files for question in _questions(file))


def _questions(file: Path) -> Iterator[str]:
    first = first_value(file)
    names = layouts_like(first)
    if not names:
        raise FileError(file, "cannot tell the layout of this file, so nothing can be checked against it; import it "
                        "first and name the corpus")  # fmt: skip
    kind = FORMATS.get(names[0])
    takes_task = any(item.name == "task" for item in fields(kind))
    layouts = [kind(), *([kind(task="text")] if takes_task else [])]  # type: ignore[call-arg]
    yield from _questions_of(file, layouts)


def _questions_of(file: Path, layouts: Sequence[Format]) -> Iterator[str]:
    """The questions that the first layout reads which can: of the test part, or of the file where it has no parts.

    A question is the same in any task, so a layout that cannot tell the task is told one.
    """
    for layout in layouts:
        for part in PARTS:
            try:
                yield from [record.question for record in layout.read([file], part)]
                return
            except OptionError:
                continue
            except InputError:
                if part is None:
                    raise
    raise FileError(file, "holds no question that could be checked against; import it first and name the corpus")

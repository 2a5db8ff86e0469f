"""Whether a question stands in a test part, whatever way it is written.

Two questions are the same when their letters and digits are. A question with choices and the same question asked
freely (`date_understanding` and `date_free`) are the same too: there the choices and the wish for a form are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from smallsteps.errors import FileError, InputError
from smallsteps.formats import FORMATS, digest, first_value, layouts_like
from smallsteps.records import question_key

_CHOICES = re.compile(r"\s*(?:Which choice is true\?)?\s*Answer choices:.*\Z", re.DOTALL)
_FORM = re.compile(r"\s*(?:Please answer in format MM/DD/YYYY\.?|in MM/DD/YYYY)")


class TestQuestions:
    """The questions that must not be trained on."""

    __test__ = False  # no test class, whatever its name says to pytest

    def __init__(self, questions: Iterable[str]) -> None:
        self._keys: set[bytes] = set()
        self._stems: dict[bool, set[bytes]] = {True: set(), False: set()}
        for question in questions:
            self._keys.add(digest(question_key(question)))
            stem, has_choices = _stem(question)
            self._stems[has_choices].add(digest(question_key(stem)))

    def __contains__(self, question: str) -> bool:
        """Whether the question is one of them, with the same choices, or with choices on one side only."""
        if digest(question_key(question)) in self._keys:
            return True
        stem, has_choices = _stem(question)
        return digest(question_key(stem)) in self._stems[not has_choices]

    def __len__(self) -> int:
        """The number of distinct questions."""
        return len(self._keys)


def _stem(question: str) -> tuple[str, bool]:
    found = _CHOICES.search(question) if "nswer choices:" in question else None
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
    layout = FORMATS.get(names[0])()
    try:
        yield from [record.question for record in layout.read([file], "test")]
    except InputError:  # no parts in there: the whole file, and its own errors, if any
        yield from (record.question for record in layout.read([file], None))

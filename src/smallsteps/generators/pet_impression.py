"""Synthetic PET reports: from findings to an impression. They contain no patient data."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal

from smallsteps.errors import OptionError
from smallsteps.generators import Generator, Part
from smallsteps.generators._ranges import check_range
from smallsteps.generators._reports import BOUNDS, CHINESE, ENGLISH, Words
from smallsteps.records import Record
from smallsteps.text.normal_findings import keep_normal

_WORDS = {"en": ENGLISH, "zh": CHINESE}
_SIZES = range(6, 60)


@dataclass(frozen=True)
class PetImpression(Generator):
    """PET reports: normal and abnormal findings; the impression restates the lesions and infers what they mean."""

    lesions: tuple[int, int] = (1, 4)
    """Fewest and most abnormal findings."""
    normal: tuple[int, int] = (2, 6)
    """Fewest and most normal findings, before `normality`."""
    normality: float = 1.0
    """γ: the share of normal findings that are kept."""
    language: Literal["en", "zh"] = "en"
    """English or Chinese."""

    def __post_init__(self) -> None:
        words = _WORDS[self.language]
        check_range("lesions", self.lesions, 1, len(words.places))
        check_range("normal", self.normal, 0, len(words.normal))
        if not 0 <= self.normality <= 1:
            raise OptionError(f"normality is {self.normality}; expected a share between 0 and 1")

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """Findings in any order; the impression names the lesions in theirs."""
        words = _WORDS[self.language]
        lesions = [_lesion(words, place, draw) for place in draw.sample(words.places, draw.randint(*self.lesions))]
        told = [_fill(draw.choice(words.abnormal), one) for one in lesions]
        for sentence in draw.sample(words.normal, draw.randint(*self.normal)):
            told.insert(draw.randint(0, len(told)), sentence)
        findings = words.gap.join(_capital(sentence) for sentence in told)
        steps, answer = _steps(words, lesions)
        return Record(
            id="",
            task="pet_impression",
            question=keep_normal(findings, self.normality, findings),
            answer=answer,
            meta={"template": f"{self.language}:{len(lesions)}", "group": "seen", "steps": steps},
        )


def _lesion(words: Words, place: str, draw: random.Random) -> dict[str, Any]:
    suv = round(draw.choice((draw.uniform(1, 2.4), draw.uniform(2.5, 4.9), draw.uniform(5, 12))), 1)
    return {"place": place, "lesion": draw.choice(words.lesions), "size": draw.choice(_SIZES), "suv": suv}


def _steps(words: Words, lesions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The program for the rule-based teacher, whose last result is the impression; and the impression."""
    judged: list[dict[str, Any]] = [
        {"op": "uptake", "args": [one["suv"], list(words.grades), list(BOUNDS)],
         "say": [_capital(_fill(text, one)) for text in words.judging]}
        for one in lesions
    ]  # fmt: skip
    results = [{"step": number} for number in range(len(lesions))]
    conclusion = {
        "op": "conclude",
        "args": [words.grades[-1], list(words.elsewhere), *results],
        "say": list(words.closing),
    }
    pieces: list[Any] = []
    stop = "。" if not words.gap else ". "
    for one, result in zip(lesions, results, strict=True):
        before, behind = _fill(words.piece, one).split("{grade}")
        pieces += [_capital(before), result, behind + stop]
    composed = {"op": "compose", "args": [*pieces, {"step": len(lesions)}], "say": list(words.saying)}
    return [*judged, conclusion, composed], _impression(words, lesions)


def _impression(words: Words, lesions: list[dict[str, Any]]) -> str:
    grades = [words.grades[sum(one["suv"] >= bound for bound in BOUNDS)] for one in lesions]
    told = [
        _capital(_fill(words.piece, one)).replace("{grade}", grade) for one, grade in zip(lesions, grades, strict=True)
    ]
    last = words.elsewhere[min(grades.count(words.grades[-1]), 2)]
    return ("。" if not words.gap else ". ").join([*told, last])


def _fill(text: str, lesion: dict[str, Any]) -> str:
    """The lesion's slots filled; those of the teacher stay."""
    for name, value in lesion.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

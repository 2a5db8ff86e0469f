"""The names that `training:` in a study and `--set` take, each with its default and what it means."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, Field, dataclass, fields

from smallsteps.training.arguments import RENAMED
from smallsteps.training.settings import Training


@dataclass(frozen=True)
class Setting:
    """A training setting: its name and one line on it."""

    name: str
    summary: str


def training_settings() -> list[Setting]:
    """Our own settings first, then those of `transformers.TrainingArguments` in the order of their definition."""
    return [*_own(), *_hugging_face()]


def _own() -> list[Setting]:
    told = _paragraphs(inspect.getdoc(Training) or "")
    return [
        Setting(item.name, f"{told[item.name]} (default {item.default})")
        for item in fields(Training)
        if item.name != "arguments"
    ]


def _paragraphs(doc: str) -> dict[str, str]:
    """The sentences of a docstring that begin with `name:`, by that name."""
    text = " ".join(doc.split())
    names = "|".join(item.name for item in fields(Training))
    found = re.split(rf"(?:^|(?<=\. ))({names}): ", text)
    return {name: said.strip().rstrip(".") for name, said in zip(found[1::2], found[2::2], strict=True)}


def _hugging_face() -> list[Setting]:
    from transformers import TrainingArguments

    doc = inspect.getdoc(TrainingArguments) or ""
    return [
        Setting(item.name, _told(doc, item))
        for item in fields(TrainingArguments)
        if item.init and item.name not in RENAMED
    ]


def _told(doc: str, item: Field[object]) -> str:
    """The first sentence of transformers' own docstring on an argument, with the default."""
    found = re.search(rf"^ *{item.name} \([^\n]*\n((?: +(?!\w+ \(`)\S[^\n]*\n?)+)", doc, re.MULTILINE)
    default = None if item.default is MISSING else getattr(item.default, "value", item.default)
    text = " ".join(found[1].split()) if found else "see transformers.TrainingArguments"
    return f"{re.split(r'[.](?= [A-Z`*]|$)', text)[0]} (default {default})"

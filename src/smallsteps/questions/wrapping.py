"""The words that a prompt puts around a question: `Answer step by step. …`, `Q: … A:`, chat tags."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.questions.key import question_key

_BOUNDARY = re.compile(
    r"(?<=[.!?:;。！？：])[\"'”’)\]*_]*\s+|(?<=[。！？])|\n+|#{2,}|\*\*|<[|/]?[A-Za-z_]{1,30}\|?>|\[/?[A-Z_]{2,20}\]|[\"“”]"
)
_LABEL = re.compile(
    r"\W*(?:q|a|question|problem|query|input|instruction|instructions|user|human|assistant|system|answer|solution|"
    r"response|task|prompt|output|reasoning|inst|think|im_start|im_end)\W*\d*\W*",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\bstep[- ]by[- ]step\b|\bthink (?:about|through|carefully|hard|before)\b"
    r"|\breason (?:about|through|carefully|step)"
    r"|\b(?:solve|answer|consider|read) (?:this|these|the (?:following|question|questions|problem|problems|task))\b"
    r"|\b(?:the )?following (?:question|problem|task|instruction|math)"
    r"|\byour (?:final )?(?:answer|reasoning|work|steps)\b"
    r"|\bthe final answer\b|\bwhat is the answer\b|\bboxed\b|\b(?:show|explain) (?:your|all|each|every)\b"
    r"|\b(?:respond|reply|answer) (?:with|in|only|using|by)\b|\byou are (?:a|an|the)\b|\b(?:helpful|expert) \w+"
    r"|\bends? with\b|\bappropriately completes\b|\bdescribes a task\b|\blet us think\b|\blet's (?:think|solve|work)\b"
    r"|\bgive (?:only )?(?:the|a|an|your) (?:\w+ ){0,2}answer\b|\bhere is (?:a|the) (?:question|problem)\b",
    re.IGNORECASE,
)
_LONGEST_REQUEST = 300


def unwrapped(text: str) -> str:
    """The question inside a prompt: labels and requests before and behind it are taken off.

    A unit of the prompt is taken for a label or a request only where it holds no digit; what is nothing but requests
    comes back whole.
    """
    units = _units(text)
    start, end = 0, len(units)
    while start < end and _is_around(units[start]):
        start += 1
    while end > start and _is_around(units[end - 1]):
        end -= 1
    return " ".join(units[start:end]) if start < end else text


def sentence_keys(text: str) -> Sequence[str]:
    """The keys of a text's sentences, in order; sentences without a letter, digit or sign are left out."""
    return [key for key in map(question_key, _units(text)) if key]


def _units(text: str) -> list[str]:
    return [unit for unit in map(str.strip, _BOUNDARY.split(text)) if unit]


def _is_around(unit: str) -> bool:
    if len(unit) > _LONGEST_REQUEST or any(character.isdigit() for character in unit):
        return _LABEL.fullmatch(unit) is not None if len(unit) <= 40 else False
    return _LABEL.fullmatch(unit) is not None or _REQUEST.search(unit) is not None

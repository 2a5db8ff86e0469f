"""Overlap of texts: ROUGE-L and BLEU, in scripts with spaces between words and in those without."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACELESS = f"{_HAN}\u3040-\u30ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(rf"[{_SPACELESS}]|[0-9]+(?:[.,][0-9]+)*|[^\W{_SPACELESS}]+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """ROUGE-L between 0 and 1: the longest common subsequence over the lengths of both texts, and their F measure."""

    precision: float
    recall: float
    f: float


def words(text: str) -> list[str]:
    """The words of a text in lower case, numbers whole; a character of a script without spaces is a word."""
    return _WORD.findall(text.lower())


def rouge_l(text: str, reference: str) -> Rouge:
    """ROUGE-L of a text against a reference (rouge-score's formula on our words, without stemming)."""
    found = _rouge_scorer().score(reference, text)["rougeL"]
    return Rouge(found.precision, found.recall, found.fmeasure)


def bleu(texts: Sequence[str], references: Sequence[str]) -> float:
    """BLEU of a corpus between 0 and 1, one reference a text (sacrebleu; its `zh` tokens where references are Chinese).

    0 for no texts.
    """
    return bleu_of_any(texts, [(one,) for one in references])


def bleu_of_any(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU of a corpus between 0 and 1 where each text may have several references (sacrebleu); 0 for no texts.

    An n-gram counts as often as it occurs in one of the text's references; the length that counts is the nearest.
    """
    if not texts:
        return 0.0
    tokens = _tokens_of([one for some in references for one in some])
    columns = [list(column) for column in zip_longest(*references)]  # the first reference of each text, the second, …
    return float(_bleu(tokens).corpus_score(list(texts), columns).score) / 100


def bleu_precision(text: str, reference: str) -> float:
    """BLEU of one text without the penalty for being shorter than the reference, between 0 and 1.

    The geometric mean of its n-gram precisions up to the longest n that the text has, zeros smoothed (sacrebleu).
    """
    found = _bleu(_tokens_of([reference])).sentence_score(text, [reference])
    precisions = [share for share, total in zip(found.precisions, found.totals, strict=True) if total]
    if not precisions or not found.counts[0]:
        return 0.0
    return math.exp(sum(math.log(share / 100) for share in precisions) / len(precisions))


def _tokens_of(texts: Sequence[str]) -> str:
    joined = "".join(texts)
    return "zh" if len(re.findall(f"[{_HAN}]", joined)) > len(joined) / 4 else "13a"


class _Words:
    """The tokenizer that rouge-score asks for."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


@cache
def _rouge_scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())


@cache
def _bleu(tokens: str) -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=tokens, effective_order=True)

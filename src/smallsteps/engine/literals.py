"""Special tokens that stand in a text as plain words: `</s>` in a rationale is five characters, never the token.

A tokenizer turns the spelling of a special token into the token, wherever it finds it. Only what surrounds a text (a
chat template) and a method's own tokens may become special; in questions and rationales such a spelling is tokenised
like any other word, in training as at inference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

_IDS_ONLY = {"return_attention_mask": False, "return_token_type_ids": False}
Encoding = tuple[list[int], list[int]]
OWN = "_smallsteps_own_tokens"  # on a tokenizer: the special tokens that a method added, which its views do mean


@dataclass(frozen=True)
class Text:
    """A text between what a chat template puts around it, and a target after both."""

    before: str
    body: str
    after: str = ""
    target: str = ""

    @property
    def whole(self) -> str:
        """All of it, as one string."""
        return self.before + self.body + self.after + self.target

    def followed_by(self, target: str) -> Text:
        """The same with a target at its end."""
        return replace(self, target=target)


def tokenize(tokenizer: Any, texts: Sequence[Text]) -> list[Encoding]:
    """Ids of each text, and for each id the index of the character that it ends with."""
    spelling = spellings(tokenizer)
    plain = [text for text in texts if not (spelling and _spells(spelling, text))]
    known = dict(zip(plain, _encode(tokenizer, [text.whole for text in plain]), strict=True))
    return [known.get(text) or _in_pieces(tokenizer, text, spelling) for text in texts]


def spellings(tokenizer: Any) -> re.Pattern[str] | None:
    """What finds the spelling of any special token that is not a method's own; None where there are none."""
    own: frozenset[str] = getattr(tokenizer, OWN, frozenset())
    special = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    found = sorted((one for one in special - own if one.strip()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None


def own_tokens(tokenizer: Any, tokens: Sequence[str]) -> None:
    """Note that a method added `tokens`: they are tokens wherever a view holds them."""
    setattr(tokenizer, OWN, getattr(tokenizer, OWN, frozenset()) | set(tokens))


def _spells(spelling: re.Pattern[str], text: Text) -> bool:
    return bool(spelling.search(text.body) or spelling.search(text.target))


def _in_pieces(tokenizer: Any, text: Text, spelling: re.Pattern[str] | None) -> Encoding:
    """Ids and ends of a text that spells special tokens: each spelling is cut out and tokenised as plain text."""
    assert spelling is not None, "a text is cut only where something was found in it"
    pieces = [(text.before, False), *_cut(text.body, spelling), (text.after, False), *_cut(text.target, spelling)]
    ids: list[int] = []
    ends: list[int] = []
    start = 0
    for piece, literal in pieces:
        if piece:
            own, places = _encode(tokenizer, [piece], split_special_tokens=literal)[0]
            ids += own
            ends += [place + start for place in places]
        start += len(piece)
    return ids, ends


def _cut(text: str, spelling: re.Pattern[str]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it spells a special token."""
    at, pieces = 0, []
    for found in spelling.finditer(text):
        pieces += [(text[at : found.start()], False), (found.group(), True)]
        at = found.end()
    return [*pieces, (text[at:], False)]


def _encode(tokenizer: Any, texts: Sequence[str], split_special_tokens: bool = False) -> list[Encoding]:
    if not texts:
        return []
    read = tokenizer(
        list(texts),
        add_special_tokens=False,
        return_offsets_mapping=True,
        split_special_tokens=split_special_tokens,
        **_IDS_ONLY,
    )
    return [
        (list(ids), [max(end - 1, begin) for begin, end in offsets])
        for ids, offsets in zip(read["input_ids"], read["offset_mapping"], strict=True)
    ]

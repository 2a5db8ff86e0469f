"""Views and prompts as token ids, the same in training as at inference. Nothing else in the package tokenises.

The prompt is tokenised as at inference; the target is the rest of the tokenisation of prompt and target together,
or, where that does not continue the prompt's tokens, the target tokenised alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smallsteps.engine import literals
from smallsteps.engine.literals import Text
from smallsteps.errors import InputError
from smallsteps.views import Piece, View

Ids = NDArray[np.int32]
Weights = NDArray[np.float32]
CALL = 1024  # views tokenised together: a call of the tokenizer costs more than the few words of a view


@dataclass(frozen=True)
class SequenceTemplate:
    """What stands around prompt and target for one student.

    before: special tokens that open every sequence. end: the token that ends a target. split: whether the prompt is
    a source of its own (closed by `source_end`), and the target a sequence of its own (opened by `target_start`).
    turn: words that close the prompt of a student that continues it. chat: what the tokenizer's chat template puts
    before and after a user's message, rendered once: some templates print today's date.
    """

    before: tuple[int, ...]
    end: int
    split: bool = False
    source_end: tuple[int, ...] = ()
    target_start: tuple[int, ...] = ()
    turn: str = ""
    chat: tuple[str, str] | None = None


@dataclass(frozen=True)
class EncodedView:
    """A view as token ids.

    `tokens` [T] is the sequence that the student predicts, `weights` [T] the weight of predicting each token (0 for a
    prompt), already scaled by the view's own weight. `source` [S] is what an encoder reads, empty where there is
    none. `marks` are (token index, vector keys).
    """

    record_id: str
    part: str
    source: Ids
    tokens: Ids
    weights: Weights
    marks: tuple[tuple[int, tuple[str, ...]], ...] = ()
    kind: str = ""

    @property
    def supervised(self) -> int:
        """How many tokens are learnt."""
        return int(np.count_nonzero(self.weights))

    def scaled(self, factor: float) -> EncodedView:
        """The same view with every weight times `factor`."""
        if factor == 1:
            return self
        return replace(self, weights=(self.weights.astype(np.float64) * factor).astype(np.float32))


def encode_prompt(tokenizer: Any, template: SequenceTemplate, prompt: str) -> tuple[int, ...]:
    """The ids that a student reads before its first own token: [before] prompt [source_end]."""
    ids, _ = literals.tokenize(tokenizer, [_parts(template, prompt)])[0]
    return (*_opening(template), *ids, *template.source_end)


def encode_view(tokenizer: Any, template: SequenceTemplate, view: View) -> EncodedView:
    """A view as token ids. Raises InputError for a view without a supervised token."""
    return encode_views(tokenizer, template, [view])[0]


def encode_views(tokenizer: Any, template: SequenceTemplate, views: Sequence[View]) -> list[EncodedView]:
    """Many views as token ids, at a fraction of the cost of one call a view; a prompt that recurs is read once.

    Raises InputError for a view without a supervised token.
    """
    chunks = (views[start : start + CALL] for start in range(0, len(views), CALL))
    return [encoded for chunk in chunks for encoded in _encode_chunk(tokenizer, template, chunk)]


def _encode_chunk(tokenizer: Any, template: SequenceTemplate, views: Sequence[View]) -> list[EncodedView]:
    parts = {prompt: _parts(template, prompt) for prompt in dict.fromkeys(view.prompt for view in views)}
    encoded = literals.tokenize(tokenizer, list(parts.values()))
    ids = {prompt: found for prompt, (found, _) in zip(parts, encoded, strict=True)}
    pieces = [_pieces(template, view) for view in views]
    texts = ["".join(piece.text for piece in some) for some in pieces]
    asked = [(parts[view.prompt], ids[view.prompt]) for view in views]
    targets = _with_ends(tokenizer, asked, texts)
    return [
        _encoded(template, view, own, ids[view.prompt], *target)
        for view, own, target in zip(views, pieces, targets, strict=True)
    ]


def _pieces(template: SequenceTemplate, view: View) -> tuple[Piece, ...]:
    """The pieces of a target; behind a chat template none begins with a space."""
    if not (template.chat is not None and view.target and view.target[0].text.startswith(" ")):
        return view.target
    return (Piece(view.target[0].text[1:], view.target[0].weight), *view.target[1:])


def _encoded(
    template: SequenceTemplate,
    view: View,
    pieces: Sequence[Piece],
    prompt: list[int],
    target: list[int],
    ends: list[int],
) -> EncodedView:
    """A view from the ids of its prompt and target, and the target's characters with which its tokens end."""
    owners = _owners([len(piece.text) for piece in pieces], ends)
    weights = [pieces[owner].weight * view.weight for owner in owners]
    if view.ends:
        target, owners = [*target, template.end], [*owners, len(pieces)]
        weights.append(pieces[-1].weight * view.weight if pieces else view.weight)
    if not any(weights):
        raise InputError(
            f"record '{view.record_id}': a view of part '{view.part}' has no supervised token; give its target some "
            "text of a weight above 0"
        )
    last_of = {owner: index for index, owner in enumerate(owners)}
    marks = tuple((last_of[mark.piece], mark.keys) for mark in view.marks if mark.piece in last_of)
    if len(marks) < len(view.marks):
        raise InputError(f"record '{view.record_id}': a view of part '{view.part}' marks a piece without a token")
    return _arrange(template, view, prompt, target, weights, marks)


def encode_siblings(tokenizer: Any, template: SequenceTemplate, views: Sequence[View]) -> list[EncodedView]:
    """Views of one prompt, each of a single piece without an end token or marks, as `encode_view` has them.

    Many at once and without reading the prompt again for each, where its last word alone leads to the same tokens.
    """
    prompt = _parts(template, views[0].prompt)
    texts = [view.target[0].text for view in views]
    if template.chat is not None:
        texts = [text.removeprefix(" ") for text in texts]
    prompt_ids = _ids(tokenizer, prompt)
    targets = _targets(tokenizer, prompt, prompt_ids, texts)
    weights = [[view.target[0].weight * view.weight] * len(target) for view, target in zip(views, targets, strict=True)]
    return [
        _arrange(template, view, prompt_ids, target, weight, ())
        for view, target, weight in zip(views, targets, weights, strict=True)
    ]


def _targets(tokenizer: Any, prompt: Text, prompt_ids: list[int], texts: Sequence[str]) -> list[list[int]]:
    last_word = _last_word(prompt)
    short = _behind(tokenizer, last_word, _ids(tokenizer, last_word), texts)
    if short[:1] == _behind(tokenizer, prompt, prompt_ids, texts[:1]):
        return short
    return _behind(tokenizer, prompt, prompt_ids, texts)


def _last_word(prompt: Text) -> Text:
    text = prompt.whole
    if prompt.after or " " not in text.strip():
        return prompt
    return Text("", text[len(text.rstrip()) - len(text.split()[-1]) - 1 :])


def _behind(tokenizer: Any, prompt: Text, prompt_ids: list[int], texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text after a prompt, or of the text alone where they do not continue the prompt's."""
    joined = literals.tokenize(tokenizer, [prompt.followed_by(text) for text in texts])
    cut = len(prompt_ids)
    return [
        ids[cut:] if ids[:cut] == prompt_ids else _ids(tokenizer, Text("", text))
        for (ids, _), text in zip(joined, texts, strict=True)
    ]


def _ids(tokenizer: Any, text: Text) -> list[int]:
    return literals.tokenize(tokenizer, [text])[0][0]


def _arrange(
    template: SequenceTemplate,
    view: View,
    prompt: list[int],
    target: list[int],
    weights: list[float],
    marks: tuple[tuple[int, tuple[str, ...]], ...],
) -> EncodedView:
    """Prompt and target as one sequence, or as a source and a target. Leading context goes with the prompt."""
    opening = _opening(template)
    if not template.split:
        context = [*opening, *prompt]
        source: list[int] = []
    else:
        led = next(index for index, weight in enumerate(weights) if weight)
        source = [*opening, *prompt, *target[:led], *template.source_end]
        target, weights = target[led:], weights[led:]
        weights = [weights[0]] * len(template.target_start) + weights
        target = [*template.target_start, *target]
        marks = tuple((index - led + len(template.target_start), keys) for index, keys in marks)
        context = []
    return EncodedView(
        record_id=view.record_id,
        part=view.part,
        source=np.asarray(source, dtype=np.int32),
        tokens=np.asarray([*context, *target], dtype=np.int32),
        weights=np.asarray([0.0] * len(context) + weights, dtype=np.float32),
        marks=tuple((index + len(context), keys) for index, keys in marks),
        kind=view.kind,
    )


def _opening(template: SequenceTemplate) -> tuple[int, ...]:
    return template.before if template.chat is None else ()


def _parts(template: SequenceTemplate, prompt: str) -> Text:
    """A prompt as it is asked; only what surrounds it may hold special tokens."""
    if template.chat is not None:
        before, after = template.chat
        return Text(before, prompt, after)
    return Text("", prompt + template.turn)


def _with_ends(
    tokenizer: Any, asked: Sequence[tuple[Text, list[int]]], targets: Sequence[str]
) -> list[tuple[list[int], list[int]]]:
    """Ids of each target after its prompt (text, ids), and for each the target's character that it ends with."""
    joined = [prompt.followed_by(target) for (prompt, _), target in zip(asked, targets, strict=True)]
    found = literals.tokenize(tokenizer, joined)
    broken = [index for index, (_, ids) in enumerate(asked) if found[index][0][: len(ids)] != ids]
    apart = literals.tokenize(tokenizer, [Text("", targets[index]) for index in broken])
    alone = dict(zip(broken, apart, strict=True))
    return [alone.get(index) or _behind_prompt(*one, *asked[index]) for index, one in enumerate(found)]


def _behind_prompt(ids: list[int], ends: list[int], prompt: Text, prompt_ids: list[int]) -> tuple[list[int], list[int]]:
    cut, start = len(prompt_ids), len(prompt.whole)
    return ids[cut:], [end - start for end in ends[cut:]]


def _owners(lengths: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The piece to which each token belongs: the one that holds the token's last character."""
    owners: list[int] = np.minimum(np.searchsorted(np.cumsum(lengths), ends, side="right"), len(lengths) - 1).tolist()
    return owners

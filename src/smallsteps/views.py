"""Views, the training examples: a prompt, target pieces with weights, and the part of the loss they belong to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a target. Weight 0 makes it context: read, but not learnt."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A position whose final hidden state an extra loss uses: the last token of a piece.

    `keys` name the cached vectors that belong to the position; their mean is the target.
    """

    piece: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """One training example.

    The target follows the prompt; its leading pieces of weight 0 are context, which a decoder-only student reads
    before the rest and an encoder-decoder student reads at the end of its source. `part` names the loss part in
    which the tokens are averaged, `weight` scales every piece. `ends` adds the end token, learnt like the last piece.
    `kind` distinguishes views of one part in the validation log; it does not affect the loss.
    """

    record_id: str
    part: str
    prompt: str
    target: tuple[Piece, ...]
    weight: float = 1.0
    marks: tuple[Mark, ...] = ()
    ends: bool = True
    kind: str = ""

"""The two kinds of students, decoder-only and encoder-decoder. Nothing else in the package knows them apart.

A kind says how a row runs through the model, and how the model is decoded step by step with its cache.
Dimensions: B lines, T tokens of a row, K kept positions, V vocabulary, H width.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine import attention, last_layer
from smallsteps.engine import lm_head as heads
from smallsteps.engine.batches import Layout, Row
from smallsteps.engine.relative_positions import by_depth


@dataclass
class DecodeState:
    """Where the decoding of a batch of lines stands. `positions` [B] counts the tokens read so far."""

    cache: Any
    mask: Tensor
    positions: Tensor
    extras: dict[str, Tensor] = field(default_factory=dict)


class Kind(ABC):
    """How rows and decoding steps run through a model."""

    layout: Layout
    split: bool

    @abstractmethod
    def run(self, model: Any, row: Row) -> Tensor:
        """Run a row through a model, which may be wrapped: logits [1, K, V] of what its output head is shown."""

    def forward(self, model: Any, row: Row) -> tuple[Tensor, Tensor]:
        """Logits [K, V] at the row's kept positions, and final states [M, H] at its marked ones.

        `model` may be wrapped (data-parallel, sharded, adapted).
        """
        with heads.narrowed(bare(model), row) as states:
            logits = self.run(model, row)
        return logits[0], states[0]

    def losses(self, model: Any, row: Row) -> tuple[Tensor, Tensor]:
        """The nll [S] of the row's supervised tokens, and final states [M, H] at its marked places.

        The logits of a big vocabulary are never held all at once.
        """
        if not heads.fits(bare(model), row):
            with heads.in_pieces(bare(model), row) as seen:
                logits = self.run(model, row)
            if heads.agrees(bare(model), logits[0], seen[0].sample):
                return seen[0].nll, seen[0].states
        logits, states = self.forward(model, row)
        return heads.token_nll(logits, row.where, row.label), states

    @abstractmethod
    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Final states [B, T, H] over texts, the encoder's where there is one, and the mask [B, T] of real tokens."""

    @abstractmethod
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Read the prefixes: logits [B, V] of the first token, and the state behind it."""

    @abstractmethod
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one more token a line, `tokens` [B]: logits [B, V] of the next. The state moves on in place.

        Lines that are not `alive` [B] wait: they read nothing, and their logits mean nothing.
        """

    @abstractmethod
    def resumes(self, model: Any) -> bool:
        """Whether a state that has been written on can read more of a prefix (`extend`)."""

    def extend(self, model: Any, state: DecodeState, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Read at least one more token of every line's prefix in one pass: logits [B, V] of the next.

        Only where the kind `resumes`. The state moves on in place.
        """
        raise NotImplementedError(f"{type(self).__name__} reads every prefix anew")

    @abstractmethod
    def room(self, model: Any) -> int | None:
        """How many tokens of one sequence the model's positions allow, None where they do not end."""

    def select(self, state: DecodeState, keep: Tensor) -> None:
        """Go on with some lines, by index, the others leave the batch; a line that stands twice is copied."""
        state.cache.batch_select_indices(keep)
        state.mask, state.positions = state.mask[keep], state.positions[keep]
        state.extras = {name: tensor[keep] for name, tensor in state.extras.items()}


class DecoderOnly(Kind):
    """Prompt and target are one sequence (Llama, Qwen, GPT-2, OPT, …)."""

    layout: Layout = "forest"
    split = False

    def room(self, model: Any) -> int | None:
        """As many as the positions of the model."""
        return getattr(bare(model).config.get_text_config(), "max_position_embeddings", None)

    def run(self, model: Any, row: Row) -> Tensor:
        """Run a forest or padded row."""
        tensors = row.tensors
        arguments: dict[str, Any] = {"input_ids": tensors["input_ids"], "use_cache": False}
        if row.layout != "forest":  # the plain way, which the forest is checked against
            padded: Tensor = model(**arguments, attention_mask=tensors["attention_mask"]).logits
            return padded
        arguments["position_ids"] = tensors["position_ids"]
        arguments["attention_mask"] = forest_masks(bare(model), tensors["exit"], tensors["position_ids"])
        with last_layer.narrowed(bare(model), row):
            logits: Tensor = model(**arguments).logits
        return logits

    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """What the output head would see."""
        ids, mask = _padded(model, sequences)
        states: Tensor = bare(model).base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        return states, mask

    @torch.no_grad()
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Read the prefixes, padded at the left."""
        device = next(model.parameters()).device
        width = max(len(prefix) for prefix in prefixes)
        ids = torch.tensor([[0] * (width - len(prefix)) + list(prefix) for prefix in prefixes], device=device)
        mask = torch.tensor([[0] * (width - len(prefix)) + [1] * len(prefix) for prefix in prefixes], device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        out = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1)
        state = DecodeState(out[_cache_word(model)], mask, positions[:, -1] + 1)
        return out.logits[:, -1], state

    @torch.no_grad()
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one token a line."""
        read = state.mask.new_ones(len(tokens), 1) if alive is None else alive.to(state.mask.dtype)[:, None]
        return self._read(model, state, tokens[:, None], read)

    def resumes(self, model: Any) -> bool:
        """Yes, but for sliding windows, which count the gaps that waiting lines leave in the cache."""
        return not _slides(bare(model).config.get_text_config())

    @torch.no_grad()
    def extend(self, model: Any, state: DecodeState, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Read what was added to the prefixes, padded at the left; the cache stands for the rest."""
        width = max(map(len, tokens))
        ids = [[*[0] * (width - len(some)), *some] for some in tokens]
        read = [[0] * (width - len(some)) + [1] * len(some) for some in tokens]
        return self._read(model, state, state.mask.new_tensor(ids), state.mask.new_tensor(read))

    def _read(self, model: Any, state: DecodeState, ids: Tensor, read: Tensor) -> Tensor:
        """Read ids [B, N] where `read` [B, N] is 1; a gap takes a place of the cache, unseen, and no position."""
        state.mask = torch.cat([state.mask, read], dim=1)
        out = model(
            input_ids=ids,
            attention_mask=state.mask,
            position_ids=(state.positions[:, None] + read.cumsum(-1) - 1).clamp(min=0),
            use_cache=True,
            logits_to_keep=1,
            **{_cache_word(model): state.cache},
        )
        state.cache, state.positions = out[_cache_word(model)], state.positions + read.sum(-1)
        logits: Tensor = out.logits[:, -1]
        return logits


class EncoderDecoder(Kind):
    """The prompt is a source that an encoder reads, the target a sequence of its own (T5, BART, …)."""

    layout: Layout = "shared"
    split = True

    def room(self, model: Any) -> int | None:
        """As many as the positions of source and target (BART); relative positions (T5) do not end."""
        return getattr(bare(model).config.get_text_config(), "max_position_embeddings", None)

    def run(self, model: Any, row: Row) -> Tensor:
        """Encode each distinct source once, hand its states to all its targets; gradients sum by themselves."""
        tensors = row.tensors
        encoded = bare(model).get_encoder()(input_ids=tensors["source_ids"], attention_mask=tensors["source_mask"])
        source_of = tensors["source_of"]
        arguments: dict[str, Any] = {
            "encoder_outputs": (encoded.last_hidden_state[source_of],),
            "attention_mask": tensors["source_mask"][source_of],
            "use_cache": False,
        }
        if "exit" in tensors:
            mask = _visible(tensors["exit"])[:, None]
            with by_depth(bare(model), tensors["depth"]):
                out = model(decoder_input_ids=tensors["reads"], decoder_attention_mask=mask, **arguments)
        else:
            out = model(decoder_input_ids=self._shifted(model, tensors["target_ids"]), **arguments)
        logits: Tensor = out.logits
        return logits

    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """What the decoder would read of them."""
        ids, mask = _padded(model, sequences)
        states: Tensor = bare(model).get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        return states, mask

    @torch.no_grad()
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Encode the prefixes and read the decoder's start token."""
        encoded, mask = self.represent(model, prefixes)
        state = DecodeState(None, mask, mask.new_zeros(len(prefixes)), {"encoded": encoded})
        start = mask.new_full((len(prefixes),), _start_token(model))
        return self.step(model, state, start), state

    def resumes(self, model: Any) -> bool:
        """No: what was written belongs to the source of the next stretch, which is read in both directions."""
        return False

    @torch.no_grad()
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one token a line; a line that waits reads along, and its state is of no more use."""
        out = model(
            encoder_outputs=(state.extras["encoded"],),
            attention_mask=state.mask,
            decoder_input_ids=tokens[:, None],
            use_cache=True,
            **{_cache_word(model): state.cache},
        )
        state.cache, state.positions = out[_cache_word(model)], state.positions + 1
        logits: Tensor = out.logits[:, -1]
        return logits

    def _shifted(self, model: Any, target: Tensor) -> Tensor:
        start = torch.full_like(target[:, :1], _start_token(bare(model)))
        return torch.cat([start, target[:, :-1]], dim=1)


def kind_of(config: Any) -> Kind:
    """The kind of a model by its configuration."""
    return EncoderDecoder() if config.is_encoder_decoder else DecoderOnly()


def bare(model: Any) -> Any:
    """The Hugging Face model inside its wrappers."""
    while hasattr(model, "module"):
        model = model.module
    return model


def _padded(model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Sequences as ids and mask [B, T], padded at the right, on the model's device."""
    device, width = next(model.parameters()).device, max(map(len, sequences))
    ids = [[*sequence, *[0] * (width - len(sequence))] for sequence in sequences]
    mask = [[1] * len(sequence) + [0] * (width - len(sequence)) for sequence in sequences]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def forest_masks(model: Any, leave: Tensor, depth: Tensor) -> Any:
    """The visibility `j <= i < exit[j]` in the form that the model's attention takes, one per attention type.

    Boolean masks [B, 1, T, T], the structure itself, or blocks for FlexAttention. `leave` and `depth` are [B, T].
    In sliding-window layers also `depth[i] - depth[j] < window`.
    """
    config = model.config.get_text_config()
    if config._attn_implementation == attention.NAME:
        return _by_layer_type(config, lambda window: attention.structure(leave, depth, window))
    if config._attn_implementation == attention.FLEX:
        from smallsteps.engine.flex_attention import block_mask

        return _by_layer_type(config, lambda window: block_mask(leave, depth, window))
    visible = _visible(leave)

    def mask(window: int | None) -> Tensor:
        near = visible if window is None else visible & (depth[:, :, None] - depth[:, None, :] < window)
        return near[:, None]

    return _by_layer_type(config, mask)


def _by_layer_type(config: Any, mask: Callable[[int | None], Any]) -> Any:
    """One mask, or one per attention type where a model has several; `mask` makes that of a window (None: none)."""
    if not _slides(config):
        return mask(None)
    if getattr(config, "layer_types", None) is None:
        return mask(config.sliding_window)
    return {"full_attention": mask(None), "sliding_attention": mask(config.sliding_window)}


def _visible(leave: Tensor) -> Tensor:
    """Which places see which, `j <= i < exit[j]`: [B, T, T] for `leave` [B, T]."""
    place = torch.arange(leave.shape[1], device=leave.device)
    visible: Tensor = (place[None, None, :] <= place[:, None]) & (place[:, None] < leave[:, None, :])
    return visible


def start_token(model: Any) -> int:
    """The token with which an encoder-decoder's targets begin."""
    return _start_token(bare(model))


def _cache_word(model: Any) -> str:
    """What a model calls its cache, coming and going: `cache` since transformers 5.24, `past_key_values` before it."""
    return _cache_word_of(type(bare(model)).forward)


@cache
def _cache_word_of(forward: Callable[..., Any]) -> str:
    return "cache" if "cache" in signature(forward).parameters else "past_key_values"


def _slides(config: Any) -> bool:
    types = getattr(config, "layer_types", None)
    return getattr(config, "sliding_window", None) is not None and (types is None or "sliding_attention" in types)


def _start_token(model: Any) -> int:
    start = model.config.decoder_start_token_id
    assert start is not None, "load_student gives every encoder-decoder a start token"
    return int(start)

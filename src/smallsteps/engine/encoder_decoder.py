"""Encoder-decoder students: an encoder reads the prompt, the target is a sequence of its own (T5, BART, …)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from smallsteps.engine.architecture import Architecture, DecodeState, bare, cache_argument, padded
from smallsteps.engine.batches import Layout, Row
from smallsteps.engine.cache import preallocate
from smallsteps.engine.masks import visible
from smallsteps.engine.relative_positions import by_depth


class EncoderStates(BaseModelOutput):  # type: ignore[misc]
    """The encoder's final states as its output; what else a decoder asks for (the routing of experts) is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return None


class EncoderDecoder(Architecture):
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
            "encoder_outputs": EncoderStates(last_hidden_state=encoded.last_hidden_state[source_of]),
            "attention_mask": tensors["source_mask"][source_of],
            "use_cache": False,
        }
        if "exit" in tensors:
            mask = visible(tensors["exit"])[:, None]
            with by_depth(bare(model), tensors["depth"]):
                out = model(decoder_input_ids=tensors["reads"], decoder_attention_mask=mask, **arguments)
        else:
            out = model(decoder_input_ids=self._shifted(model, tensors["target_ids"]), **arguments)
        logits: Tensor = out.logits
        return logits

    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """What the decoder would read of them."""
        ids, mask = padded(model, sequences)
        states: Tensor = bare(model).get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        return states, mask

    @torch.no_grad()
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Encode the prefixes and read the decoder's start token."""
        encoded, mask = self.represent(model, prefixes)
        state = DecodeState(None, mask, mask.new_zeros(len(prefixes)), {"encoded": encoded})
        start = mask.new_full((len(prefixes),), _start_token(model))
        logits = self.step(model, state, start)
        preallocate(state.cache)
        return logits, state

    def resumes(self, model: Any) -> bool:
        """No: what was written belongs to the source of the next branch, which is read in both directions."""
        return False

    @torch.no_grad()
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one token a line; a line that waits reads along, and its state is of no more use."""
        out = model(
            encoder_outputs=EncoderStates(last_hidden_state=state.extras["encoded"]),
            attention_mask=state.mask,
            decoder_input_ids=tokens[:, None],
            use_cache=True,
            **{cache_argument(model): state.cache},
        )
        state.cache, state.positions = out[cache_argument(model)], state.positions + 1
        logits: Tensor = out.logits[:, -1]
        return logits

    def _shifted(self, model: Any, target: Tensor) -> Tensor:
        start = torch.full_like(target[:, :1], _start_token(bare(model)))
        return torch.cat([start, target[:, :-1]], dim=1)


def start_token(model: Any) -> int:
    """The token with which an encoder-decoder's targets begin."""
    return _start_token(bare(model))


def _start_token(model: Any) -> int:
    start = model.config.decoder_start_token_id
    assert start is not None, "load_student gives every encoder-decoder a start token"
    return int(start)

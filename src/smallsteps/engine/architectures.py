"""The architecture of a model, by its configuration."""

from __future__ import annotations

from typing import Any

from smallsteps.engine.architecture import Kind
from smallsteps.engine.decoder_only import DecoderOnly
from smallsteps.engine.encoder_decoder import EncoderDecoder


def kind_of(config: Any) -> Kind:
    """The kind of a model by its configuration."""
    return EncoderDecoder() if config.is_encoder_decoder else DecoderOnly()

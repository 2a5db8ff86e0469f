"""The architecture of a model, by its configuration."""

from __future__ import annotations

from typing import Any

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.decoder_only import DecoderOnly
from smallsteps.engine.encoder_decoder import EncoderDecoder


def architecture_of(config: Any) -> Architecture:
    """The kind of a model by its configuration."""
    return EncoderDecoder() if config.is_encoder_decoder else DecoderOnly()

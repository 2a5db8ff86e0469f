"""Plays another processor's rounding: fresh students whose parameters are off by about a millionth of themselves.

What a student does after a few steps of training may differ wherever its margins are as thin as rounding; a test that
rests on that fails under some nudge. See `make test-portable`.
"""

from __future__ import annotations

import os
from typing import Any

NUDGE = "SMALLSTEPS_TEST_NUDGE"
SIZE = 1e-6


def install() -> None:
    """Where the variable holds a seed, every model made afresh from now on is nudged; a loaded one stays as saved."""
    if NUDGE not in os.environ:
        return
    import torch
    from transformers import PreTrainedModel

    plain = PreTrainedModel.post_init

    def nudged(self: Any) -> None:
        plain(self)
        generator = torch.Generator().manual_seed(int(os.environ[NUDGE]))
        with torch.no_grad():
            for parameter in self.parameters():
                if not parameter.is_meta:
                    noise = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
                    parameter.mul_(1 + SIZE * noise)

    PreTrainedModel.post_init = nudged  # type: ignore[method-assign]

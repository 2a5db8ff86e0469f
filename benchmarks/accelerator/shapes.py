"""Random students in the shapes of pretrained 0.5B models, and their small counterparts for a dry run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tiny import TinySize
from smallsteps.records import Record

SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Llama": ("Llama", {
        "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
        "num_key_value_heads": 2, "tie_word_embeddings": True,
    }),
    "Qwen3": ("Qwen3", {
        "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True,
    }),
}  # fmt: skip
SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 16}  # fmt: skip
VOCABULARY, POSITIONS = 151_936, 8192


@dataclass(frozen=True)
class Setting:
    """Where and how big: the device, and whether everything is tiny."""

    device: str
    tiny: bool

    @property
    def dtype(self) -> torch.dtype:
        """bf16, the dtype of practice on a GPU; float32 on a CPU."""
        return torch.bfloat16 if self.device == "cuda" else torch.float32

    @property
    def card(self) -> str:
        """The device's name."""
        return torch.cuda.get_device_name() if self.device == "cuda" else "CPU"


def student(name: str, records: Sequence[Record], setting: Setting, *, small: bool = False) -> Student:
    """A random model of the shape, with a tokenizer trained on the records' words."""
    made = load_student("tiny-decoder", records, seed=0, size=TinySize(width=16, layers=1, heads=2))
    stem, shape = SHAPES[name]
    tiny = small or setting.tiny
    tokenizer = made.tokenizer
    config = getattr(transformers, f"{stem}Config")(
        **(shape | (SMALL if tiny else {})), vocab_size=max(len(tokenizer), 512) if tiny else VOCABULARY,
        max_position_embeddings=POSITIONS, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(0)
    with torch.device(setting.device):
        model = getattr(transformers, f"{stem}ForCausalLM")(config)
    return Student(model.eval(), tokenizer, made.architecture, made.template)

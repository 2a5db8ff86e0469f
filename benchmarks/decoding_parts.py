"""What the parts of a decoding step cost: the preallocated cache next to `DynamicCache`, and drawing tokens.

Two copies of one batch are stepped in turn by a random Llama, one on either cache; medians of a step, one thread.
Drawing: one uniform number per line and the inverse CDF, next to Gumbel noise for the whole vocabulary.

    python benchmarks/decoding_parts.py
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from smallsteps.engine import decoder_only
from smallsteps.engine.decoder_only import DecoderOnly
from smallsteps.tensors.multinomial import draw_tokens

MODELS: dict[str, dict[str, int]] = {
    "2 layers of 96": {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
                       "vocab_size": 200},
    "6 layers of SmolLM2-135M": {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 6,
                                 "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 8000},
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=64)
    parser.add_argument("--lengths", type=int, nargs="+", default=[80, 250])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--vocabulary", type=int, default=152_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name, shape in MODELS.items():
        for length in options.lengths:
            plain, ours = caches(shape, options.lines, length, options.steps)
            print(f"{name}, {options.lines} lines, from {length} tokens: DynamicCache {plain:.1f} ms a step, "
                  f"preallocated {ours:.1f} ms ({plain / ours:.2f}x)", flush=True)  # fmt: skip
    noise, inverse = draws(options.lines, options.vocabulary)
    print(f"drawing {options.lines} tokens of {options.vocabulary}: Gumbel noise {noise:.0f} ms, "
          f"inverse CDF {inverse:.0f} ms ({noise / inverse:.1f}x)")  # fmt: skip


@torch.inference_mode()
def caches(shape: dict[str, int], lines: int, length: int, steps: int) -> tuple[float, float]:
    """Milliseconds of a step on `DynamicCache` and on ours."""
    model, architecture = LlamaForCausalLM(LlamaConfig(**shape, max_position_embeddings=2048)).eval(), DecoderOnly()
    prefixes = [torch.randint(3, 190, (length - line % 20,)).tolist() for line in range(lines)]
    ours = architecture.begin(model, prefixes)
    preallocate, untouched = decoder_only.preallocate, lambda cache: None
    decoder_only.preallocate = untouched
    plain = architecture.begin(model, prefixes)
    decoder_only.preallocate = preallocate
    under_way: list[list[Any]] = [list(plain), list(ours)]
    took: list[list[float]] = [[], []]
    for _ in range(steps):
        for one, seconds in zip(under_way, took, strict=True):
            start = time.process_time()
            one[0] = architecture.step(model, one[1], one[0].argmax(-1))
            seconds.append(time.process_time() - start)
    return 1e3 * statistics.median(took[0]), 1e3 * statistics.median(took[1])


def draws(lines: int, vocabulary: int) -> tuple[float, float]:
    """Milliseconds of drawing a token for every line, with noise for the whole vocabulary and by inverse CDF."""
    logits, generator = 3 * torch.randn(lines, vocabulary), torch.Generator().manual_seed(0)
    uniforms = torch.rand(lines, generator=generator).tolist()

    def gumbel() -> torch.Tensor:
        noise = torch.rand(lines, vocabulary, generator=generator, dtype=torch.float64).clamp_min_(1e-300)
        return (logits.double() - torch.log(-torch.log(noise))).argmax(-1)

    took: list[list[float]] = [[], []]
    for _ in range(5):
        for draw, seconds in zip((gumbel, lambda: draw_tokens(logits, uniforms)), took, strict=True):
            start = time.process_time()
            draw()
            seconds.append(time.process_time() - start)
    return 1e3 * statistics.median(took[0]), 1e3 * statistics.median(took[1])


if __name__ == "__main__":
    main()

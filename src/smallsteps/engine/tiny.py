"""Tiny students: random parameters and a tokenizer trained on the corpus, for a laptop CPU and for tests.

The tokenizer is word-level with bytes to fall back on: a word of the corpus is one token, any other text is spelt in
bytes, so that nothing is ever unknown and every text comes back as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from smallsteps.errors import OptionError

END, PAD, BEGIN = "<|end|>", "<|pad|>", "<|begin|>"


@dataclass(frozen=True)
class TinySize:
    """The size of a tiny student.

    width: the hidden size.
    layers: transformer layers; in an encoder-decoder, in each half.
    heads: attention heads.
    vocabulary: the most words of the corpus that get a token of their own; other words are spelt in bytes.
    positions: the most tokens of a sequence.
    """

    width: int = 96
    layers: int = 2
    heads: int = 4
    vocabulary: int = 4096
    positions: int = 1024

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < (name != "vocabulary"):
                raise OptionError(f"students: {name} = {value!r}: expected a whole number above 0")
        if self.width % (2 * self.heads):
            raise OptionError(f"students: width = {self.width}: expected a multiple of twice the heads "
                              f"({2 * self.heads})")  # fmt: skip


def tiny_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """A tokenizer whose words are those of the texts, the frequent ones first, with bytes to fall back on."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word, _ in split.pre_tokenize_str(text))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    frequent = sorted(counts, key=lambda word: (-counts[word], word))
    words = [word for word in frequent if len(word) > 1][:vocabulary]
    ids = {token: index for index, token in enumerate([PAD, BEGIN, END, *alphabet, *words])}
    core = Tokenizer(models.BPE(vocab=ids, merges=[], ignore_merges=True))
    core.pre_tokenizer = split
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(token, special=True) for token in (PAD, BEGIN, END)])
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token=PAD, eos_token=END, bos_token=BEGIN)


def tiny_decoder(tokenizer: Any, size: TinySize) -> Any:
    """A Llama-shaped decoder with random parameters (about 0.25 million at the default size)."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        intermediate_size=size.width * 8 // 3,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=size.positions,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def tiny_encdec(tokenizer: Any, size: TinySize) -> Any:
    """A T5-shaped encoder-decoder with random parameters."""
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=size.width,
        d_kv=size.width // size.heads,
        d_ff=size.width * 8 // 3,
        num_layers=size.layers,
        num_decoder_layers=size.layers,
        num_heads=size.heads,
        feed_forward_proj="gated-gelu",
        dropout_rate=0.0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        decoder_start_token_id=tokenizer.bos_token_id,
    )
    return T5ForConditionalGeneration(config)


TINY: dict[str, Callable[[Any, TinySize], Any]] = {"tiny-decoder": tiny_decoder, "tiny-encdec": tiny_encdec}


def summary(name: str) -> str:
    """The first line of what a tiny student is."""
    return (TINY[name].__doc__ or "").partition("\n")[0]

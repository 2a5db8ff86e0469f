"""Tiny models of many families with random parameters, and real tokenizers trained on the spot.

They are what a stranger's model is: a folder to be loaded by its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import digits
from typing import Any

import safetensors.torch  # noqa: F401  # makes its table of dtypes at import, before a test changes what float32 is
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = (
    "Q: Tom has 12 apples and buys 7 more. How many apples does Tom have now?\nA: Tom has 12 + 7 = 19 apples. "
    "So the answer is: 19\n",
    "Q: A coin is heads up. Ann flips the coin. Is the coin still heads up?\nA: The coin was flipped once, an odd "
    "number. So the answer is: no\n",
    "predict: explain: We take 3 from 10: 10 - 3 = 7, so Mia has 7 books left. Let us go step by step.",
)

_COMMON = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 512}
_GROUPED = {**_COMMON, "intermediate_size": 48, "num_key_value_heads": 2}
_SLIDING = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 8}
_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
_BART = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 4,
         "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "max_position_embeddings": 512,
         "forced_eos_token_id": None}  # fmt: skip

FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", _GROUPED),
    "qwen2": ("Qwen2", _GROUPED),
    "qwen2_sliding": ("Qwen2", {**_GROUPED, **_SLIDING, "use_sliding_window": True}),
    "qwen3": ("Qwen3", {**_GROUPED, "head_dim": 8}),
    "gpt2": ("GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}),
    "opt": ("OPT", {**_COMMON, "ffn_dim": 48, "word_embed_proj_dim": 32}),
    "gpt_neox": ("GPTNeoX", {**_COMMON, "intermediate_size": 48}),
    "mistral": ("Mistral", {**_GROUPED, "sliding_window": None}),
    "mistral_sliding": ("Mistral", {**_GROUPED, "sliding_window": 8}),
    "phi3": ("Phi3", {**_GROUPED, "sliding_window": None}),
    "gemma3": ("Gemma3", {**_GROUPED, **_SLIDING, "head_dim": 8, "query_pre_attn_scalar": 8}),
    "smollm3": ("SmolLM3", _GROUPED),
    "bloom": ("Bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "t5": ("T5", _T5),
    "bart": ("Bart", _BART),
}
_HEADS = {"Gemma3": ("Gemma3TextConfig", "Gemma3ForCausalLM")}


def build(family: str, vocabulary: int, seed: int = 0, **changes: Any) -> Any:
    """A random model of a family, in eval mode."""
    stem, settings = FAMILIES[family]
    config_name, model_name = _HEADS.get(stem, (f"{stem}Config", _model_name(stem)))
    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    config = getattr(transformers, config_name)(vocab_size=vocabulary, **{**ids, **settings, **changes})
    torch.manual_seed(seed)
    return getattr(transformers, model_name)(config).eval()


def _model_name(stem: str) -> str:
    if stem == "GPT2":
        return "GPT2LMHeadModel"
    return f"{stem}ForConditionalGeneration" if stem in ("T5", "Bart") else f"{stem}ForCausalLM"


def folder_of(family: str, folder: Path, texts: Sequence[str] = TEXTS, **changes: Any) -> Path:
    """A model folder of a family on disk, with the kind of tokenizer that the family has."""
    tokenizer = _TOKENIZERS.get(family, byte_level)(texts)
    build(family, len(tokenizer), **changes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def byte_level(texts: Sequence[str]) -> Any:
    """GPT-2's kind: byte-level BPE without special tokens around a text."""
    core = _byte_level_core(texts)
    return _wrapped(core)


def byte_level_with_start(texts: Sequence[str]) -> Any:
    """Llama 3's and OPT's kind: byte-level BPE behind a start token."""
    core = _byte_level_core(texts)
    core.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return _wrapped(core)


def byte_level_framed(texts: Sequence[str]) -> Any:
    """BART's kind: byte-level BPE between a start and an end token."""
    core = _byte_level_core(texts)
    core.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return _wrapped(core)


def sentence_pieces(texts: Sequence[str]) -> Any:
    """T5's kind: unigram pieces behind a normaliser that folds white space (line breaks too), with an end token."""
    core = Tokenizer(models.Unigram())
    core.normalizer = normalizers.Replace(pattern=_space(), content=" ")
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.decoder = decoders.Metaspace()
    alphabet = sorted({character for text in (*texts, digits) for character in text if not character.isspace()})
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<pad>", "<s>", "</s>", "<unk>"], unk_token="<unk>",
        initial_alphabet=alphabet, show_progress=False,
    )  # fmt: skip
    core.train_from_iterator(texts, trainer)
    core.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return _wrapped(core, unk_token="<unk>")


def _space() -> Any:
    from tokenizers import Regex

    return Regex(r"\s+")


def _byte_level_core(texts: Sequence[str]) -> Tokenizer:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=["<pad>", "<s>", "</s>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    core.train_from_iterator(texts, trainer)
    return core


def _wrapped(core: Tokenizer, **more: str) -> Any:
    core.add_special_tokens([AddedToken(token, special=True) for token in ("<pad>", "<s>", "</s>")])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>", **more
    )


_TOKENIZERS = {
    "llama": byte_level_with_start,
    "opt": byte_level_with_start,
    "t5": sentence_pieces,
    "bart": byte_level_framed,
}

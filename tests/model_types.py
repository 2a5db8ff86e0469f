"""Every model type that transformers can build small: is it trained and decoded exactly, or refused in a sentence?

`python tests/model_types.py` writes the table in docs/reference/models.md.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from models import TEXTS, byte_level_with_start, sentence_pieces
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, load_student
from smallsteps.errors import InputError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.dataset import TrainingDataset
from smallsteps.training.preparation import checked
from smallsteps.training.self_check import Check

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "models.md"
MOST = 30_000_000  # parameters of a small model; more means that a size hides where nobody told it
TOKENS = 8
RECORDS = [
    Record(
        f"r{number}", "word_problems", f"Tom has {number} apples and buys 7 more. How many apples does Tom have now?",
        str(number + 7),
        rationales=tuple(
            Rationale(f"{opening} {number} + 7 = {number + 7} apples.", str(number + 7), True)
            for opening in ("Tom has", "We add:", "So Tom has")[: 1 + number % 3]
        ),
    )
    for number in range(8)
]  # fmt: skip
_SMALL: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "embedding_size", "encoder_hidden_size", "emb_dim",
                     "decoder_hidden_size", "word_embed_proj_dim", "lru_width"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers",
                     "num_decoder_layers", "num_encoder_layers", "num_blocks"), 2),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads",
                     "decoder_attention_heads", "num_decoder_attention_heads", "num_encoder_attention_heads",
                     "attention_heads"), 4),
    **dict.fromkeys(("mamba_n_heads", "mamba_num_heads"), 8),
    **dict.fromkeys(("num_key_value_heads", "num_kv_heads"), 2),
    **dict.fromkeys(("head_dim", "kv_channels", "d_kv", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim",
                     "q_lora_rank", "attention_head_dim", "mamba_d_head", "linear_key_head_dim",
                     "linear_value_head_dim", "mamba_head_dim"), 8),
    **dict.fromkeys(("kv_lora_rank", "moe_intermediate_size", "shared_expert_intermediate_size", "mamba_d_state",
                     "state_size", "ssm_state_size", "time_step_rank", "expert_ffn_hidden_size"), 16),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "n_inner", "d_ff", "encoder_ffn_dim", "decoder_ffn_dim",
                     "ffn_hidden_size", "dim_ff", "intermediate_size_mlp"), 48),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "moe_k", "moe_topk", "top_k"), 2),
    **dict.fromkeys(("linear_num_key_heads", "linear_num_value_heads"), 2),
    **dict.fromkeys(("n_group", "topk_group", "n_shared_experts", "mamba_n_groups", "n_groups"), 1),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "context_length"), 512),
}  # fmt: skip
_OWN: dict[str, dict[str, Any]] = {
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 1},
    "falcon_h1": {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_ssm": 64},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "bamba": {"attn_layer_indices": [1], "mamba_n_heads": 8, "mamba_d_head": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2, "expert_layer_offset": 1},
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention"], "mamba_n_heads": 8, "mamba_d_head": 8},
    "lfm2": {"layer_types": ["conv", "full_attention"], "block_ff_dim": 48},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "qwen3_next": {"layer_types": ["linear_attention", "full_attention"]},
    "gptj": {"rotary_dim": 4},
    "codegen": {"rotary_dim": 4},
}


@dataclass(frozen=True)
class Found:
    """What became of a model type: the layout and differences of its check, or why it was refused or not built."""

    kind: str
    verdict: str
    layout: str = ""
    decoding: str = ""
    loss: float | None = None
    gradient: float | None = None
    why: str = ""


def kinds() -> list[str]:
    """The model types with a language-modelling head, decoder-only and encoder-decoder."""
    decoders = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    return sorted({*decoders, *modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES})


def build(kind: str, vocabulary: int) -> Any:
    """A small random model of a type. Raises whatever its classes raise where it cannot be built."""
    config = CONFIG_MAPPING[kind]()
    auto = transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM
    small = _shrunk(config, vocabulary)
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in auto.from_config(small).parameters())
    if count > MOST:
        raise ValueError(f"{count / 1e6:.0f} million parameters when made small")
    torch.manual_seed(0)
    return auto.from_config(small).eval()


def _shrunk(config: Any, vocabulary: int) -> Any:
    told = config.to_dict()
    known: dict[str, Any] = {name: value for name, value in _SMALL.items() if isinstance(told.get(name), int)}
    known |= {"vocab_size": vocabulary, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    if config.is_encoder_decoder:
        known |= {"decoder_start_token_id": 1, "forced_bos_token_id": None, "forced_eos_token_id": None}
    for name in ("layer_types", "mlp_layer_types", "layers_block_type"):
        if isinstance(told.get(name), list) and told[name]:
            rare = [one for one, _ in Counter(told[name]).most_common()][::-1]
            known[name] = [rare[0], rare[-1]]
    for name in ("sliding_window", "attention_window_size"):
        if isinstance(told.get(name), int):
            known[name] = 16
    for name in getattr(config, "sub_configs", {}):
        inner = getattr(config, name, None)
        if inner is not None and "vocab_size" in inner.to_dict():
            known[name] = _shrunk(inner, vocabulary).to_dict()
    if "qk_rope_head_dim" in known:  # its heads are as wide as two other settings say
        known.pop("head_dim", None)
        known["num_key_value_heads"] = 4
    known |= _OWN.get(config.model_type, {})
    return type(config)(**{**_given(told), **known})


def _given(told: dict[str, Any]) -> dict[str, Any]:
    """Default settings that survive another size; what is derived from sizes is derived anew."""
    kept = ("scale_embedding", "tie_word_embeddings", "is_encoder_decoder", "is_decoder", "moe_layer_freq")
    return {name: told[name] for name in kept if name in told}


def scan(kind: str, folder: Path) -> Found:
    """Build a type, check it as before training, and compare its answers with those of `generate`."""
    tokenizer = (sentence_pieces if kind in ("t5", "mt5", "umt5") else byte_level_with_start)(TEXTS)
    try:
        model = build(kind, len(tokenizer) + 8)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        _plain_pass(model)
        transformers.AutoConfig.from_pretrained(folder)
    except Exception as error:  # a type that nobody can build small is no fault of ours
        return Found(kind, "not built", why=_short(error))
    try:
        student = load_student(str(folder))
        check = _check(student)
    except InputError as error:
        return Found(kind, "refused", why=_short(error).replace(str(folder), kind))
    decoding = "cache" if check.cached else "no cache"
    same = answers(student) == generated(student)
    return Found(kind, "exact" if same else "other answers than generate", check.layout, decoding, check.loss,
                 check.gradient, check.trouble)  # fmt: skip


def _plain_pass(model: Any) -> None:
    """Raises where a model made small does not even run."""
    ids = torch.arange(3, 20)[None]
    with torch.no_grad():
        model(input_ids=ids, **({"decoder_input_ids": ids[:, :5]} if model.config.is_encoder_decoder else {}))


def _check(student: Student) -> Check:
    method = make_method("scotd", {"draw": "all"})
    dataset = TrainingDataset(RECORDS, method, "main", student.tokenizer, student.template, seed=0)
    return checked(student, method, dataset)


def prompts(student: Student) -> list[tuple[int, ...]]:
    """Prompts of several lengths, as a student reads them."""
    writer = StudentWriter({"main": student}, Decoding())
    return [writer.tokens(text) for text in ("Q: Tom has 12 apples.\nA:", "Q: A coin is heads up. Heads up?\nA:",
                                             f"Q: {'Ann flips the coin. ' * 4}\nA:")]  # fmt: skip


def answers(student: Student) -> list[list[int]]:
    """What a student writes, all prompts in one batch."""
    writer = StudentWriter({"main": student}, Decoding(max_new_tokens=TOKENS, batch_size=8))
    asked = prompts(student)
    return [list(one.tokens) for one in writer("main", asked, [str(place) for place in range(len(asked))])]


def generated(student: Student) -> list[list[int]]:
    """What `generate` writes, prompt by prompt, without padding."""
    model, end = student.model.eval(), student.template.end
    settings = transformers.GenerationConfig(
        max_new_tokens=TOKENS, do_sample=False, eos_token_id=end, pad_token_id=0, bos_token_id=1,
        decoder_start_token_id=getattr(model.config, "decoder_start_token_id", None),
    )  # fmt: skip
    found = []
    for prompt in prompts(student):
        ids = torch.tensor([prompt])
        written = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)[0]
        new = written[1 if student.architecture.split else len(prompt) :].tolist()
        found.append(new[: new.index(end)] if end in new else new)
    return found


def _short(error: Exception) -> str:
    name = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    return name + " ".join(str(error).partition("\n")[0].split())[:160].replace("|", "/")


def all_found(folder: Path) -> Iterator[Found]:
    """Every type, one after another."""
    for kind in kinds():
        yield scan(kind, folder / kind)


def page(found: list[Found]) -> str:
    """The page of the documentation."""
    counts = Counter(one.verdict for one in found)
    built = [one for one in found if one.verdict != "not built"]
    lines = [
        "# Model types",
        "",
        f"Every model type with a language-modelling head in transformers {version('transformers')} was built small "
        "with random parameters, checked as before training, and asked three questions in one batch. "
        f"{len(built)} types could be built: {counts['exact']} train and decode exactly, "
        f"{counts['refused']} are refused before training.",
        "",
        "*rows*: `forest` shares the common beginnings of examples, `padded` does not, `shared` (encoder-decoders) "
        "shares sources. *loss*, *gradient*: largest relative difference from one example at a time, float32. "
        "*decoding*: with or without a key-value cache. *answers*: whether greedy answers in a batch equal those of "
        "`generate`, one prompt at a time.",
        "",
        "This page is written by `python tests/model_types.py`.",
        "",
        "| type | rows | loss | gradient | decoding | answers | note |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in built:
        numbers = ["" if value is None else f"{value:.0e}" for value in (one.loss, one.gradient)]
        same = {"exact": "equal", "refused": "refused"}.get(one.verdict, one.verdict)
        lines.append(
            f"| {one.kind} | {one.layout} | {numbers[0]} | {numbers[1]} | {one.decoding} | {same} | {one.why} |"
        )
    skipped = ", ".join(f"{one.kind}" for one in found if one.verdict == "not built")
    return "\n".join([*lines, "", f"Not built small: {skipped}."]) + "\n"


def main() -> None:
    """Scan all types, or those named, and print; all of them also write the page."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        named = sys.argv[1:]
        found = []
        for kind in named or kinds():
            found.append(scan(kind, Path(folder) / kind))
            print(found[-1], flush=True)  # noqa: T201 - a script
    if not named:
        PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()

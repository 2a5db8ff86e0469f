"""Pretrained models and tokenizers by id or folder, made ready to be students: what is missing is added or refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.tiny import TINY
from smallsteps.engine.tokens import SequenceTemplate
from smallsteps.errors import InputError, OptionError, suggestion

DTYPES = ("float32", "bfloat16", "float16", "float64")
_MESSAGE = "\u2402message\u2403"  # stands for a user's message where a chat template is rendered once


@dataclass(frozen=True)
class LoadingOptions:
    """How a model is loaded from an id or folder, under the names of `from_pretrained`.

    Raises OptionError for a dtype that does not exist.
    """

    dtype: str = "float32"
    trust_remote_code: bool = False
    revision: str | None = None

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise OptionError(f"dtype = '{self.dtype}'; {suggestion(str(self.dtype), DTYPES)}")


def from_pretrained(name: str, how: LoadingOptions) -> tuple[Any, Any]:
    """A model and its tokenizer by Hugging Face id or folder.

    Raises OptionError for what cannot be loaded and InputError for a model without a fast tokenizer.
    """
    import torch

    config, tokenizer = described(name, how)
    with _told_in_a_sentence(name):
        model = auto_class(config).from_pretrained(name, dtype=getattr(torch, how.dtype), **_common(how))
    return model, tokenizer


def described(name: str, how: LoadingOptions) -> tuple[Any, Any]:
    """The configuration and the tokenizer of a Hugging Face id or folder; no parameters are loaded.

    Raises OptionError for what cannot be loaded and InputError for a model without a fast tokenizer.
    """
    from transformers import AutoConfig, AutoTokenizer

    if get_close_matches(name, TINY, cutoff=0.8) and not Path(name).exists():  # a slip is told at once, not by the hub
        raise OptionError(f"student '{name}' cannot be loaded (no such folder); {suggestion(name, TINY)}")
    with _told_in_a_sentence(name):
        config = AutoConfig.from_pretrained(name, **_common(how))
        tokenizer = AutoTokenizer.from_pretrained(name, **_common(how))
    if not tokenizer.is_fast:
        raise InputError(f"student '{name}' has no fast tokenizer, which is needed to weigh single tokens; convert it")
    return config, tokenizer


def check_loadable(name: str, how: LoadingOptions, *, chat: bool = False) -> None:
    """Check that a student can be loaded and asked, without loading its parameters.

    Raises OptionError for what cannot be loaded, InputError for a tokenizer that does not serve.
    """
    if name in TINY:
        if chat:
            raise OptionError(f"student '{name}' has no chat template; use prompt_style: plain")
        return
    _, tokenizer = described(name, how)
    if tokenizer.eos_token_id is None:
        raise InputError(f"student '{name}' has a tokenizer without an end token (eos_token); set one")
    if chat:
        rendered_chat(tokenizer, name)


def auto_class(config: Any) -> Any:
    """The class of transformers that loads a model of this configuration."""
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    return AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM


def _common(how: LoadingOptions) -> dict[str, Any]:
    return {"trust_remote_code": how.trust_remote_code, "revision": how.revision}


@contextmanager
def _told_in_a_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise OptionError(f"student '{name}' cannot be loaded ({_reason(error)}); {_hint(name, error)}") from None


def _reason(error: Exception) -> str:
    return " ".join(str(error).strip().partition("\n")[0].split())


def _hint(name: str, error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return "it brings code of its own: read that code, then allow it with trust_remote_code (--trust-remote-code)"
    if isinstance(error, ImportError):
        return "install the missing package"
    return suggestion(name, TINY) if "/" not in name else "check the id, the folder and the network"


def size_of(name: str, how: LoadingOptions) -> tuple[int, bool, Any]:
    """How many parameters a Hugging Face id or folder has, whether it is an encoder-decoder, and its tokenizer.

    No parameters are loaded. Raises OptionError for what cannot be loaded.
    """
    import torch

    config, tokenizer = described(name, how)
    with torch.device("meta"):  # shapes without memory
        model = auto_class(config).from_config(config)
    return sum(parameter.numel() for parameter in model.parameters()), bool(config.is_encoder_decoder), tokenizer


def teach_newline(tokenizer: Any) -> None:
    """A tokenizer that folds line breaks away (T5) gets one as a token: the answer line ends with it."""
    from tokenizers import AddedToken

    ids = tokenizer("a\nb", add_special_tokens=False)["input_ids"]
    if "\n" not in tokenizer.decode(ids):
        tokenizer.add_tokens([AddedToken("\n", special=False, normalized=False)])


def make_room(model: Any, tokenizer: Any) -> None:
    """More rows of embeddings where the tokenizer has more tokens than the model; many models have spare ones."""
    needed = max(len(tokenizer), max(tokenizer.get_vocab().values(), default=0) + 1)
    if needed > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(needed, mean_resizing=False)


def give_start_token(model: Any, tokenizer: Any) -> None:
    """An encoder-decoder that names no token to begin its targets with takes the one that it generates from."""
    if not model.config.is_encoder_decoder or getattr(model.config, "decoder_start_token_id", None) is not None:
        return
    own = getattr(getattr(model, "generation_config", None), "decoder_start_token_id", None)
    nested = getattr(getattr(model.config, "decoder", None), "bos_token_id", None)
    known = (own, nested, tokenizer.bos_token_id, tokenizer.pad_token_id)
    model.config.decoder_start_token_id = next((int(one) for one in known if one is not None), None)
    if model.config.decoder_start_token_id is None:
        raise InputError("the student is an encoder-decoder without decoder_start_token_id, bos_token and pad_token; "
                         "set decoder_start_token_id in its config.json")  # fmt: skip


def template_of(
    tokenizer: Any, architecture: Architecture, name: str, turn: str, chat: tuple[str, str] | bool
) -> SequenceTemplate:
    """What stands around prompt and target; `chat` is a rendered chat template, or whether to render one.

    Raises InputError for a tokenizer without an end token, OptionError for a missing or unusable chat template.
    """
    before, after = _special_ends(tokenizer)
    if tokenizer.eos_token_id is None:
        raise InputError(f"student '{name}' has a tokenizer without an end token (eos_token); set one")
    rendered = (chat if isinstance(chat, tuple) else rendered_chat(tokenizer, name)) if chat else None
    if not architecture.split:
        return SequenceTemplate(before, int(tokenizer.eos_token_id), turn=turn, chat=rendered)
    return SequenceTemplate(before, int(tokenizer.eos_token_id), True, after, before, chat=rendered)


def rendered_chat(tokenizer: Any, name: str) -> tuple[str, str]:
    """What a tokenizer's chat template puts before and after a user's message.

    Raises OptionError where there is no template, and where it does not take a single user message as it is.
    """
    if not tokenizer.chat_template:
        raise OptionError(f"student '{name}' has no chat template; use prompt_style: plain")
    messages = [{"role": "user", "content": _MESSAGE}]
    try:
        text = str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    except Exception as error:  # a template is a program of the model's author, and fails in its own way
        raise OptionError(f"student '{name}': its chat template refuses a single user message ({_reason(error)}); "
                          "use prompt_style: plain") from None  # fmt: skip
    before, found, after = text.partition(_MESSAGE)
    if not found or _MESSAGE in after:
        raise OptionError(f"student '{name}': its chat template does not repeat a user message as it is; use "
                          "prompt_style: plain")  # fmt: skip
    return before, after


def _special_ends(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that the tokenizer puts before and behind a text."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    full = tokenizer("a")["input_ids"]
    start = next((index for index in range(len(full)) if full[index : index + len(plain)] == plain), 0)
    return tuple(full[:start]), tuple(full[start + len(plain) :])

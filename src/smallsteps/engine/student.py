"""Students: Hugging Face models with their tokenizers, loaded from anywhere and saved as ordinary folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.tiny import TINY, TinySize, tiny_tokenizer
from smallsteps.engine.tokens import SequenceTemplate
from smallsteps.errors import InputError, OptionError, suggestion
from smallsteps.records import Record, read_json, write_json

CARD = "smallsteps.json"


SMALL = 3_000_000  # parameters; below, the threads of one model wait for one another (docs/studies/log.md, 2026-11-22)


@dataclass
class Student:
    """A model and its tokenizer, its architecture, and the template of its sequences."""

    model: Any
    tokenizer: Any
    architecture: Architecture
    template: SequenceTemplate

    @property
    def parameters(self) -> int:
        """How many parameters the model has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def width(self) -> int:
        """The width H of the final hidden states, those that the output head reads."""
        return int(self.model.get_output_embeddings().weight.shape[1])

    @contextmanager
    def threads(self) -> Iterator[None]:
        """While it lasts, PyTorch runs a very small student in one thread: more of them only spin."""
        import torch

        before = torch.get_num_threads()
        if self.parameters < SMALL:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def add_tokens(self, tokens: Sequence[str]) -> None:
        """Give the tokenizer tokens of a method's own and the model room for them.

        Raises OptionError where the vocabulary is full and cannot grow.
        """
        from tokenizers import AddedToken

        missing = [token for token in tokens if token not in self.tokenizer.get_vocab()]
        if not missing:
            return
        self.tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in missing])
        trouble = ""
        try:
            _make_room(self.model, self.tokenizer)
        except Exception as error:  # each model refuses in its own way
            trouble = f" ({type(error).__name__}: {str(error).partition(chr(10))[0]})"
        rows = self.model.get_input_embeddings().num_embeddings
        if trouble or len(self.tokenizer) > rows:
            raise OptionError(
                f"the method adds the token '{missing[0]}', but all {rows} places of the student's vocabulary are "
                f"taken and it cannot grow{trouble}; take a student whose embeddings can be resized, or another method"
            )

    def save(self, folder: Path, card: dict[str, Any]) -> None:
        """Save an ordinary Hugging Face folder with the method's card beside it; whole or not at all."""
        part = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        self.model.save_pretrained(part, safe_serialization=True)
        self.tokenizer.save_pretrained(part)
        write_json(part / CARD, card)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)


def load_student(
    name: str,
    records: Sequence[Record] = (),
    *,
    seed: int = 0,
    size: TinySize | None = None,
    chat: bool = False,
    turn: str = "",
    trust_remote_code: bool = False,
    dtype: str = "float32",
) -> Student:
    """A student by name: `tiny-decoder`, `tiny-encdec`, or any Hugging Face id or folder.

    Tiny students are initialised from `seed` and their tokenizer is trained on `records`.
    Raises OptionError for a name that cannot be loaded, InputError for a model without a usable tokenizer.
    """
    import torch
    from transformers import set_seed

    if name in TINY:
        if not records:
            raise InputError(f"'{name}' learns its words from a corpus, and none was given; give one")
        tokenizer = tiny_tokenizer(_texts(records), (size or TinySize()).vocabulary)
        with torch.random.fork_rng():
            set_seed(seed)
            model = TINY[name](tokenizer, size or TinySize())
    else:
        model, tokenizer = _from_hub(name, trust_remote_code, dtype)
    _teach_newline(model, tokenizer)
    _give_start_token(model, tokenizer)
    architecture = architecture_of(model.config)
    return Student(model, tokenizer, architecture, _template(tokenizer, architecture, name, chat, turn))


def read_card(folder: Path) -> dict[str, Any]:
    """The card that a trained student carries: its method and how it is asked. Raises FileError where there is none."""
    return dict(read_json(folder / CARD))


def _texts(records: Sequence[Record]) -> Iterable[str]:
    for record in records:
        yield f"Q: {record.question}\nA: So the answer is: {record.answer or ''}\npredict: explain:"
        for rationale in record.rationales:
            yield f" {rationale.text} So the answer is: {rationale.answer or ''}\n"


def check_student(name: str, *, chat: bool = False, trust_remote_code: bool = False, dtype: str = "float32") -> None:
    """Check that a student can be loaded, without loading its parameters.

    Raises OptionError for a name that cannot be loaded, InputError for a model without a usable tokenizer.
    """
    import torch

    if not isinstance(getattr(torch, dtype, None), torch.dtype):
        raise OptionError(f"student '{name}': unknown dtype '{dtype}'; expected float32, bfloat16 or float16")
    if name in TINY:
        if chat:
            _refuse_chat(name)
        return
    _, tokenizer = described(name, trust_remote_code)
    if tokenizer.eos_token_id is None:
        raise InputError(f"student '{name}' has a tokenizer without an end token (eos_token); set one")
    if chat and not tokenizer.chat_template:
        _refuse_chat(name)


def _refuse_chat(name: str) -> None:
    raise OptionError(f"student '{name}' has no chat template; use prompt_style: plain")


def described(name: str, trust_remote_code: bool = False) -> tuple[Any, Any]:
    """The configuration and the tokenizer of a Hugging Face id or folder."""
    from transformers import AutoConfig, AutoTokenizer

    if get_close_matches(name, TINY, cutoff=0.8) and not Path(name).exists():  # a slip is told at once, not by the hub
        raise OptionError(f"student '{name}' cannot be loaded (no such folder); {suggestion(name, TINY)}")
    with _told_in_a_sentence(name):
        config = AutoConfig.from_pretrained(name, trust_remote_code=trust_remote_code)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=trust_remote_code)
    if not tokenizer.is_fast:
        raise InputError(f"student '{name}' has no fast tokenizer, which is needed to weigh single tokens; convert it")
    return config, tokenizer


def _from_hub(name: str, trust_remote_code: bool, dtype: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    config, tokenizer = described(name, trust_remote_code)
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    with _told_in_a_sentence(name):
        model = auto.from_pretrained(name, dtype=getattr(torch, dtype), trust_remote_code=trust_remote_code)
    return model, tokenizer


@contextmanager
def _told_in_a_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        hint = suggestion(name, TINY) if "/" not in name else "check the id, the folder and the network"
        raise OptionError(f"student '{name}' cannot be loaded ({reason}); {hint}") from None


def _teach_newline(model: Any, tokenizer: Any) -> None:
    """A tokenizer that folds line breaks away (T5) gets one as a token: the answer line ends with it."""
    from tokenizers import AddedToken

    ids = tokenizer("a\nb", add_special_tokens=False)["input_ids"]
    if "\n" not in tokenizer.decode(ids):
        tokenizer.add_tokens([AddedToken("\n", special=False, normalized=False)])
        _make_room(model, tokenizer)


def _make_room(model: Any, tokenizer: Any) -> None:
    """More rows of embeddings only where the tokenizer outgrew them; many models have spare ones."""
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)


def _give_start_token(model: Any, tokenizer: Any) -> None:
    if model.config.is_encoder_decoder and model.config.decoder_start_token_id is None:
        start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.pad_token_id
        model.config.decoder_start_token_id = start


def _template(tokenizer: Any, architecture: Architecture, name: str, chat: bool, turn: str) -> SequenceTemplate:
    before, after = _special_ends(tokenizer)
    if tokenizer.eos_token_id is None:
        raise InputError(f"student '{name}' has a tokenizer without an end token (eos_token); set one")
    if chat and not tokenizer.chat_template:
        _refuse_chat(name)
    if not architecture.split:
        return SequenceTemplate(before, int(tokenizer.eos_token_id), turn=turn, chat=chat)
    return SequenceTemplate(before, int(tokenizer.eos_token_id), True, after, before, chat=chat)


def _special_ends(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that the tokenizer puts before and behind a text."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    full = tokenizer("a")["input_ids"]
    start = next(
        (index for index in range(len(full)) if full[index : index + len(plain)] == plain),
        0,
    )
    return tuple(full[:start]), tuple(full[start + len(plain) :])


def card_of(method: str, options: dict[str, Any], task: str, path: str) -> dict[str, Any]:
    """What is stored beside a trained student, so that it can be asked the way it was taught."""
    from smallsteps import __version__

    return {
        "smallsteps": __version__,
        "method": method,
        "options": json.loads(json.dumps(options)),
        "task": task,
        "path": path,
    }

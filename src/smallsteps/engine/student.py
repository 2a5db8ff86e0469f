"""Students: Hugging Face models with their tokenizers, loaded from anywhere and saved as ordinary folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.literals import own_tokens
from smallsteps.engine.pretrained import (
    LoadingOptions,
    from_pretrained,
    give_start_token,
    make_room,
    teach_newline,
    template_of,
)
from smallsteps.engine.tiny import TINY, TinySize, tiny_tokenizer
from smallsteps.engine.tokens import SequenceTemplate
from smallsteps.engine.uncached import Uncached
from smallsteps.errors import InputError, OptionError
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
    loading: LoadingOptions = field(default_factory=LoadingOptions)

    @property
    def parameters(self) -> int:
        """How many parameters the model has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def width(self) -> int:
        """The width H of the final hidden states, those that the output head reads."""
        return int(self.model.get_output_embeddings().weight.shape[1])

    @property
    def _loading(self) -> dict[str, Any]:
        """What the card says of loading. The folder is a revision of its own."""
        told = {"dtype": self.loading.dtype, "trust_remote_code": self.loading.trust_remote_code}
        told |= {"cached": not isinstance(self.architecture, Uncached)}
        return told if self.template.chat is None else told | {"chat": list(self.template.chat)}

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

    def add_tokens(self, tokens: Sequence[str], seed: int = 0) -> None:
        """Give the tokenizer a method's own tokens, and the model rows for them, drawn from `seed`.

        Raises OptionError where the vocabulary is full and cannot grow.
        """
        from tokenizers import AddedToken

        own_tokens(self.tokenizer, tokens)
        missing = [token for token in tokens if token not in self.tokenizer.get_vocab()]
        if not missing:
            return
        self.tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in missing])
        trouble = ""
        try:
            with seeded(seed):
                make_room(self.model, self.tokenizer)
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
        write_json(part / CARD, card | {"loading": self._loading})
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw what is initialised on the CPU from a seed; afterwards the random state is what it was."""
    import torch

    with torch.random.fork_rng([], device_type="cuda"):  # no device's state is touched
        torch.default_generator.manual_seed(seed)
        yield


def loading_of(card: Mapping[str, Any], *, trust_remote_code: bool = False) -> dict[str, Any]:
    """How to load a trained student again, as arguments of `load_student`, by what its card says.

    A card never runs code: a student that brings code of its own loads only where the caller allows it.
    Raises OptionError where it needs to and may not.
    """
    told = dict(card.get("loading", {}))
    if told.pop("trust_remote_code", False) and not trust_remote_code:
        raise OptionError("this student brings code of its own; read that code, then allow it with trust_remote_code "
                          "(--trust-remote-code)")  # fmt: skip
    chat = told.pop("chat", None)
    told |= {"trust_remote_code": trust_remote_code}
    return told if chat is None else told | {"chat": (str(chat[0]), str(chat[1]))}


def load_student(
    name: str,
    records: Sequence[Record] = (),
    *,
    seed: int = 0,
    size: TinySize | None = None,
    chat: bool | tuple[str, str] = False,
    turn: str = "",
    dtype: str = "float32",
    trust_remote_code: bool = False,
    revision: str | None = None,
    cached: bool = True,
) -> Student:
    """A student by name: `tiny-decoder`, `tiny-encdec`, or any Hugging Face id or folder.

    Tiny students are initialised from `seed` and their tokenizer is trained on `records`; what a pretrained one lacks
    (rows for added tokens) is drawn from `seed` as well. `chat` renders the tokenizer's chat template, or is what it
    rendered before. Without `cached` the student decodes without a key-value cache.
    Raises OptionError for a name that cannot be loaded, InputError for a model without a usable tokenizer.
    """
    import torch

    loading = LoadingOptions(dtype, trust_remote_code, revision)
    if name in TINY and not records:
        raise InputError(f"'{name}' learns its words from a corpus, and none was given; give one")
    with seeded(seed):
        if name in TINY:
            tokenizer = tiny_tokenizer(_texts(records), (size or TinySize()).vocabulary)
            model = TINY[name](tokenizer, size or TinySize()).to(getattr(torch, dtype))
        else:
            model, tokenizer = from_pretrained(name, loading)
        teach_newline(tokenizer)
        make_room(model, tokenizer)
    give_start_token(model, tokenizer)
    architecture = architecture_of(model.config) if cached else Uncached()
    return Student(model, tokenizer, architecture, template_of(tokenizer, architecture, name, turn, chat), loading)


def read_card(folder: Path) -> dict[str, Any]:
    """The card that a trained student carries: its method and how it is asked. Raises FileError where there is none."""
    return dict(read_json(folder / CARD))


def _texts(records: Sequence[Record]) -> Iterable[str]:
    for record in records:
        yield f"Q: {record.question}\nA: So the answer is: {record.answer or ''}\npredict: explain:"
        for rationale in record.rationales:
            yield f" {rationale.text} So the answer is: {rationale.answer or ''}\n"


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

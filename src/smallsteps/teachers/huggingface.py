"""A local model as teacher: any Hugging Face id or folder, trained students included."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from smallsteps.errors import OptionError
from smallsteps.records import Record
from smallsteps.teachers import Ask, Endpoint, Fault, Prompt, PromptedTeacher, Reply, chat_messages, plain_prompt

_CARD = "smallsteps.json"
_SAMPLED_BYTES = 1 << 20


@dataclass(frozen=True)
class HuggingFace(PromptedTeacher):
    """A local Hugging Face model, batched; a sample depends on the seed, not on the rest of its batch.

    model: an id or a folder. style: `chat` uses the chat template, `plain` continues `Q: … A:`; `auto` uses the
    template if there is one. A student trained by smallsteps is prompted as in training: plain, no instruction.
    rows: samples generated at once. device: `auto` uses a GPU if there is one.
    name: how its rationales are labelled, by default the model's name.
    """

    model: str
    style: Literal["auto", "chat", "plain"] = "auto"
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int = 512
    stop: tuple[str, ...] = ("\n\nQ:", "\nQ:")
    rows: int = 16
    device: str = "auto"
    dtype: str = "auto"
    trust_remote_code: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if not self.model:
            raise OptionError("the teacher 'huggingface' needs a model; name an id or a folder as --model NAME")
        if self.max_tokens < 1 or self.rows < 1 or self.temperature < 0:
            raise OptionError("a teacher needs max_tokens and rows of at least 1 and no negative temperature")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise OptionError(f"top_p is {self.top_p}; expected above 0 and at most 1")

    @property
    def label(self) -> str:
        """The given name, otherwise the model's."""
        return self.name or self.model.rstrip("/")

    @property
    def sampling_temperature(self) -> float:
        """The temperature of the samples."""
        return self.temperature

    @property
    def length_limit(self) -> int:
        """The most new tokens."""
        return self.max_tokens

    @property
    def seeded(self) -> bool:
        """Always."""
        return True

    def content(self, record: Record, prompt: Prompt) -> dict[str, Any]:
        """Model (a folder by its content), words and sampling settings."""
        words: dict[str, Any]
        if _style(self.model, self.style, self.trust_remote_code) == "chat":
            words = {"messages": chat_messages(prompt, record.question)}
        else:
            taught = replace(prompt, instruction="") if _is_student(self.model) else prompt
            words = {"prompt": plain_prompt(taught, record.question)}
        return {"model": self.model, "weights": _weights(self.model), **words, "temperature": self.temperature,
                "top_p": self.top_p, "stop": list(self.stop), "name": self.name}  # fmt: skip

    def prompt_bound(self, content: dict[str, Any]) -> int:
        """No token covers less than a byte; templates add a few tokens around each message."""
        return len(json.dumps(content.get("prompt") or content["messages"], ensure_ascii=False).encode()) + 64

    def endpoints(self) -> list[Endpoint]:
        """The model, loaded on the first request."""
        return [_Local(self)]


class _Local(Endpoint):
    """The model in this process: one batch at a time, in its own thread."""

    ceiling = 1

    def __init__(self, teacher: HuggingFace) -> None:
        self.name, self.batch, self._teacher = teacher.label, teacher.rows, teacher
        self._writer: Any = None

    async def ask(self, asks: Sequence[Ask]) -> list[Reply]:
        """The replies, generated together."""
        return await asyncio.to_thread(self._ask, asks)

    async def close(self) -> None:
        """Release the model."""
        self._writer = None

    def _ask(self, asks: Sequence[Ask]) -> list[Reply]:
        from smallsteps.teachers._writing import LocalWriter

        if self._writer is None:
            self._writer = LocalWriter(self._teacher)
        try:
            return list(self._writer.write(asks))
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            raise Fault(
                "refused", f"the model failed ({reason}); fewer rows at once take less memory: --set rows=4"
            ) from None


@cache
def _style(model: str, style: str, trust_remote_code: bool) -> str:
    if style != "auto":
        return style
    if _is_student(model):
        return "plain"
    from smallsteps.teachers._writing import load_tokenizer

    return "chat" if load_tokenizer(model, trust_remote_code).chat_template else "plain"


def _is_student(model: str) -> bool:
    return (Path(model) / _CARD).is_file()


@cache
def _weights(model: str) -> str | None:
    """A hash of a folder's weights, so that a retrained student counts as a new teacher; None for an id of the hub."""
    folder = Path(model)
    if not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as data:
            size = file.stat().st_size
            digest.update(f"{file.name}:{size}".encode())
            for place in range(0, size, max(_SAMPLED_BYTES, size // 16)):
                data.seek(place)
                digest.update(data.read(_SAMPLED_BYTES))
    return digest.hexdigest()[:16]

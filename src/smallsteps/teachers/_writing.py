"""Sampling from a local model in batches; each row has its own random numbers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
)

from smallsteps.errors import OptionError
from smallsteps.records import unit_interval
from smallsteps.teachers._replies import read_reply
from smallsteps.teachers._teacher import Ask, Reply
from smallsteps.tensors.device import find_device
from smallsteps.tensors.multinomial import draw_tokens


class LocalModel(Protocol):
    """The model and its sampling settings."""

    @property
    def model(self) -> str:
        """An id or a folder."""

    @property
    def temperature(self) -> float:
        """0 is greedy."""

    @property
    def top_p(self) -> float | None:
        """The probability mass that is sampled from (nucleus sampling)."""

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that end a sample."""

    @property
    def rows(self) -> int:
        """How many samples are generated side by side."""

    @property
    def device(self) -> str:
        """`auto`, or a PyTorch device."""

    @property
    def dtype(self) -> str:
        """`auto`, or a PyTorch dtype."""

    @property
    def trust_remote_code(self) -> bool:
        """Whether code from the model's repository may run."""


class LocalWriter:
    """A loaded model that generates samples."""

    def __init__(self, teacher: LocalModel) -> None:
        """Load the model. Raises OptionError if it cannot be loaded."""
        self._teacher = teacher
        self._tokenizer = load_tokenizer(teacher.model, teacher.trust_remote_code)
        self._tokenizer.padding_side = "left"
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model = _load_model(teacher).to(find_device(teacher.device)).eval()
        self._two_sided = bool(self._model.config.is_encoder_decoder)

    def write(self, asks: Sequence[Ask]) -> Iterator[Reply]:
        """One reply per request, in order; requests share batches."""
        rows = [(number, index) for number, ask in enumerate(asks) for index in range(ask.count)]
        choices: dict[int, list[dict[str, Any]]] = {number: [] for number in range(len(asks))}
        for start in range(0, len(rows), self._teacher.rows):
            part = rows[start : start + self._teacher.rows]
            for (number, _), choice in zip(part, self._batch(asks, part), strict=True):
                choices[number].append(choice)
        for number in range(len(asks)):
            yield self._reply(choices[number])

    def _reply(self, choices: list[dict[str, Any]]) -> Reply:
        prompt = choices[0].pop("prompt_tokens")
        for choice in choices[1:]:
            choice.pop("prompt_tokens")
        spent = sum(len(choice["logprobs"]["token_logprobs"]) for choice in choices)
        usage = {"prompt_tokens": prompt, "completion_tokens": spent}
        raw = json.dumps({"model": self._teacher.model, "choices": choices, "usage": usage}, ensure_ascii=False)
        return read_reply(raw, self._teacher.model)

    @torch.inference_mode()
    def _batch(self, asks: Sequence[Ask], rows: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        inputs = self._inputs([asks[number].content for number, _ in rows])
        seeds = [int(unit_interval(asks[number].seed, index) * 2**62) for number, index in rows]
        draw = _Draw(seeds, self._teacher.temperature, self._teacher.top_p)
        stop = list(self._teacher.stop)
        config = GenerationConfig(
            max_new_tokens=max(asks[number].max_tokens for number, _ in rows),
            do_sample=False,
            eos_token_id=self._ends(),
            pad_token_id=self._tokenizer.pad_token_id,
            bos_token_id=self._tokenizer.bos_token_id,
            decoder_start_token_id=getattr(self._model.config, "decoder_start_token_id", None),
            stop_strings=stop or None,
        )
        written = self._model.generate(**inputs, generation_config=config, logits_processor=LogitsProcessorList([draw]),
                                       tokenizer=self._tokenizer if stop else None)  # fmt: skip
        begin = 1 if self._two_sided else inputs["input_ids"].shape[1]
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        logprobs = torch.stack(draw.logprobs, dim=1).tolist()
        return [
            {**self._choice(tokens, values), "index": index, "prompt_tokens": length}
            for (_, index), tokens, values, length in zip(
                rows, written[:, begin:].tolist(), logprobs, lengths, strict=True
            )
        ]

    def _inputs(self, contents: Sequence[dict[str, Any]]) -> Any:
        texts = [self._text(content) for content in contents]
        # A chat template writes its own special tokens.
        special = "prompt" in contents[0]
        return self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=special,
                               return_token_type_ids=False).to(self._model.device)  # fmt: skip

    def _text(self, content: dict[str, Any]) -> str:
        if "prompt" in content:
            return str(content["prompt"])
        return str(self._tokenizer.apply_chat_template(content["messages"], add_generation_prompt=True, tokenize=False))

    def _ends(self) -> list[int]:
        told = self._model.generation_config.eos_token_id
        ends = told if isinstance(told, list) else [told]
        return sorted({end for end in (*ends, self._tokenizer.eos_token_id) if end is not None})

    def _choice(self, tokens: list[int], logprobs: list[float]) -> dict[str, Any]:
        ends = set(self._ends())
        end = next((place for place, token in enumerate(tokens) if token in ends), None)
        kept = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        places = [place for place in map(text.find, self._teacher.stop) if place >= 0]
        stopped = bool(places) or end is not None
        while places and kept and any(s in self._tokenizer.decode(kept[:-1], skip_special_tokens=True)
                                      for s in self._teacher.stop):  # fmt: skip
            kept = kept[:-1]  # padding behind a stop string
        used = logprobs[: len(kept) + (end is not None and not places)]
        return {"text": text[: min(places)] if places else text, "finish_reason": "stop" if stopped else "length",
                "logprobs": {"token_logprobs": used}}  # fmt: skip


class _Draw(LogitsProcessor):  # type: ignore[misc]
    """Draws each row's next token with that row's own random numbers and notes its log-probability at temperature 1."""

    def __init__(self, seeds: Sequence[int], temperature: float, top_p: float | None) -> None:
        self._random = [random.Random(seed) for seed in seeds]
        self._temperature, self._top_p = temperature, top_p
        self.logprobs: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores [rows, vocabulary] with all but the chosen token at minus infinity."""
        logits = scores.float()
        chosen = self._choose(logits).unsqueeze(1)
        likely = logits.gather(1, chosen) - logits.logsumexp(dim=-1, keepdim=True)
        self.logprobs.append(likely.squeeze(1).cpu())
        return torch.full_like(scores, float("-inf")).scatter(1, chosen, 0.0)

    def _choose(self, logits: Tensor) -> Tensor:
        if self._temperature == 0:
            return logits.argmax(dim=-1)
        return draw_tokens(logits, [one.random() for one in self._random], self._temperature, self._top_p)


def load_tokenizer(model: str, trust_remote_code: bool) -> Any:
    """The tokenizer of a model. Raises OptionError if it cannot be loaded."""
    try:
        return AutoTokenizer.from_pretrained(model, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise _unloadable(model, error) from None


def _load_model(teacher: LocalModel) -> Any:
    try:
        config = AutoConfig.from_pretrained(teacher.model, trust_remote_code=teacher.trust_remote_code)
        auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        return auto.from_pretrained(teacher.model, dtype=teacher.dtype, trust_remote_code=teacher.trust_remote_code)
    except (OSError, ValueError) as error:
        raise _unloadable(teacher.model, error) from None


def _unloadable(model: str, error: Exception) -> OptionError:
    reason = str(error).partition("\n")[0]
    return OptionError(
        f"the teacher's model '{model}' cannot be loaded ({reason}); check the id, the folder and the network"
    )

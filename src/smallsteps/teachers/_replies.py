"""Reading the replies of OpenAI-compatible servers, which differ in what they leave out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from smallsteps.files import parse_json
from smallsteps.teachers._teacher import Fault, Reply, Sample
from smallsteps.text.thoughts import content_text, message_thoughts, split_thoughts

_STAND_IN = -9999  # what servers write where a log-probability is unknown or minus infinity
_ROUNDED_UP = 1e-3
_MOST_TOKENS = 2**53


def read_reply(raw: str, model: str, clean: Callable[[str], str] = str) -> Reply:
    """The choices of a reply, however many there are; `clean` is applied to whatever of it an error repeats.

    A choice without text says why (`Sample.absent`). Raises Fault(`broken`, paid) for what is no reply: broken JSON, an
    error in place of choices, no choices at all.
    """
    body = _object(raw, clean)
    listed = body.get("choices")
    choices = [choice for choice in listed if isinstance(choice, Mapping)] if isinstance(listed, list) else []
    if not choices:
        error = body.get("error")
        told = error.get("message") if isinstance(error, Mapping) else error
        raise Fault(
            "broken", f"the reply holds no choices{f' but says: {clean(str(told))}' if told else ''}", paid=True
        )
    told = body.get("usage")
    usage: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    spent = _whole(usage.get("completion_tokens"))
    samples = tuple(_sample(choice, spent if len(choices) == 1 else None) for choice in choices)
    return Reply(samples, str(body.get("model") or model), raw, _whole(usage.get("prompt_tokens")), spent)


def _object(raw: str, clean: Callable[[str], str]) -> Mapping[str, Any]:
    try:
        body = parse_json(raw)
    except (ValueError, RecursionError):
        start = " ".join(clean(raw)[:40].split())
        raise Fault("broken", f"the reply is not JSON (it begins '{start}'); is this the base URL of an "
                    "OpenAI-compatible server, which usually ends in /v1?", paid=True) from None  # fmt: skip
    if not isinstance(body, Mapping):
        raise Fault("broken", "the reply is JSON but not an object; is this an OpenAI-compatible server?", paid=True)
    return body


def _sample(choice: Mapping[str, Any], spent: int | None) -> Sample:
    message = choice.get("message")
    if isinstance(message, Mapping):
        thoughts, text = message_thoughts(message)
    else:
        thoughts, text = split_thoughts(content_text(choice.get("text")))
    told = token_logprobs(choice.get("logprobs"))
    known = [value for value in told if value is not None]
    finish = str(choice.get("finish_reason") or "") or None
    return Sample(text, thoughts, finish, math.fsum(known) / len(known) if known else None, len(told) or spent,
                  _absent(choice, finish) if not (text.strip() or thoughts.strip()) else "")  # fmt: skip


def _absent(choice: Mapping[str, Any], finish: str | None) -> str:
    """What came in place of a text."""
    message = choice.get("message")
    if not isinstance(message, Mapping):
        return "an empty text" if isinstance(choice.get("text"), str) else "no message at all, so no chat reply"
    if message.get("tool_calls") or message.get("function_call") or finish in ("tool_calls", "function_call"):
        return "a tool call"
    if message.get("refusal") or finish == "refusal":
        return "a refusal"
    if finish in ("content_filter", "SAFETY", "safety"):
        return "blocked by a content filter"
    if (finish or "").lower() in ("length", "max_tokens"):
        return "cut off before any text"
    return "an empty text"


def token_logprobs(told: Any) -> list[float | None]:
    """The log-probability of each token in either shape: chat's `content[].logprob`, completions' `token_logprobs`.

    None where a server tells none for a token: null, no number, or a stand-in such as -9999.
    """
    if not isinstance(told, Mapping):
        return []
    content, flat = told.get("content"), told.get("token_logprobs")
    values: list[Any] = flat if isinstance(flat, list) else []
    if isinstance(content, list):
        values = [token.get("logprob") for token in content if isinstance(token, Mapping)]
    return [_logprob(value) for value in values]


def _logprob(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and _STAND_IN < value <= _ROUNDED_UP else None


def _whole(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value < _MOST_TOKENS else None

"""Reading the replies of OpenAI-compatible servers, which differ in what they leave out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from smallsteps.teachers._teacher import Fault, Reply, Sample
from smallsteps.text.thoughts import content_text, message_thoughts, split_thoughts


def read_reply(raw: str, model: str) -> Reply:
    """The choices of a reply, however many there are.

    Raises Fault(`broken`, paid) for what is no reply: broken JSON, an error in place of choices, no choices at all.
    """
    body = _object(raw)
    choices = [choice for choice in body.get("choices") or () if isinstance(choice, Mapping)]
    if not choices:
        error = body.get("error")
        told = error.get("message") if isinstance(error, Mapping) else error
        raise Fault("broken", f"the reply holds no choices{f' but says: {told}' if told else ''}", paid=True)
    told = body.get("usage")
    usage: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    spent = _whole(usage.get("completion_tokens"))
    samples = tuple(_sample(choice, spent if len(choices) == 1 else None) for choice in choices)
    return Reply(samples, str(body.get("model") or model), raw, _whole(usage.get("prompt_tokens")), spent)


def _object(raw: str) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        start = " ".join(raw[:40].split())
        raise Fault("broken", f"the reply is no JSON (it begins '{start}'); is this the base URL of an "
                    "OpenAI-compatible server, which usually ends in /v1?", paid=True) from None  # fmt: skip
    if not isinstance(body, Mapping):
        raise Fault("broken", "the reply is JSON but no object; is this an OpenAI-compatible server?", paid=True)
    return body


def _sample(choice: Mapping[str, Any], spent: int | None) -> Sample:
    message = choice.get("message")
    if isinstance(message, Mapping):
        thoughts, text = message_thoughts(message)
    else:
        thoughts, text = split_thoughts(content_text(choice.get("text")))
    found = token_logprobs(choice.get("logprobs"))
    finish = choice.get("finish_reason")
    return Sample(text, thoughts, str(finish) if finish else None,
                  math.fsum(found) / len(found) if found else None, len(found) or spent)  # fmt: skip


def token_logprobs(told: Any) -> list[float]:
    """The log-probability of each token in either shape: chat's `content[].logprob`, completions' `token_logprobs`."""
    if not isinstance(told, Mapping):
        return []
    content, flat = told.get("content"), told.get("token_logprobs")
    values: list[Any] = flat if isinstance(flat, list) else []
    if isinstance(content, list):
        values = [token.get("logprob") for token in content if isinstance(token, Mapping)]
    return [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value >= 0 else None

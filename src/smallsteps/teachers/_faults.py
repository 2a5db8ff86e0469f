"""What the exceptions of the openai client mean for the sampler: wait, retry, skip this request, or stop."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smallsteps.teachers._teacher import Fault

if TYPE_CHECKING:
    import openai

NO_KEY = "none"
"""What is sent to a server that asks for no key."""
_NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError")
_NEVER_POSSIBLE = ("UnsupportedProtocol", "InvalidURL", "LocalProtocolError")


Clean = Callable[[str], str]


def without_key(text: str, key: str) -> str:
    """A server's words without the key, which some repeat; a short key is taken out as a whole word only."""
    if not key or key == NO_KEY:
        return text
    return text.replace(key, "[key]") if len(key) >= 8 else re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "[key]", text)


def fault_of(error: openai.APIError, model: str, key_name: str, clean: Clean = str) -> Fault:
    """The Fault that an exception of the client stands for; `clean` is applied to the server's words."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        sent = type(error.__cause__).__name__ not in _NEVER_SENT
        return Fault("broken", "it did not answer in time", paid=sent)
    if isinstance(error, openai.APIConnectionError):
        return _connection_fault(error, clean)
    if isinstance(error, openai.APIStatusError):
        return _status_fault(error, model, key_name, clean)
    return Fault("broken", clean(str(error)), paid=True)


def _connection_fault(error: openai.APIConnectionError, clean: Clean) -> Fault:
    cause = error.__cause__
    name = type(cause).__name__
    told = clean(f"{cause}") or name
    if name in _NEVER_POSSIBLE:
        return Fault("refused", f"it cannot be asked ({told}); give a base URL like http://host:8000/v1")
    if name in _NEVER_SENT:
        return Fault("broken", f"it cannot be reached ({told}); check the base URL and that the server runs")
    return Fault("broken", f"the connection broke ({told})", paid=True)


def _status_fault(error: openai.APIStatusError, model: str, key_name: str, clean: Clean) -> Fault:
    status, told = error.status_code, told_by(error, clean)
    if status == 429 and error.code != "insufficient_quota":
        return Fault("busy", f"it asks for patience (429: {told})", wait_seconds=wait_seconds(error.response.headers))
    if status == 429:
        return Fault("refused", f"the account's quota is used up ({told})")
    if status in (401, 403):
        return Fault("refused", f"the key in the environment variable {key_name} was not accepted ({status}: {told}); "
                     "set it to a valid key, or name another variable with --key-env")  # fmt: skip
    if status in (404, 405):
        return Fault("refused", f"it knows no such model or address ({status}: {told}); check the model name '{model}' "
                     "and the base URL, which usually ends in /v1")  # fmt: skip
    if status in (400, 413, 422):
        return Fault("rejected", f"it rejects the request ({status}: {told}); if it takes no several choices or "
                     "log-probabilities, add --choices 1 or --no-logprobs")  # fmt: skip
    wait = wait_seconds(error.response.headers)
    return Fault("broken", f"it failed ({status}: {told})", wait_seconds=wait, paid=status in (502, 504))


def told_by(error: openai.APIStatusError, clean: Clean = str) -> str:
    """The server's own words, cleaned, then shortened to a line."""
    body: Any = error.body
    if isinstance(body, Mapping):
        body = body.get("message") or body.get("detail") or body
    text = " ".join(clean(str(body or "no reason given")).split())
    return text if len(text) <= 200 else text[:197] + "…"


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to wait: `Retry-After` in seconds or as a date, or `retry-after-ms`."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) / unit)
        except ValueError:
            continue
    try:
        return max(0.0, email.utils.parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None

"""What a run would take, before anything is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from smallsteps.sampling.plan import Asked, Settings
from smallsteps.sampling.store import Store

BYTES_PER_TOKEN = 4.0  # of English text, about


@dataclass(frozen=True)
class Estimate:
    """Requests and tokens of a run. `completion_likely` is None while the store holds nothing to learn from."""

    questions: int
    samples: int
    held: int
    requests: int
    prompt_likely: int
    prompt_worst: int
    completion_likely: int | None
    completion_worst: int


def estimate(plan: Mapping[str, Asked], settings: Settings, max_tokens: int, store: Store) -> Estimate:
    """What asking for everything that is missing would take, at most and, as far as can be told, likely.

    With `until_right` it is what asking every question to the last sample would take.
    """
    asked = [question for question in plan.values() if question.missing]
    samples = sum(len(question.missing) for question in asked)
    requests = {question.key: math.ceil(len(question.missing) / settings.choices) for question in asked}
    worst = sum(question.bound * requests[question.key] for question in asked)
    mean = store.mean_tokens()
    return Estimate(
        questions=len(plan),
        samples=samples,
        held=settings.count * len(plan) - samples if not settings.until_right else store.size(),
        requests=sum(requests.values()),
        prompt_likely=round(worst / BYTES_PER_TOKEN),
        prompt_worst=worst,
        completion_likely=None if mean is None else round(mean * samples),
        completion_worst=samples * max_tokens,
    )

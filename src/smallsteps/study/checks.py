"""What is refused before anything is written or trained: settings, students, and corpora that a method cannot use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smallsteps.engine.tiny import TINY
from smallsteps.errors import OptionError
from smallsteps.methods import check_trainable, demonstration_pool
from smallsteps.study.arms import Arm
from smallsteps.study.run import decoding_of
from smallsteps.study.sources import Parts
from smallsteps.study.tune import with_settings
from smallsteps.tasks import get_task


def check_arm(arm: Arm) -> None:
    """The settings of an arm, and whether its student can be loaded. Raises OptionError or InputError."""
    from smallsteps.decoding.answering import check_adaptive_stop
    from smallsteps.engine.pretrained import LoadingOptions, check_loadable
    from smallsteps.training.settings import Budget, Training

    get_task(arm.task)
    if arm.corpus.test_words and arm.student.name not in TINY:
        raise OptionError(f"corpus.test_words: the student '{arm.student.name}' brings its own tokenizer; only those "
                          f"of {' and '.join(TINY)} learn words from the corpus; leave test_words out")  # fmt: skip
    Budget.of(dict(arm.budget))
    Training.of(dict(arm.training))
    if decoding_of(arm).adaptive_stop:
        check_adaptive_stop(arm.build(), [arm.task])
    method = arm.build()
    student = arm.student
    how = LoadingOptions(student.dtype, student.trust_remote_code, student.revision)
    check_loadable(student.name, how, chat=method.prompt_style == "chat")


def check_tune(arms: Sequence[Arm], tune: Mapping[str, Sequence[Any]]) -> None:
    """Every value of every tuned field on every arm that has it. Raises OptionError."""
    for field, values in tune.items():
        if not values:
            raise OptionError(f"tune: {field} has no values; list at least one, such as {field}: [1.0e-4, 3.0e-4]")
    for arm in arms:
        for field, values in tune.items():
            place, _, option = field.partition(".")
            if place == "method" and option not in type(arm.build()).__dataclass_fields__:
                continue
            for value in values:
                tried = with_settings(arm, [(field, value)])
                _check_settings_alone(tried)


def check_parts(arm: Arm, parts: Parts) -> None:
    """A corpus that the arm's method can learn from, with solved questions to show where it shows any."""
    method = arm.build()
    check_trainable(method, [*parts.train, *parts.validation])
    pool = demonstration_pool(method, [*parts.train, *parts.demonstrations])
    if pool is not None:
        pool.check([*parts.train, *parts.validation, *parts.test])


def _check_settings_alone(arm: Arm) -> None:
    from smallsteps.training.settings import Training

    arm.build()
    decoding_of(arm)
    Training.of(dict(arm.training))

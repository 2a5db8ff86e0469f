"""Teach small language models to reason by distilling chains of thought, and prove which way works.

The names below are the public surface; each is fetched from its module when it is first used, so that
`import smallsteps` costs nothing. Everything else may move between versions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallsteps.decoding.answering import answer_questions as answer_questions
    from smallsteps.decoding.answering import load_trained as load_trained
    from smallsteps.decoding.settings import Decoding as Decoding
    from smallsteps.engine.student import load_student as load_student
    from smallsteps.formats import Format as Format
    from smallsteps.generators import Generator as Generator
    from smallsteps.methods import Method as Method
    from smallsteps.methods import make_method as make_method
    from smallsteps.records import Rationale as Rationale
    from smallsteps.records import Record as Record
    from smallsteps.records import Segment as Segment
    from smallsteps.records import read_records as read_records
    from smallsteps.records import write_records as write_records
    from smallsteps.scoring.evaluate import judge_answers as judge_answers
    from smallsteps.scoring.evaluate import score_outcomes as score_outcomes
    from smallsteps.segment import Strategy as Strategy
    from smallsteps.tasks import Task as Task
    from smallsteps.tasks import get_task as get_task
    from smallsteps.teachers import Teacher as Teacher
    from smallsteps.training.settings import Budget as Budget
    from smallsteps.training.settings import Training as Training
    from smallsteps.training.train import train as train_student
    from smallsteps.views import Mark as Mark
    from smallsteps.views import Piece as Piece
    from smallsteps.views import View as View

__version__ = "0.1.0"

_HOMES = {
    "decoding.answering": ("answer_questions", "load_trained"),
    "decoding.settings": ("Decoding",),
    "engine.student": ("load_student",),
    "formats": ("Format",),
    "generators": ("Generator",),
    "methods": ("Method", "make_method"),
    "records": ("Rationale", "Record", "Segment", "read_records", "write_records"),
    "scoring.evaluate": ("judge_answers", "score_outcomes"),
    "segment": ("Strategy",),
    "tasks": ("Task", "get_task"),
    "teachers": ("Teacher",),
    "training.settings": ("Budget", "Training"),
    "training.train": ("train_student",),
    "views": ("Mark", "Piece", "View"),
}
_RENAMED = {"train_student": "train"}  # `smallsteps.training.train` is the module of that name
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Budget", "Decoding", "Format", "Generator", "Mark", "Method", "Piece", "Rationale", "Record", "Segment",
    "Strategy", "Task", "Teacher", "Training", "View", "answer_questions", "get_task", "judge_answers", "load_student",
    "load_trained", "make_method", "read_records", "score_outcomes", "train_student", "write_records",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A public name from its module, on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'smallsteps' has no attribute '{name}'; its names are {', '.join(__all__)}")
    return getattr(import_module(f"smallsteps.{_MODULE_OF[name]}"), _RENAMED.get(name, name))


def __dir__() -> list[str]:
    return [*globals(), *__all__]

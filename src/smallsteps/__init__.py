"""Teach small language models to reason by distilling chains of thought, and prove which way works.

The names below are the public API; each is imported from its module on first use, so that `import smallsteps` is
instant. Everything else may change between versions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallsteps.api.corpora import generate_corpus as generate_corpus
    from smallsteps.api.corpora import import_corpus as import_corpus
    from smallsteps.api.runs import Leaderboard as Leaderboard
    from smallsteps.api.runs import RunResults as RunResults
    from smallsteps.api.runs import compare as compare
    from smallsteps.api.runs import load_run as load_run
    from smallsteps.api.students import TrainedStudent as TrainedStudent
    from smallsteps.api.students import load_trained as load_trained
    from smallsteps.api.students import train_student as train_student
    from smallsteps.decoding.answering import answer_questions as answer_questions
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
    from smallsteps.views import Mark as Mark
    from smallsteps.views import Piece as Piece
    from smallsteps.views import View as View

__version__ = "0.1.0"

_HOMES = {
    "api.corpora": ("generate_corpus", "import_corpus"),
    "api.runs": ("Leaderboard", "RunResults", "compare", "load_run"),
    "api.students": ("TrainedStudent", "load_trained", "train_student"),
    "decoding.answering": ("answer_questions",),
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
    "views": ("Mark", "Piece", "View"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Budget", "Decoding", "Format", "Generator", "Leaderboard", "Mark", "Method", "Piece", "Rationale", "Record",
    "RunResults", "Segment", "Strategy", "Task", "Teacher", "TrainedStudent", "Training", "View",
    "answer_questions", "compare", "generate_corpus", "get_task", "import_corpus", "judge_answers", "load_run",
    "load_student", "load_trained", "make_method", "read_records", "score_outcomes", "train_student",
    "write_records",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A public name from its module, on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'smallsteps' has no attribute '{name}'; its names are {', '.join(__all__)}")
    return getattr(import_module(f"smallsteps.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]

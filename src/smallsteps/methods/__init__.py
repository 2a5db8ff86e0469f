"""Methods: what a record becomes for training, how a question is asked, how the output is read."""

from smallsteps.methods._curriculum import Schedule
from smallsteps.methods._demonstrations import (
    DemonstrationPool,
    demonstration_count,
    demonstration_pool,
    refuse_test_questions,
)
from smallsteps.methods._method import (
    METHODS,
    Draw,
    Finish,
    Marks,
    Method,
    Output,
    Session,
    Stop,
    Writer,
    Written,
    check_trainable,
    make_method,
)
from smallsteps.methods._needs import (
    OUT_OF_FOLD,
    SHOWN_BEFORE,
    Arm,
    Demonstrations,
    Folds,
    Need,
    Segments,
    Vectors,
    vector_key,
)

__all__ = [
    "METHODS",
    "OUT_OF_FOLD",
    "SHOWN_BEFORE",
    "Arm",
    "DemonstrationPool",
    "Demonstrations",
    "Draw",
    "Finish",
    "Folds",
    "Marks",
    "Method",
    "Need",
    "Output",
    "Schedule",
    "Segments",
    "Session",
    "Stop",
    "Vectors",
    "Writer",
    "Written",
    "check_trainable",
    "demonstration_count",
    "demonstration_pool",
    "make_method",
    "refuse_test_questions",
    "vector_key",
]

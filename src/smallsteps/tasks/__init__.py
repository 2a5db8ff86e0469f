"""Tasks: how answers are read and compared, one file each."""

from smallsteps.tasks._task import TASKS, Task, get_task

__all__ = ["TASKS", "Task", "get_task"]

"""Tasks: how answers are read and compared, one file each."""

from smallsteps.tasks._kinds import DateTask, LetterTask, NumberTask, StringTask, YesNoTask
from smallsteps.tasks._task import TASKS, Task, get_task, read_gold

__all__ = ["TASKS", "DateTask", "LetterTask", "NumberTask", "StringTask", "Task", "YesNoTask", "get_task", "read_gold"]

"""Teachers: writers of rationales, one file each."""

from smallsteps.teachers._faults import fault_of, without_key
from smallsteps.teachers._replies import read_reply
from smallsteps.teachers._teacher import (
    TEACHERS,
    Ask,
    Demonstration,
    Endpoint,
    Fault,
    Prompt,
    PromptedTeacher,
    Reply,
    Sample,
    Teacher,
    chat_messages,
    plain_prompt,
)

__all__ = [
    "TEACHERS",
    "Ask",
    "Demonstration",
    "Endpoint",
    "Fault",
    "Prompt",
    "PromptedTeacher",
    "Reply",
    "Sample",
    "Teacher",
    "chat_messages",
    "fault_of",
    "plain_prompt",
    "read_reply",
    "without_key",
]

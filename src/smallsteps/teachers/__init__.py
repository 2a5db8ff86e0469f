"""Writers of rationales, one file each."""

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
    "plain_prompt",
]

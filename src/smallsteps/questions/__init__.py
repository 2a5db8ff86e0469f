"""When two questions are the same one: the key of a question, and the words that a prompt puts around it."""

from smallsteps.questions.key import question_key
from smallsteps.questions.wrapping import sentence_keys, unwrapped

__all__ = ["question_key", "sentence_keys", "unwrapped"]

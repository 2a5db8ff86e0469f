"""Teach small language models to reason by distilling chains of thought, and prove which way works."""

__version__ = "0.1.0"

"""Kinds of answers and how each is read: numbers, choice letters, yes and no, strings of letters, dates, names."""

from smallsteps.text.kinds._kind import Kind, Named, Verbatim

__all__ = ["Kind", "Named", "Verbatim"]

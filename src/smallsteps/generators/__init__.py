"""Generators of questions with known answers, one file per task."""

from smallsteps.generators._generator import GENERATORS, Generator, Part, make_generator, part_of

__all__ = ["GENERATORS", "Generator", "Part", "make_generator", "part_of"]

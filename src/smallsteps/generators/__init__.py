"""Generated questions with known answers, one file a task."""

from smallsteps.generators._generator import GENERATORS, Generator, Part, make_generator, part_of

__all__ = ["GENERATORS", "Generator", "Part", "make_generator", "part_of"]

"""The process in which math-verify runs: a JSON pair of expressions a line in, whether they are the same a line out."""

from __future__ import annotations

import contextlib
import json
import sys

_MEMORY_BYTES = 4 << 30


def main() -> None:
    """Compare pairs until the input ends."""
    from math_verify import parse, verify

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    for line in sys.stdin:
        pair = [parse(f"${one.strip('$ ')}$", parsing_timeout=None) for one in json.loads(line)]
        same = any(verify(a, b, timeout_seconds=None) for a, b in (pair, pair[::-1]))
        sys.stdout.write(json.dumps(bool(same)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

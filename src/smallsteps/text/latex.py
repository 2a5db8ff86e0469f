"""Whether two LaTeX expressions are worth the same, decided by math-verify in a process that can be killed."""

from __future__ import annotations

import atexit
import importlib.util
import json
import re
import select
import subprocess
import sys
from functools import cache

from smallsteps.errors import OptionError, WorkError

SECONDS = 6.0
"""How long one comparison may take; the first one also loads the library."""
_FIRST_SECONDS = 60.0
_LOOSE = re.compile(r"\\left\b|\\right\b|\\[!,;: ]|\\displaystyle\b|[\s$]")


class UndecidedError(WorkError):
    """Two expressions could not be compared in time, such as `9^{9^{9^{9}}}` with a number."""


def same_latex(a: str, b: str) -> bool:
    """Whether two expressions are worth the same. Raises UndecidedError where that takes too long.

    Raises OptionError where math-verify is not installed.
    """
    if normal(a) == normal(b):
        return True
    return _worker().same(a, b)


def normal(text: str) -> str:
    """An expression without what changes its look alone."""
    return _LOOSE.sub("", text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")).rstrip(".")


class _Worker:
    """The process that compares; it is started when first needed, and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        atexit.register(self.stop)

    def same(self, a: str, b: str) -> bool:
        seconds = SECONDS if self._process is not None else _FIRST_SECONDS
        process = self._process = self._process or _started()
        assert process.stdin is not None and process.stdout is not None, "both are pipes"
        try:
            process.stdin.write(json.dumps([a, b]) + "\n")
            process.stdin.flush()
            answered, _, _ = select.select([process.stdout], [], [], seconds)
            line = process.stdout.readline() if answered else ""
        except BrokenPipeError:
            line = ""
        if not line:
            self.stop()
            raise UndecidedError(f"'{a[:60]}' and '{b[:60]}' could not be compared within {seconds:g} seconds")
        return bool(json.loads(line))

    def stop(self) -> None:
        """Kill the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@cache
def _worker() -> _Worker:
    return _Worker()


def _started() -> subprocess.Popen[str]:
    if importlib.util.find_spec("math_verify") is None:
        raise OptionError("the task 'math' compares LaTeX with math-verify, which is not installed; run "
                          "pip install 'smallsteps[math]'")  # fmt: skip
    code = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
    file = importlib.util.find_spec("smallsteps.text.latex_worker")
    assert file is not None and file.origin is not None, "it lies beside this file"
    return subprocess.Popen([sys.executable, "-c", code, file.origin], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, encoding="utf-8")  # fmt: skip

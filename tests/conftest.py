"""What tests share."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, and tiny models' threads only wait

import pytest

import nudge

nudge.install()

os.environ["SMALLSTEPS_CACHE"] = tempfile.mkdtemp(prefix="smallsteps-tests-")  # never the cache of whoever runs them
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    folder = ROOT / os.environ.get("SMALLSTEPS_DATA", "../shared/data/raw")
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; name the folder in SMALLSTEPS_DATA")
    return folder

"""What an arm ran on: versions of packages and the hardware, kept in the arm's folder."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ENVIRONMENT = "environment.json"
PACKAGES = ("smallsteps", "torch", "transformers", "accelerate", "tokenizers", "numpy", "scipy", "statsmodels")


def environment() -> dict[str, str]:
    """Versions and hardware of this process, by name, in the order in which a report shows them."""
    import torch

    found = {name: _version(name) for name in PACKAGES}
    found |= {"Python": platform.python_version(), "system": platform.platform(terse=True)}
    found |= {"processor": _processor(), "cores": str(_cores()), "threads": str(torch.get_num_threads())}
    if torch.cuda.is_available():
        found |= {"GPU": torch.cuda.get_device_name(), "CUDA": str(torch.version.cuda)}
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cores() -> int:
    """The cores that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    """The processor's model, as Linux tells it, else as Python does."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()

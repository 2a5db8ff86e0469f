"""Results of the self-check, kept by what they depend on: model, tokenizer, method, machine and versions.

A study checks a pretrained student once, not again for every seed and tuning trial. Files lie in `SMALLSTEPS_CACHE`,
by default in `smallsteps` below the user's cache folder; they can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from smallsteps.engine.student import SMALL, Student
from smallsteps.errors import FileError
from smallsteps.methods import Method
from smallsteps.records import content_hash, read_json, write_json
from smallsteps.training.self_check import Check

SAMPLED = 4096  # numbers of each parameter that go into a student's fingerprint


def cache_folder() -> Path:
    """Where results are kept."""
    own = os.environ.get("SMALLSTEPS_CACHE")
    base = Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smallsteps"
    return base / "self-checks"


def check_key(student: Student, method: Method, *settings: Any) -> str | None:
    """What a check's result depends on, as a file name; None for a tiny student, whose check takes no time."""
    import transformers

    if student.parameters < SMALL:
        return None
    device = next(student.model.parameters()).device
    machine = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    versions = (torch.__version__, transformers.__version__)
    return content_hash(fingerprint(student), type(method).__name__, asdict(method), machine, versions, settings)


def fingerprint(student: Student) -> str:
    """The identity of a student by content: its configuration, its tokenizer, and a sample of each parameter."""
    digest = hashlib.sha256()
    config = student.model.config.to_dict()
    config.pop("_name_or_path", None)
    digest.update(json.dumps(config, sort_keys=True, default=str).encode())
    digest.update(json.dumps(student.tokenizer.get_vocab(), sort_keys=True).encode())
    digest.update(repr(student.template).encode())
    with torch.no_grad():
        for name, parameter in student.model.named_parameters():
            flat = parameter.detach().flatten()
            some = flat[:: max(1, len(flat) // SAMPLED)].float().cpu().numpy().tobytes()
            digest.update(f"{name} {tuple(parameter.shape)} {parameter.dtype} {flat.float().sum():.9e}".encode() + some)
    return digest.hexdigest()[:16]


def kept_check(key: str | None) -> Check | None:
    """The result kept under a key; None where there is none, or none that can be read."""
    path = cache_folder() / f"{key}.json"
    if key is None or not path.is_file():
        return None
    try:
        return Check(**read_json(path))
    except (FileError, TypeError):  # written by another version, or cut off: it is made anew
        return None


def keep_check(key: str | None, check: Check) -> None:
    """Keep a result; a folder that cannot be written to only means that the next run checks again."""
    if key is None:
        return
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        write_json(cache_folder() / f"{key}.json", asdict(check))
    except (OSError, FileError):
        return

"""A vector for each rationale, by its meaning, and the files that keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from smallsteps.errors import InputError
from smallsteps.needs import vector_key
from smallsteps.records import Record


def lsa_vectors(records: Sequence[Record], width: int) -> dict[str, np.ndarray]:
    """Latent semantic analysis: TF-IDF reduced by SVD to `width` numbers, centred over the corpus, float32.

    Raises InputError for a corpus with fewer than two rationales.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    keys = [vector_key(record.id, index) for record in records for index in range(len(record.rationales))]
    texts = [rationale.text for record in records for rationale in record.rationales]
    if len(texts) < 2:
        raise InputError("vectors of rationales take a corpus with at least 2 rationales")
    weights = TfidfVectorizer(token_pattern=r"\S+").fit_transform(texts)
    reduced = TruncatedSVD(min(width, min(weights.shape) - 1), random_state=0).fit_transform(weights)
    centred = (reduced - reduced.mean(0)).astype(np.float32)
    return dict(zip(keys, centred, strict=True))


def write_vectors(path: Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Keep vectors on disk; the file appears whole or not at all."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(dict(vectors), part)
    part.replace(path)


def read_vectors(path: Path) -> dict[str, np.ndarray]:
    """The vectors that a file keeps."""
    from safetensors.numpy import load_file

    return dict(load_file(path))

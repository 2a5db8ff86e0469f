"""A vector for each rationale, by its meaning, and the files that keep them. Nothing here needs torch.

Whatever makes them, vectors are centred over the corpus and share one scale: their coordinates have a mean square of 1,
so that answering with their mean costs a mean squared error of 1. Uncentred ones all point the same way, and a cosine
to them starts near its best value.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from smallsteps.errors import InputError, OptionError
from smallsteps.methods import vector_key
from smallsteps.records import Record, unit_interval

Embed = Callable[[Sequence[str]], np.ndarray]
SENTENCE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def rationale_vectors(records: Sequence[Record], embed: Embed) -> dict[str, np.ndarray]:
    """The vector of every rationale, float32, by its key: what `embed` makes of its text, centred and scaled.

    `embed` turns N distinct texts into an array [N, D]; each text counts once for the centre, however often it occurs.
    Raises InputError for fewer than two distinct rationales.
    """
    texts = sorted({rationale.text for record in records for rationale in record.rationales})
    if len(texts) < 2:
        raise InputError(f"vectors of rationales take at least 2 different rationales, the corpus has {len(texts)}")
    row = dict(zip(texts, centred(embed(texts)), strict=True))
    return {
        vector_key(record.id, rationale.text): row[rationale.text]
        for record in records
        for rationale in record.rationales
    }


def centred(vectors: np.ndarray) -> np.ndarray:
    """Vectors [N, D] moved so that their mean is 0 and scaled so that their mean square is 1, float32."""
    moved = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    scale = math.sqrt(float(np.square(moved).mean()))
    return np.asarray(moved / scale if scale > 0 else moved, np.float32)


def lsa_vectors(texts: Sequence[str], width: int) -> np.ndarray:
    """Latent semantic analysis: TF-IDF weights [N, words] reduced by SVD to [N, width] (fewer for a tiny corpus)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(token_pattern=r"\S+").fit_transform(texts)
    width = max(1, min(width, min(weights.shape) - 1))
    return np.asarray(TruncatedSVD(width, random_state=0).fit_transform(weights))


def sentence_vectors(texts: Sequence[str], model: str = "") -> np.ndarray:
    """What a sentence-transformers model, by id or folder, makes of texts: [N, D].

    Raises OptionError where the package is not installed and where the model cannot be loaded.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise OptionError("target = 'sentence-transformer': sentence-transformers is not installed; add it with pip "
                          "install 'smallsteps[sentence-transformers]', or take the target lsa") from None  # fmt: skip
    name = model or SENTENCE_MODEL
    try:
        encoder = SentenceTransformer(name)
    except Exception as error:  # a wrong id, no network, a folder with another content: each fails in its own way
        reason = str(error).partition("\n")[0]
        raise OptionError(f"target = 'sentence-transformer:{name}' cannot be loaded ({reason}); check the id, the "
                          "folder and the network, or take the target lsa") from None  # fmt: skip
    return np.asarray(encoder.encode(list(texts), show_progress_bar=False))


def shuffled_vectors(records: Sequence[Record], vectors: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Each question with the vectors of another one, by a random cycle through the questions: the control.

    A question's n-th rationale gets the other's n-th vector (counted round where it has fewer).
    Raises InputError for fewer than two questions with rationales.
    """
    telling = [record for record in records if record.rationales]
    if len(telling) < 2:
        raise InputError("shuffled targets take at least 2 questions with rationales")
    order = sorted(telling, key=lambda record: unit_interval("shuffle", seed, record.id))
    shuffled = {}
    for record, other in zip(order, [*order[1:], order[0]], strict=True):
        lent = [vectors[vector_key(other.id, rationale.text)] for rationale in other.rationales]
        for index, rationale in enumerate(record.rationales):
            shuffled[vector_key(record.id, rationale.text)] = lent[index % len(lent)]
    return shuffled


def write_vectors(path: Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Keep vectors on disk as one matrix with its keys; the file appears whole or not at all."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    save_file({"vectors": np.stack(list(vectors.values()))}, part, {"keys": json.dumps(list(vectors))})
    part.replace(path)


def read_vectors(path: Path) -> dict[str, np.ndarray]:
    """The vectors that a file keeps."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        keys = json.loads(file.metadata()["keys"])
        return dict(zip(keys, file.get_tensor("vectors"), strict=True))

"""`diverse`: one rationale from each of k clusters of a question's rationales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.records import Record
from smallsteps.selection._identity import content_of, draws, kept
from smallsteps.selection.options import SelectionOptions

if TYPE_CHECKING:
    import numpy as np

EMBEDDINGS = ("tfidf", "sentence-transformers")
_SENTENCE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def select(records: Sequence[Record], wanted: SelectionOptions) -> list[Record]:
    """One random rationale from each of k agglomerative clusters (average linkage, cosine distance) per question.

    Embeddings: `tfidf` over the words and word pairs of the whole corpus, `sentence-transformers` with its default
    model, or `sentence-transformers:MODEL`. Raises UnknownNameError for others, OptionError if one is not installed.
    """
    many = [record for record in records if len(record.rationales) > wanted.k]
    texts = sorted({rationale.text for record in many for rationale in record.rationales})
    vectors = dict(zip(texts, embed(texts, wanted.embeddings), strict=True)) if texts else {}
    chosen = {id(record): _from_clusters(record, vectors, wanted) for record in many}
    return [chosen.get(id(record), record) for record in records]


def embed(texts: Sequence[str], embeddings: str) -> Any:
    """A unit vector per text (zero for a text without words): an array [texts, width]."""
    kind, _, model = embeddings.partition(":")
    if kind not in EMBEDDINGS or (model and kind == "tfidf"):
        raise UnknownNameError("kind of embeddings", embeddings, EMBEDDINGS)
    return _tfidf(texts) if kind == "tfidf" else _sentences(texts, model or _SENTENCE_MODEL)


def _tfidf(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[^\s]+")
    if not any(text.strip() for text in texts):
        return [[0.0]] * len(texts)
    return vectorizer.fit_transform(texts)


def _sentences(texts: Sequence[str], model: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise OptionError("sentence-transformers is not installed; run pip install "
                          "'smallsteps[sentence-transformers]', or use tfidf") from None  # fmt: skip
    return SentenceTransformer(model).encode(list(texts), normalize_embeddings=True)


def _from_clusters(record: Record, vectors: dict[str, Any], wanted: SelectionOptions) -> Record:
    order = sorted(range(len(record.rationales)), key=lambda place: str(content_of(record.rationales[place])))
    labels = clusters([vectors[record.rationales[place].text] for place in order], wanted.k)
    drawn = draws(record, wanted.seed, "diverse")
    chosen: dict[int, int] = {}
    for place, label in zip(order, labels, strict=True):
        best = chosen.get(label)
        if best is None or drawn[place] < drawn[best]:
            chosen[label] = place
    return replace(record, rationales=kept(record, list(chosen.values())))


def clusters(vectors: Sequence[Any], count: int) -> list[int]:
    """The cluster of each vector, `count` of them, by agglomerative clustering of cosine distances."""
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=count, metric="precomputed", linkage="average")
    return [int(label) for label in model.fit_predict(_distances(vectors))]


def _distances(vectors: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Cosine distances [n, n] of unit vectors; a zero vector is at distance 1 from everything but itself."""
    import numpy as np
    from scipy import sparse

    if sparse.issparse(vectors[0]):
        rows = sparse.vstack(vectors)
        alike = np.asarray((rows @ rows.T).todense())
    else:
        dense = np.asarray(vectors)
        alike = dense @ dense.T
    distances = np.clip(1.0 - alike, 0.0, 2.0)
    distances = np.round((distances + distances.T) / 2, 12)
    np.fill_diagonal(distances, 0.0)
    return distances

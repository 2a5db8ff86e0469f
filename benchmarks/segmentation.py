"""Clauses scored per second: all clauses of a question in one pass, against one pass a clause in batches of 24.

The peer does what the released code of AS-ES learning does: every clause is an example of its own, question and clause
in a padded batch of 24, logits and a softmax over the whole vocabulary at every place that the model predicts. Both run
on the same scorer in the same run, and must find the same entropies. The token ratio bounds what reading every question
once can save: tokens of all examples over tokens with each question counted once. CPU seconds of this process, one
thread; both sides are charged for tokenising.

    python benchmarks/segmentation.py --corpus date.jsonl=SCORER --corpus gsm8k.jsonl=SCORER --limit 100

A scorer is the folder of a student that was taught x -> rationale (`smallsteps train`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch

from smallsteps.decoding.scorer import StudentScorer, load_scorer
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView, encode_view
from smallsteps.methods import Method
from smallsteps.records import Record, read_records
from smallsteps.text.clauses import split_clauses
from smallsteps.views import Piece, View

BATCH = 24

Clauses = list[list[list[str]]]


@dataclass(frozen=True)
class Measure:
    """What one side took and found."""

    seconds: float
    entropies: list[float]


def clauses_of(records: Sequence[Record]) -> Clauses:
    """The clauses of every rationale."""
    return [
        [[one.text[start:end] for start, end in split_clauses(one.text)] for one in record.rationales]
        for record in records
    ]


def run_ours(scorer: StudentScorer, records: Sequence[Record], clauses: Clauses, block: int = 64) -> list[float]:
    """All clauses of a question in one pass."""
    found = []
    for start in range(0, len(records), block):
        some = slice(start, start + block)
        measured = scorer.measure(records[some], clauses[some], "question")
        found += [one.entropy for record in measured for rationale in record for one in rationale]
    return found


@torch.inference_mode()
def run_peer(student: Student, method: Method, records: Sequence[Record], clauses: Clauses) -> list[float]:
    """One example a clause, in padded batches of 24, in the order of the corpus."""
    views = list(examples(student, method, records, clauses))
    found: list[float] = []
    for start in range(0, len(views), BATCH):
        found += padded_entropies(student, views[start : start + BATCH])
    return found


def examples(student: Student, method: Method, records: Sequence[Record], clauses: Clauses) -> list[EncodedView]:
    """Question and clause as token ids, one example a clause."""
    views = [
        View(record.id, "clause", method.prompt(record, "main"), (Piece(" " + clause.lstrip()),), ends=False)
        for record, rationales in zip(records, clauses, strict=True)
        for rationale in rationales
        for clause in rationale
    ]
    return [encode_view(student.tokenizer, student.template, view) for view in views]


def padded_entropies(student: Student, views: Sequence[EncodedView]) -> list[float]:
    """Σ entropy over each clause's tokens from one padded forward pass."""
    tokens, mask = padded([view.tokens.tolist() for view in views])
    learnt, _ = padded([(view.weights > 0).astype(int).tolist() for view in views])
    if student.architecture.split:
        source, source_mask = padded([view.source.tolist() for view in views])
        start = torch.full_like(tokens[:, :1], student.model.config.decoder_start_token_id)
        shifted = torch.cat([start, tokens[:, :-1]], dim=1)
        logits = student.model(input_ids=source, attention_mask=source_mask, decoder_input_ids=shifted).logits
        mine = learnt.bool()
    else:
        logits = student.model(input_ids=tokens, attention_mask=mask).logits[:, :-1]
        mine = learnt[:, 1:].bool()
    logs = logits.log_softmax(-1)
    entropies = -(logs.exp() * logs).sum(-1)
    return list((entropies * mine).sum(-1).tolist())


def padded(sequences: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, padded at the right."""
    width = max(map(len, sequences))
    ids = torch.tensor([[*some, *[0] * (width - len(some))] for some in sequences])
    return ids, torch.tensor([[1] * len(some) + [0] * (width - len(some)) for some in sequences])


def token_ratio(views: Sequence[EncodedView]) -> float:
    """Tokens of all examples over those left when every question is read once: what sharing the question can save."""
    total = sum(len(view.source) + len(view.tokens) for view in views)
    prompts = {view.record_id: total_prompt(view) for view in views}
    clauses = sum(int((view.weights > 0).sum()) for view in views)
    return total / (sum(prompts.values()) + clauses)


def total_prompt(view: EncodedView) -> int:
    """The tokens of a view that are its question's."""
    return len(view.source) + int((view.weights == 0).sum())


def timed(work: Callable[[], list[float]], repeats: int) -> Measure:
    """The best of some runs, in CPU seconds of this process."""
    best, found = float("inf"), []
    for _ in range(repeats):
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return Measure(best, found)


def compare(corpus: Path, folder: Path, limit: int, repeats: int) -> str:
    """One row of the table."""
    scorer = load_scorer(folder)
    student, method = scorer.student, scorer.method
    records = list(islice(read_records(corpus), limit))
    clauses = clauses_of(records)
    count = sum(len(rationale) for rationales in clauses for rationale in rationales)
    run_ours(scorer, records[:4], clauses[:4])  # the first-use check of the forest
    run_peer(student, method, records[:4], clauses[:4])
    sides = [timed(lambda: run_peer(student, method, records, clauses), repeats),
             timed(lambda: run_ours(scorer, records, clauses), repeats)]  # fmt: skip
    peer, ours = sides
    gap = max(abs(a - b) / max(abs(a), 1e-6) for a, b in zip(peer.entropies, ours.entropies, strict=True))
    assert gap < 1e-3, f"the two sides differ by {gap:.1e}"
    bound = token_ratio(examples(student, method, records, clauses))
    speed = peer.seconds / ours.seconds
    kind = "encoder-decoder" if student.architecture.split else "decoder-only"
    speeds = (f"{count / peer.seconds:.0f}", f"{count / ours.seconds:.0f}", f"{speed:.2f}", f"{bound:.2f}")
    cells = (corpus.stem, kind, f"{student.parameters / 1e6:.1f}M", count, *speeds, f"{100 * speed / bound:.0f} %")
    return "| " + " | ".join(map(str, (*cells, f"{gap:.0e}"))) + " |"


def main() -> None:
    """Print a table, one row a corpus and scorer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", action="append", required=True, metavar="CORPUS=SCORER")
    parser.add_argument("--limit", type=int, default=100, help="questions of each corpus")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| corpus | student | parameters | clauses | peer, clauses/s | ours, clauses/s | ratio | token ratio | "
          "share | largest difference |")  # fmt: skip
    print("|---" * 10 + "|")
    for pair in options.corpus:
        corpus, _, scorer = pair.partition("=")
        print(compare(Path(corpus), Path(scorer), options.limit, options.repeats), flush=True)


if __name__ == "__main__":
    main()

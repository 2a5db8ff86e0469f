"""The scorer: a trained student that measures every clause of every rationale of a question in one pass.

All clauses of a question share its beginning, so the question is read once: as the trunk of a token forest, or as one
source of an encoder. The released code of AS-ES runs one pass a clause. A token's entropy is −Σ_v p log p and its loss
−log p of the next-token distribution at temperature 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from smallsteps.engine.batches import Layout, Row, forest_row, padded_row, shared_row
from smallsteps.engine.encoder_decoder import start_token
from smallsteps.engine.forest import build_forest, pack
from smallsteps.engine.packed_targets import packed_row, packed_rows
from smallsteps.engine.relative_positions import counts_relatively
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView, encode_siblings, encode_view
from smallsteps.errors import FileError, InputError
from smallsteps.methods import Method, demonstration_count
from smallsteps.records import Record
from smallsteps.segment import Context, Measured
from smallsteps.tensors.device import AUTO, device_of
from smallsteps.training.losses import Mix
from smallsteps.training.self_check import check_layouts
from smallsteps.views import Piece, View

_LOGITS_GPU, _LOGITS_CPU = 2**25, 2**16  # numbers turned into entropies at once: on a CPU what its cache holds


@dataclass(frozen=True)
class Place:
    """Where a view's findings belong: record, rationale, and the clause of its first supervised piece."""

    record: int
    rationale: int
    clause: int


class StudentScorer:
    """A student that was taught x → rationale, measuring clauses in the words of its method's prompt.

    row_tokens bounds one clause with all before it, pass_tokens one forward pass. The student's own tokenizer reads the
    clauses, so it need not share the vocabulary of the student that will be taught. `passes` and `tokens` count the
    forward passes run and the tokens that they held, padding included.
    """

    def __init__(
        self, student: Student, method: Method, row_tokens: int | None = None, pass_tokens: int | None = None
    ) -> None:
        on_gpu = device_of(student.model).type == "cuda"
        self.student, self.method = student, method
        self.row_tokens = row_tokens or (8192 if on_gpu else 1024)
        self.pass_tokens = pass_tokens or max(self.row_tokens, 16384 if on_gpu else 2048)
        self.passes = self.tokens = 0
        self._layout: Layout | None = None if student.architecture.layout == "forest" else student.architecture.layout
        self._packed: bool | None = None

    @torch.inference_mode()
    def measure(
        self, records: Sequence[Record], clauses: Sequence[Sequence[Sequence[str]]], context: Context
    ) -> list[list[list[Measured]]]:
        """What was found for each clause of each rationale of each record, given as texts.

        `question`: a clause follows the question alone. `growing`: it also follows the clauses before it.
        Raises InputError for a clause that is longer than a row, naming its record.
        """
        found = [[[Measured(0.0, 0.0, 0)] * len(texts) for texts in rationales] for rationales in clauses]
        groups: list[list[EncodedView]] = []
        places: dict[str, list[Place]] = {}
        for number, (record, rationales) in enumerate(zip(records, clauses, strict=True)):
            group = self._views(record, number, rationales, context, places)
            groups += [group] if group else []
        layout = self._checked_layout(groups)
        for row, parts in self._rows(layout, groups):
            self.passes += 1
            self.tokens += int(row.tensors["size"])
            for part, owner, one in _findings(self.student, row, parts):
                for place in places[part]:
                    found[place.record][place.rationale][place.clause + owner] = one
        return found

    def _views(
        self,
        record: Record,
        number: int,
        rationales: Sequence[Sequence[str]],
        context: Context,
        places: dict[str, list[Place]],
    ) -> list[EncodedView]:
        """The views of one question, each in a part of its own whose name leads to the places of its findings.

        The weight of a token is 1 + the number of its clause within the view. Equal views are one.
        """
        texts: dict[tuple[str, ...], list[Place]] = {}
        for which, clauses in enumerate(rationales):
            if context == "growing":
                texts.setdefault(tuple(clauses), []).append(Place(number, which, 0))
                continue
            for first, clause in enumerate(clauses):
                texts.setdefault((clause.lstrip(),), []).append(Place(number, which, first))
        prompt = self.method.prompt(record, self.method.path_names[0])
        views: list[View] = []
        for text, found in texts.items():
            if any(clause.strip() for clause in text):
                part = f"{number}.{len(views)}"
                places[part] = found
                views.append(View(record.id, part, prompt, _pieces(text), ends=False))
        return self._fitting(self._encoded(views, context))

    def _encoded(self, views: list[View], context: Context) -> list[EncodedView]:
        tokenizer, template = self.student.tokenizer, self.student.template
        if context == "question" and views:
            return encode_siblings(tokenizer, template, views)
        return [encode_view(tokenizer, template, view) for view in views]

    def _fitting(self, views: list[EncodedView]) -> list[EncodedView]:
        limit = min(self.row_tokens, self.student.architecture.room(self.student.model) or self.row_tokens)
        for view in views:
            length = len(view.tokens) + len(view.source)
            if length > limit:
                raise InputError(f"record '{view.record_id}': a clause with what stands before it has {length} tokens "
                                 f"and the scorer reads {limit}; shorten the record or leave it out")  # fmt: skip
        return views

    def _checked_layout(self, groups: Sequence[Sequence[EncodedView]]) -> Layout:
        """The forest where it is exact on this student, else padded rows; found out once."""
        if self._layout is None:
            sample = [list(group)[:4] for group in groups[:2]]
            parts = tuple(view.part for group in sample for view in group)
            plain = [[replace(view, weights=np.minimum(view.weights, 1)) for view in group] for group in sample]
            with torch.inference_mode(False), torch.enable_grad():
                check = check_layouts(self.student, plain, Mix(parts, (1.0,) * (len(parts) + 1)))
            self._layout = check.layout
        return self._layout

    def _rows(self, layout: Layout, groups: Sequence[list[EncodedView]]) -> Iterator[tuple[Row, list[str]]]:
        if layout == "forest":
            for lines in pack(groups, self.row_tokens, self.pass_tokens):
                parts = [view.part for line in lines for group in line for view in group]
                yield forest_row([build_forest(line, parts) for line in lines]), parts
            return
        if self.student.architecture.split and self._packs(groups):
            yield from packed_rows(groups, start_token(self.student.model), self.pass_tokens)
            return
        build = padded_row if layout == "padded" else shared_row
        for views in _chunks(groups, self.pass_tokens):
            parts = [view.part for view in views]
            yield build(views, parts), parts

    def _packs(self, groups: Sequence[list[EncodedView]]) -> bool:
        """Whether targets may share a line on this student: compared on a few of them, once."""
        if self._packed is None and not counts_relatively(self.student.model):
            self._packed = False
        if self._packed is None:
            views = max(groups, key=len)[:6] if groups else []
            parts = [view.part for view in views]
            if len(parts) < 2:
                return False  # nothing to share a line with; asked again
            try:
                rows = (packed_row([views], parts, start_token(self.student.model)), shared_row(views, parts))
                packed, shared = (list(_findings(self.student, row, parts)) for row in rows)
                pairs = zip(sorted(packed, key=_name), sorted(shared, key=_name), strict=True)
                self._packed = all(abs(a.nll - b.nll) <= 1e-3 * abs(b.nll) + 1e-6 for (*_, a), (*_, b) in pairs)
            except (TypeError, ValueError, RuntimeError, IndexError):  # a stranger's decoder refuses the mask
                self._packed = False
        return self._packed


def _name(finding: tuple[str, int, Measured]) -> tuple[str, int]:
    return finding[:2]


def load_scorer(folder: Path, device: str = AUTO) -> StudentScorer:
    """A scorer on a device, from the folder of a trained student, an arm or one path.

    Raises FileError where there is none, OptionError for a device that is not available.
    """
    from smallsteps.decoding.answering import load_trained

    method, students, _ = load_trained(folder, device)
    if demonstration_count(method):
        raise FileError(folder, "this student was taught behind demonstrations, and a scorer reads questions alone; "
                        "take one that was taught without")  # fmt: skip
    student = students[method.path_names[0]]
    student.model.eval()
    return StudentScorer(student, method)


def _pieces(clauses: Sequence[str]) -> tuple[Piece, ...]:
    """A target of clauses, opened by one space as every rationale is; the weight tells the clause."""
    texts = [" " + clauses[0].lstrip(), *clauses[1:]]
    return tuple(Piece(text, 1.0 + place) for place, text in enumerate(texts))


def _chunks(groups: Iterable[list[EncodedView]], pass_tokens: int) -> Iterator[list[EncodedView]]:
    """The views of whole questions, as many as fit into a pass with their padding; a big question is cut."""
    chunk: list[EncodedView] = []
    sources: set[bytes] = set()
    source = target = 0
    for group in sorted(groups, key=lambda views: max(len(view.source) + len(view.tokens) for view in views)):
        for view in sorted(group, key=lambda one: len(one.tokens)):
            sources.add(view.source.tobytes())
            source, target = max(source, len(view.source)), max(target, len(view.tokens))
            if chunk and source * len(sources) + target * (len(chunk) + 1) > pass_tokens:
                yield chunk
                chunk, sources = [], {view.source.tobytes()}
                source, target = len(view.source), len(view.tokens)
            chunk.append(view)
    if chunk:
        yield chunk


def _findings(student: Student, row: Row, parts: Sequence[str]) -> Iterator[tuple[str, int, Measured]]:
    """For every clause of a pass: its view's part, its number within the view, and what was found."""
    logits, _ = student.architecture.forward(student.model, row.to(device_of(student.model)))
    entropy, nll = (values.cpu().double() for values in _per_token(logits, row.where, row.label))
    owner = row.weight.round().long() - 1
    width = int(owner.max()) + 1
    cells, place = torch.unique(row.part * width + owner, return_inverse=True)
    sums = torch.zeros(len(cells), 3, dtype=torch.float64)
    sums.index_add_(0, place, torch.stack([entropy, nll, torch.ones_like(nll)], dim=1))
    for cell, (one, other, count) in zip(cells.tolist(), sums.tolist(), strict=True):
        yield parts[cell // width], cell % width, Measured(one, other, int(count))


def _per_token(logits: Tensor, where: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """Entropy [S] and −log p [S] of supervised tokens, in nats, from the logits [K, V] that predict them."""
    where, label = where.to(logits.device), label.to(logits.device)
    entropies, norms = [], []
    for some in torch.split(logits, max(1, (_LOGITS_GPU if logits.is_cuda else _LOGITS_CPU) // logits.shape[1])):
        logs = torch.log_softmax(some.float(), dim=-1)
        norms.append(some[:, 0].float() - logs[:, 0])
        entropies.append(-torch.linalg.vecdot(logs.exp(), logs))
    nll = torch.cat(norms)[where] - logits[where, label].float()
    return torch.cat(entropies)[where], nll

"""The page on which people accept, reject and mend the rationales of a corpus."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from smallsteps.records import Rationale
from smallsteps.review.corrections import CorrectionStore, Decision, first_open
from smallsteps.review.judgements import Standing
from smallsteps.review.pages import form_of, make_app, rater_of, render, undo_route
from smallsteps.review.suspicion import Item

_TITLE = "Review a corpus"


def corpus_app(items: Sequence[Item], store: CorrectionStore, hosts: frozenset[str], token: str | None) -> Starlette:
    """The application over the items of a corpus."""
    known = {item.id: item for item in items}

    async def page(request: Request) -> Response:
        rater = rater_of(request)
        if rater is None:
            return render("name.html", title=_TITLE)
        decided = store.decided() & set(known)
        standing = Standing(len(decided), len(items) - len(decided))
        item = first_open(items, decided)
        if item is None:
            return render("done.html", rater=rater, standing=standing, title=_TITLE)
        return render(
            "item.html", rater=rater, standing=standing, item=item, spans=_spans(item.rationale), title=_TITLE
        )

    async def decide(request: Request) -> Response:
        form, rater = await form_of(request), rater_of(request)
        item = known.get(form.get("item", ""))
        if rater is not None and form.get("verdict") == "undo":
            store.undo(rater)
        elif rater is not None and item is not None and form.get("verdict") in ("accept", "reject"):
            store.decide(_decision(item, rater, form))
        return RedirectResponse("/", status_code=303)

    routes = [Route("/", page), Route("/decide", decide, methods=["POST"]), undo_route(store.undo)]
    return make_app(routes, hosts, token)


def _decision(item: Item, rater: str, form: dict[str, str]) -> Decision:
    """A decision from its form: a text or an answer that was changed makes an acceptance an edit."""
    note = form.get("note", "").strip()
    if form["verdict"] == "reject":
        return Decision(item.id, rater, "reject", note=note)
    text = form.get("text", "").replace("\r\n", "\n").strip()
    answer = form.get("answer", "").strip()
    new_text = text if text and text != item.rationale.text.strip() else None
    new_answer = answer if answer != (item.rationale.answer or "") and answer else None
    verdict = "accept" if new_text is None and new_answer is None else "edit"
    return Decision(item.id, rater, verdict, new_text, new_answer, note)  # type: ignore[arg-type]


def _spans(rationale: Rationale) -> list[tuple[str, str]]:
    """The text cut at its segments, each part with its kind ("" outside of all)."""
    parts, at = [], 0
    for segment in sorted(rationale.segments or (), key=lambda one: one.start):
        if segment.start > at:
            parts.append((rationale.text[at : segment.start], ""))
        parts.append((rationale.text[segment.start : segment.end], segment.kind))
        at = segment.end
    return [*parts, (rationale.text[at:], "")] if at < len(rationale.text) else parts

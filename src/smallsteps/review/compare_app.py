"""The page on which people compare two rationales, blind: sides are shuffled and final answers hidden."""

from __future__ import annotations

import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from smallsteps.review.judgements import Judgement, JudgementStore, Winner, is_winner
from smallsteps.review.pages import form_of, make_app, rater_of, render, undo_route
from smallsteps.review.pairs import Pair, a_is_first

_LONGEST_SECONDS = 3600.0


def compare_app(
    store: JudgementStore, hosts: frozenset[str], token: str | None, show_answers: bool = False
) -> Starlette:
    """The application over a store of pairs; `show_answers` shows the final answers that are hidden otherwise."""

    async def page(request: Request) -> Response:
        rater = rater_of(request)
        if rater is None:
            return render("name.html", title="Compare rationales")
        pair = store.next_for(rater)
        standing = store.standing(rater)
        if pair is None:
            return render("done.html", rater=rater, standing=standing, title="Compare rationales")
        first = a_is_first(pair.id, rater)
        return render("pair.html", rater=rater, standing=standing, pair=pair, title="Compare rationales",
                      texts=(pair.a, pair.b) if first else (pair.b, pair.a), show_answers=show_answers,
                      answers=(pair.a_answer, pair.b_answer) if first else (pair.b_answer, pair.a_answer))  # fmt: skip

    async def judge(request: Request) -> Response:
        form, rater = await form_of(request), rater_of(request)
        pair = store.pair(form.get("pair", ""))
        if rater is None or pair is None:
            return RedirectResponse("/", status_code=303)
        if form.get("verdict") == "undo":
            store.undo(rater)
            return RedirectResponse("/", status_code=303)
        winner = _winner(pair, rater, form.get("verdict", ""))
        if winner is None:
            return render("name.html", 400, title="Compare rationales")
        store.judge(Judgement(pair.id, rater, "person", winner, "a" if a_is_first(pair.id, rater) else "b",
                              _seconds(form.get("seconds", "")), time.time()))  # fmt: skip
        return RedirectResponse("/", status_code=303)

    routes = [Route("/", page), Route("/judge", judge, methods=["POST"]), undo_route(store.undo)]
    return make_app(routes, hosts, token)


def _winner(pair: Pair, rater: str, verdict: str) -> Winner | None:
    """Which side a verdict stands for: `1` and `2` are places on the page, the others themselves."""
    if verdict in ("1", "2"):
        return "a" if (verdict == "1") == a_is_first(pair.id, rater) else "b"
    return verdict if verdict in ("tie", "skip") and is_winner(verdict) else None  # type: ignore[return-value]


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), _LONGEST_SECONDS)
    except ValueError:
        return 0.0

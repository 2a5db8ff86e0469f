"""What the two review pages share: templates, the rater's name, and the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from importlib.resources import files
from urllib.parse import parse_qsl, quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from smallsteps.errors import OptionError
from smallsteps.review.guard import LOOPBACK, Guard

_TEMPLATES = Environment(loader=PackageLoader("smallsteps.review"), autoescape=True, undefined=StrictUndefined)
_STATIC = {"review.css": "text/css", "review.js": "text/javascript"}
RATER = "smallsteps_rater"
LONGEST_NAME = 60


def make_app(routes: Sequence[BaseRoute], hosts: frozenset[str], token: str | None) -> Starlette:
    """The application with its guard; `hosts` are the names it answers under."""
    shared = [Route("/static/{name}", _static), Route("/name", _named, methods=["POST"])]
    return Starlette(routes=[*routes, *shared], middleware=[Middleware(Guard, hosts=hosts, token=token)])


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page; every value is escaped."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status_code=status)


def rater_of(request: Request) -> str | None:
    """The name that this browser's rater gave."""
    name = unquote(request.cookies.get(RATER, "")).strip()
    return name[:LONGEST_NAME] or None


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form (url-encoded, as browsers send forms without files)."""
    body = (await request.body()).decode("utf-8", errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def undo_route(undo: Callable[[str], object]) -> Route:
    """Where a rater takes back the last decision."""

    async def take_back(request: Request) -> Response:
        rater = rater_of(request)
        if rater is not None:
            undo(rater)
        return RedirectResponse("/", status_code=303)

    return Route("/undo", take_back, methods=["POST"])


async def _named(request: Request) -> Response:
    name = (await form_of(request)).get("rater", "").strip()[:LONGEST_NAME]
    answer = RedirectResponse("/", status_code=303)
    if name:
        answer.set_cookie(RATER, quote(name), samesite="strict", max_age=90 * 24 * 3600)
    else:
        answer.delete_cookie(RATER)
    return answer


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response(status_code=404)
    text = (files("smallsteps.review") / "static" / name).read_text(encoding="utf-8")
    return Response(text, media_type=_STATIC[name])


def access(host: str, token: str | None) -> tuple[frozenset[str], str | None]:
    """The host names that are answered and the token that is needed: none on this machine alone.

    Raises OptionError for a token that is too short to protect anything.
    """
    if host in LOOPBACK:
        return LOOPBACK, token
    if token is not None and len(token) < 16:
        raise OptionError("--token: at least 16 characters; leave it out and one is made")
    return LOOPBACK | {host}, token or secrets.token_urlsafe(16)


def serve(app: Starlette, host: str, port: int) -> None:
    """Answer requests until Ctrl-C."""
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)

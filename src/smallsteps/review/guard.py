"""Who may talk to the local page: known Host headers, same-site posts, and a token beyond this machine."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
COOKIE = "smallsteps_review"
MOST_BODY_BYTES = 1 << 20
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
Next = Callable[[Request], Awaitable[Response]]


class Guard(BaseHTTPMiddleware):
    """Refuses foreign hosts (DNS rebinding), cross-site posts, large bodies, and requests without the token."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], token: str | None) -> None:
        super().__init__(app)
        self.hosts, self.token = hosts, token

    async def dispatch(self, request: Request, call_next: Next) -> Response:
        """The response of the page, or the reason why there is none."""
        trouble = self._trouble(request)
        if trouble is not None:
            return PlainTextResponse(trouble, status_code=403)
        if self.token is not None and hmac.compare_digest(request.query_params.get("token", ""), self.token):
            opened = RedirectResponse(request.url.path, status_code=303)
            opened.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
            return _sealed(opened)
        return _sealed(await call_next(request))

    def _trouble(self, request: Request) -> str | None:
        host = request.headers.get("host", "")
        if _name(host) not in self.hosts:
            return "This page answers under its own address only."
        if request.method not in ("GET", "HEAD") and not _same_site(request, host):
            return "This post comes from another site."
        if int(request.headers.get("content-length") or 0) > MOST_BODY_BYTES:
            return "The text is too long."
        if self.token is None:
            return None
        given = request.query_params.get("token") or request.cookies.get(COOKIE, "")
        return (
            None
            if hmac.compare_digest(given, self.token)
            else "Open the address that the command printed: it holds the token."
        )


def _name(host: str) -> str:
    return host if host.count(":") > 1 and not host.startswith("[") else (
        host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    )  # fmt: skip


def _same_site(request: Request, host: str) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == host


def _sealed(response: Response) -> Response:
    response.headers["content-security-policy"] = POLICY
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["referrer-policy"] = "same-origin"
    response.headers["cache-control"] = "no-store"
    return response

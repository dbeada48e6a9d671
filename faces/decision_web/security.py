"""Access to the served pages: this computer's browser, opened with the printed address, and nobody else.

A page of another site can make the browser send requests here. Against that stand the ``Host`` check (names that lead
here by DNS rebinding are refused), a cookie that is not sent with requests of other sites, the ``Origin`` check and a
token in each form for what changes something, and headers that let no page be framed or read from outside.
"""

from __future__ import annotations

import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from decision_log.reports.page.render import style_hash

_ENTER = (
    "This page belongs to one browser. Open the address that 'decision-log serve' printed, "
    "with its token; a link from another page does not open it.\n"
)


class Keys:
    """Secrets of one run of the server.

    Parameters
    ----------
    port : int
        Where it listens; part of the cookie's name, as cookies do not tell ports apart.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.token = secrets.token_urlsafe(24)
        self.form = secrets.token_urlsafe(24)
        self._session = secrets.token_urlsafe(32)
        self.cookie = f"decision_log_{port}"
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def lets_in(self, query: str) -> bool:
        """Tell whether an address has the token."""
        given = parse_qs(query).get("token", [""])[0]
        return secrets.compare_digest(given.encode(), self.token.encode())

    def knows(self, cookies: str) -> bool:
        """Tell whether the cookies of a request hold the session."""
        found = SimpleCookie(cookies).get(self.cookie)
        return found is not None and secrets.compare_digest(
            found.value.encode(), self._session.encode()
        )

    def check_form(self, given: object) -> bool:
        """Tell whether a form was made by this run."""
        return isinstance(given, str) and secrets.compare_digest(given.encode(), self.form.encode())

    def enter(self, response: Response) -> None:
        """Give the session to the browser."""
        response.set_cookie(self.cookie, self._session, httponly=True, samesite="strict", path="/")


def headers() -> dict[str, str]:
    """Return the headers of every answer: nothing from outside, in no frame, kept by no cache."""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{style_hash()}'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        # Without it, forms would be sent with the origin "null".
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


class Guard:
    """Middleware that answers only this computer's own browser.

    Parameters
    ----------
    app : ASGI application
        What it guards.
    keys : Keys
        Secrets of this run.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys
        self._headers = headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        target = refused if refused is not None else self._app

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given[name] = value
            await send(message)

        await target(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        given = Headers(scope=scope)
        method, path = scope["method"], scope["path"]
        if given.get("host", "") not in self._keys.hosts:
            return PlainTextResponse("Unknown host. Open http://127.0.0.1 instead.\n", 421)
        if method not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Only GET and POST.\n", 405)
        if (
            method != "POST"
            and path == "/"
            and self._keys.lets_in(scope["query_string"].decode("latin-1"))
        ):
            answer = RedirectResponse("/", 303)
            self._keys.enter(answer)
            return answer
        if not self._keys.knows(given.get("cookie", "")):
            return PlainTextResponse(_ENTER, 403)
        if method == "POST" and not self._is_own(given):
            return PlainTextResponse("This form was not sent by a page of this server.\n", 403)
        return None

    def _is_own(self, given: Headers) -> bool:
        origin = given.get("origin")
        if origin is not None:
            return origin in {f"http://{host}" for host in self._keys.hosts}
        return given.get("sec-fetch-site") == "same-origin"

"""Who is let in, before anything else looks at a request; every address is closed unless named.

There are four ways to be let in, depending on how the server was started:

    at home     the page is served to this machine only, and nobody signs in
    by name     people sign in with a password, or a trusted proxy says who they are
    by key      the page has a public link that holds a key; visitors are told apart by a cookie
    open        everybody who reaches the page; visitors are told apart by a cookie

The person at this machine has a key of their own, so that they stay who they are while others come
in through a public link.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from clover_chat.storage.sign_in_file import SignInFile
from clover_chat.ui.cookies import cookies_of
from clover_chat.ui.proxy import TrustedProxy
from clover_chat.ui.tickets import Tickets

TICKET_COOKIE = "clover_ticket"
LIFETIME_S = 7 * 24 * 3600
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NAME, AT_HOME = "clover.name", "clover.at_home"
"""What a request's scope says of whoever sent it."""

OPEN = {
    "/sign-in",
    "/sign-in/style.css",
    "/robots.txt",
    "/favicon.ico",
    "/gradio_api/startup-events",
    "/healthz",
    "/readyz",
    "/metrics",
}
"""Addresses that need no sign-in, as they hold nothing of anybody."""

_HOME, _GUEST, _PERSON = "home", "guest", "person:"


class Admission(NamedTuple):
    """What is known of whoever sent a request.

    Attributes:
        name: Of a person who signed in.
        is_at_home: They sit at this machine.
        is_let_in: They may see the page.
    """

    name: str | None
    is_at_home: bool
    is_let_in: bool


class Entrance:
    """Knows who is let in.

    Args:
        tickets: Issues and checks what a browser keeps after a sign-in.
        people: Who may sign in with a password; None where nobody can.
        proxy: A proxy that signs people in; None where there is none.
        is_home_open: Everybody at this machine is let in as the person at it.

    Attributes:
        home_key: Makes whoever has it the person at this machine.
        guest_key: Lets visitors in; None as long as there is no need for one.
    """

    def __init__(
        self,
        tickets: Tickets,
        people: SignInFile | None = None,
        proxy: TrustedProxy | None = None,
        *,
        is_home_open: bool = False,
    ) -> None:
        self.people = people
        self.proxy = proxy
        self.home_key = secrets.token_urlsafe(24)
        self.guest_key: str | None = None
        self._is_home_open = self._was_home_open = is_home_open
        self._tickets = tickets

    def share(self, *, is_public: bool) -> None:
        """Take nobody for the person at this machine any more who has not their key.

        Args:
            is_public: Let everybody else in as visitors; otherwise those with a key.
        """
        self._is_home_open = False
        self.guest_key = None if is_public else secrets.token_urlsafe(24)

    def stop_sharing(self) -> None:
        """Let in again who was before."""
        self._is_home_open = self._was_home_open
        self.guest_key = None

    @property
    def is_named(self) -> bool:
        """Whether people sign in by name."""
        return self.people is not None or self.proxy is not None

    def admit(self, scope: Scope) -> Admission:
        """Return what is known of whoever sent a request."""
        ticket = cookies_of(scope).get(TICKET_COOKIE, "")
        if self.is_named:
            name = self.proxy.name(scope) if self.proxy else None
            name = name or self._signed_in(ticket)
            return Admission(name, False, name is not None)
        is_home = self._is_at_home(scope, ticket)
        is_guest = self.guest_key is None or self._holds(ticket, _GUEST, self.guest_key)
        return Admission(None, is_home, is_home or is_guest)

    def ticket_for(self, name: str) -> str | None:
        """Return what a browser keeps once a person has signed in."""
        mark = self.people.mark(name) if self.people else None
        return None if mark is None else self._tickets.issue(_PERSON + name, mark, LIFETIME_S)

    def ticket_for_key(self, key: str) -> str | None:
        """Return what a browser keeps that came with a key, None where the key opens nothing."""
        for subject, expected in ((_HOME, self.home_key), (_GUEST, self.guest_key)):
            is_asked_for = expected is not None and not self.is_named
            if is_asked_for and hmac.compare_digest(str(expected).encode(), key.encode()):
                return self._tickets.issue(subject, str(expected), LIFETIME_S)
        return None

    def _signed_in(self, ticket: str) -> str | None:
        subject = self._tickets.subject(ticket)
        if self.people is None or not subject.startswith(_PERSON):
            return None
        name = subject.removeprefix(_PERSON)
        mark = self.people.mark(name)
        return name if mark is not None and self._tickets.is_good(ticket, mark) else None

    def _holds(self, ticket: str, subject: str, key: str) -> bool:
        return self._tickets.subject(ticket) == subject and self._tickets.is_good(ticket, key)

    def _is_at_home(self, scope: Scope, ticket: str) -> bool:
        if self._holds(ticket, _HOME, self.home_key):
            return True
        return self._is_home_open and _is_called_locally(scope)


class Doorkeeper:
    """Tells every request who sent it, and lets nobody in who is not to see the page.

    A script of another site never gets an answer, whatever cookies the browser sends with it.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        if is_from_elsewhere(scope["method"], headers):
            return _refusal("A page of another site may not ask this server.", 403)
        admission = self._entrance.admit(scope)
        scope[NAME], scope[AT_HOME] = admission.name, admission.is_at_home
        if admission.is_let_in or scope["path"] in OPEN:
            return self._app
        if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
            return _to_sign_in(scope)
        return _refusal("Sign in first: open the page once more.", 401)


def is_from_elsewhere(method: str, headers: Mapping[str, str]) -> bool:
    """Say whether a page of another site sent a request; to follow a link from there is none."""
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    is_reading = method in ("GET", "HEAD")
    if site in ("cross-site", "same-site"):
        return not (is_reading and mode == "navigate")
    origin = headers.get("origin")
    if site is not None or origin is None:
        return False
    hosts = {headers.get("host"), headers.get("x-forwarded-host")}
    return urlsplit(origin).netloc not in hosts


def up_to_root(scope: Scope) -> str:
    """Return the way from a request's address to the page's, whatever a proxy puts before it."""
    return "../" * (str(scope["path"]).count("/") - 1) or "./"


def _to_sign_in(scope: Scope) -> Response:
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = str(scope["path"]).lstrip("/") + (f"?{query}" if query else "")
    address = f"{up_to_root(scope)}sign-in" + (f"?to={quote(wanted)}" if wanted else "")
    return RedirectResponse(address, 303, headers={"cache-control": "no-store"})


def _is_called_locally(scope: Scope) -> bool:
    """Say whether the browser knows us under a name that only this machine has.

    A site elsewhere can have its own name lead to this machine, and a proxy brings its own name.
    """
    host = Headers(scope=scope).get("host", "")
    return (urlsplit(f"//{host}").hostname or "") in LOOPBACK


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"detail": sentence}, status, headers={"cache-control": "no-store"})

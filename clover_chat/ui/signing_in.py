"""The page where people sign in, with a name and a password or with the key of a public link."""

import logging
from functools import partial
from string import Template
from urllib.parse import urlencode

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.storage.sign_in_file import LONGEST_NAME
from clover_chat.ui.attempts import Attempts
from clover_chat.ui.cookies import set_cookie
from clover_chat.ui.entrance import LIFETIME_S, TICKET_COOKIE, Entrance
from clover_chat.ui.look import WEB_DIR, script
from clover_chat.ui.markup import plain

CHECKS_AT_ONCE = 1
"""Passwords that are checked at the same time; each takes a tenth of a second of a processor."""

_LARGEST_FORM = 16 * 1024
_NO_STORE = {"cache-control": "no-store"}
_FIELDS = """<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>"""
_KEY_FIELD = """<label for="key">Key, as it stands at the end of the link</label>
<input id="key" name="key" autocomplete="off" spellcheck="false" required autofocus>"""
_ELSEWHERE = (
    "<p>Whoever runs this server has another one sign people in. Open the page at the address that "
    "they gave you.</p>"
)

_log = logging.getLogger(__name__)


class SigningIn:
    """Answers requests for the sign-in page.

    Args:
        entrance: Knows who is let in.
        attempts: Slows guessing down.
        is_embedded: The page stands within one of another site.
    """

    def __init__(
        self, entrance: Entrance, attempts: Attempts | None = None, *, is_embedded: bool = False
    ) -> None:
        self._entrance = entrance
        self._attempts = attempts or Attempts()
        self._is_embedded = is_embedded
        self._limiter = CapacityLimiter(CHECKS_AT_ONCE)
        self._page = Template((WEB_DIR / "sign_in" / "page.html").read_text(encoding="utf-8"))
        self._style = (WEB_DIR / "sign_in" / "style.css").read_bytes()

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        return [
            Route("/sign-in", self.show, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-in/style.css", self.style),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def style(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Send the style sheet."""
        return Response(self._style, media_type="text/css", headers={"cache-control": "no-cache"})

    async def show(self, request: Request) -> Response:
        """Send the page; with the key of a link, let its holder in at once."""
        wanted = request.query_params.get("to", "")
        if key := request.query_params.get("key"):
            return self._with_key(request, key, wanted)
        if self._entrance.admit(request.scope).is_let_in:
            return RedirectResponse(_local(wanted), 303, headers=_NO_STORE)
        return self._form(wanted)

    async def sign_in(self, request: Request) -> Response:
        """Let somebody in whose name and password, or whose key, are right."""
        if int(request.headers.get("content-length", _LARGEST_FORM + 1)) > _LARGEST_FORM:
            return self._form("", "This form cannot be read; try once more.", 413)
        form = await request.form()
        said = {each: value for each, value in form.items() if isinstance(value, str)}
        wanted = request.query_params.get("to", "")
        if self._entrance.people is None:
            return self._with_key(request, said.get("key", "").strip(), wanted)
        name, password = said.get("name", "").strip(), said.get("password", "")
        return await self._with_password(request, name, password, wanted)

    async def sign_out(self, request: Request) -> Response:
        """Have the browser forget who signed in."""
        response = RedirectResponse("./", 303, headers=_NO_STORE)
        response.headers.append("set-cookie", self._cookie(request, "", 0))
        return response

    async def _with_password(
        self, request: Request, name: str, password: str, wanted: str
    ) -> Response:
        check = partial(self._checked, name, password, self._address(request))
        ticket, wait_s = await to_thread.run_sync(check, limiter=self._limiter)
        if wait_s:
            sentence = f"That went wrong too often. Wait {wait_s} s, then try again."
            return self._form(wanted, sentence, 429)
        if ticket is None:
            return self._form(wanted, "Name or password is not right; try again.", 403)
        return self._let_in(request, ticket, wanted)

    def _checked(self, name: str, password: str, address: str) -> tuple[str | None, int]:
        """Return a ticket if the password is right, or how long nothing is tried.

        One at a time, so that nobody can send many at once before the first has failed.
        """
        people = self._entrance.people
        assert people is not None
        whose = (f"name {name[:LONGEST_NAME]}", f"address {address}")
        if wait_s := self._attempts.wait_s(*whose):
            return None, wait_s
        ticket = self._entrance.ticket_for(name) if people.is_right(name, password) else None
        if ticket is None:
            self._attempts.failed(*whose)
            _log.info("A sign-in was refused.")
        else:
            self._attempts.succeeded(*whose)
        return ticket, 0

    def _with_key(self, request: Request, key: str, wanted: str) -> Response:
        if ticket := self._entrance.ticket_for_key(key):
            return self._let_in(request, ticket, wanted)
        sentence = "This key opens nothing any more. Ask whoever gave you the link for a new one."
        return self._form(wanted, sentence, 403)

    def _let_in(self, request: Request, ticket: str, wanted: str) -> Response:
        response = RedirectResponse(_local(wanted), 303, headers=_NO_STORE)
        response.headers.append("set-cookie", self._cookie(request, ticket, LIFETIME_S))
        return response

    def _form(self, wanted: str, problem: str = "", status: int = 200) -> Response:
        entrance = self._entrance
        target = "sign-in" + (f"?{urlencode({'to': wanted})}" if wanted else "")
        if entrance.people is None and entrance.proxy is not None:
            form = _ELSEWHERE
        else:
            fields = _FIELDS if entrance.people is not None else _KEY_FIELD
            form = (
                f'<form method="post" action="{plain(target)}">{fields}'
                "<button>Sign in</button></form>"
            )
        page = self._page.substitute(logo=script("logo.svg"), form=form, problem=plain(problem))
        return HTMLResponse(page, status, headers=_NO_STORE)

    def _cookie(self, request: Request, value: str, lifetime_s: int) -> str:
        return set_cookie(
            request.scope, TICKET_COOKIE, value, lifetime_s, is_embedded=self._is_embedded
        )

    def _address(self, request: Request) -> str:
        """Return where a request comes from, as a trusted proxy says where there is one."""
        proxy = self._entrance.proxy
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if forwarded and proxy is not None and proxy.is_trusted(request.scope):
            return forwarded
        return request.client.host if request.client else ""


def _local(wanted: str) -> str:
    """Return an address below the page's own, whatever somebody wrote into the link."""
    return f"./{wanted}" if wanted.isprintable() and not wanted.startswith("sign-") else "./"

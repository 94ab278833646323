"""Who is asking: a signed-in person, the one at this machine, or a visitor with a signed cookie.

An owner is a short string that every conversation carries. Signed-in people, visitors and the local
person have prefixes of their own, so nobody can take another's place by choosing a name.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clover_chat.errors import ConfigError
from clover_chat.storage.files import own_key

COOKIE = "clover_visitor"
COOKIE_LIFETIME_S = 400 * 24 * 3600
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_VISITOR = re.compile(r"[0-9a-f]{32}")


class Signer:
    """Makes and checks cookies that only this server can have written."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> "Signer":
        """Use the key in a file that only we may read; write a new one where there is none."""
        return cls(own_key(path))

    def sign(self, visitor: str) -> str:
        """Return a cookie value for a visitor."""
        return f"{visitor}.{hmac.new(self._key, visitor.encode(), sha256).hexdigest()}"

    def visitor(self, cookie: str | None) -> str | None:
        """Return whom a cookie names, or None where it is missing or not ours."""
        visitor = (cookie or "").partition(".")[0]
        if _VISITOR.fullmatch(visitor) and hmac.compare_digest(self.sign(visitor), str(cookie)):
            return visitor
        return None


@dataclass
class People:
    """Tells the owner of a request.

    Attributes:
        signer: Checks visitors' cookies.
        is_local: Everybody who reaches the page sits at this machine.
    """

    signer: Signer
    is_local: bool

    def owner(self, request: gr.Request) -> str:
        """Return whose conversations a request may see and change."""
        return self._named(request.username) or self._unnamed(request.cookies, request.session_hash)

    def viewer(self, request: Request) -> str:
        """Return the same for a request outside Gradio's own; a picture names its page itself."""
        return self._named(_signed_in(request)) or self._unnamed(
            request.cookies, request.query_params.get("page")
        )

    def _named(self, username: str | None) -> str | None:
        if username:
            return f"person:{username}"
        return "local" if self.is_local else None

    def _unnamed(self, cookies: Mapping[str, str], page: str | None) -> str:
        if visitor := self.signer.visitor(cookies.get(COOKIE)):
            return f"visitor:{visitor}"
        return f"page:{page}"  # no cookies: known until the page is reloaded


def _signed_in(request: Request) -> str | None:
    """Return who signed in to Gradio, whose own routes alone are told."""
    gradio_app = request.scope.get("app")
    names: Mapping[str, str] = getattr(gradio_app, "tokens", {})
    cookie_id = getattr(gradio_app, "cookie_id", "")
    kinds = ("access-token", "access-token-unsecure")
    cookies = (request.cookies.get(f"{kind}-{cookie_id}") for kind in kinds)
    return next((names[each] for each in cookies if each and each in names), None)


class VisitorCookie:
    """Gives every browser that has none a signed cookie of its own."""

    def __init__(self, app: ASGIApp, signer: Signer) -> None:
        self._app = app
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put a cookie into the answer where one is missing."""
        if scope["type"] != "http" or self._is_known(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", self._new_cookie(scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _is_known(self, headers: Headers) -> bool:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and self._signer.visitor(morsel.value) is not None

    def _new_cookie(self, scope: Scope) -> str:
        forwarded = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", "http"))
        secure = "; Secure" if forwarded == "https" else ""
        value = self._signer.sign(secrets.token_hex(16))
        return (
            f"{COOKIE}={value}; Path=/; Max-Age={COOKIE_LIFETIME_S}; HttpOnly; SameSite=Lax{secure}"
        )


def read_passwords(path: Path) -> dict[str, str]:
    """Read a sign-in file of `name:password` lines; empty lines and # comments do not count.

    Raises:
        ConfigError: The file cannot be read, has a line of another form, or names nobody.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The sign-in file {str(path)!r} cannot be read.") from error
    passwords: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, password = line.strip().partition(":")
        if not name or not password:
            raise ConfigError(
                f"Line {number} of the sign-in file is not of the form name:password."
            )
        passwords[name] = password
    if not passwords:
        raise ConfigError(f"The sign-in file {str(path)!r} names nobody.")
    return passwords


def matches(passwords: dict[str, str], name: str, password: str) -> bool:
    """Tell whether a name and its password belong together, in constant time."""
    expected = passwords.get(name, "")
    same = hmac.compare_digest(expected.encode(), password.encode())
    return same and bool(expected)

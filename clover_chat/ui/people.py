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
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clover_chat.storage.files import own_key
from clover_chat.ui.cookies import cookies_of, set_cookie
from clover_chat.ui.entrance import AT_HOME, NAME

COOKIE = "clover_visitor"
COOKIE_LIFETIME_S = 400 * 24 * 3600
LOCAL = "local"
"""The owner that the person at this machine is."""

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


@dataclass(frozen=True)
class People:
    """Tells the owner of a request, from what the entrance made out and the visitor's cookie.

    Attributes:
        signer: Checks visitors' cookies.
    """

    signer: Signer

    def owner(self, request: gr.Request) -> str:
        """Return whose conversations a request may see and change."""
        scope: Mapping[str, Any] = request.request.scope if request.request else {}
        if found := _known(request.username or scope.get(NAME), scope):
            return found
        return self._unnamed(request.cookies, request.session_hash)

    def viewer(self, request: Request) -> str:
        """Return the same for a request outside Gradio's own; a picture names its page itself."""
        if found := _known(request.scope.get(NAME), request.scope):
            return found
        return self._unnamed(request.cookies, request.query_params.get("page"))

    def _unnamed(self, cookies: Mapping[str, str], page: str | None) -> str:
        if visitor := self.signer.visitor(cookies.get(COOKIE)):
            return f"visitor:{visitor}"
        return f"page:{page}"  # no cookies: known until the page is reloaded


def _known(name: str | None, scope: Mapping[str, Any]) -> str | None:
    if name:
        return f"person:{name}"
    return LOCAL if scope.get(AT_HOME) else None


class VisitorCookie:
    """Gives every browser that has none a signed cookie of its own."""

    def __init__(self, app: ASGIApp, signer: Signer, *, is_embedded: bool = False) -> None:
        self._app = app
        self._signer = signer
        self._is_embedded = is_embedded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put a cookie into the answer where one is missing."""
        if scope["type"] != "http" or self._is_known(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", self._new_cookie(scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _is_known(self, scope: Scope) -> bool:
        return self._signer.visitor(cookies_of(scope).get(COOKIE)) is not None

    def _new_cookie(self, scope: Scope) -> str:
        value = self._signer.sign(secrets.token_hex(16))
        return set_cookie(scope, COOKIE, value, COOKIE_LIFETIME_S, is_embedded=self._is_embedded)

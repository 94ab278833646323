"""What a browser may ask of Gradio, and for whose things.

Gradio knows a page by a number that the page makes up, an upload by its path and an event by its
id, and gives what they name to whoever knows them. Here each belongs to one person, and everything
that the page does not need is closed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from anyio import to_thread
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clover_chat.ui.belongings import Claims, Files
from clover_chat.ui.people import People

API = "/gradio_api"
FILE, HEARTBEAT = f"{API}/file=", f"{API}/heartbeat/"
RUN, JOIN, CANCEL = f"{API}/run/", f"{API}/queue/join", f"{API}/cancel"
UPLOAD = f"{API}/upload"
NEEDED = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/(assets|static|svelte)/.+|/gradio_api/"
    r"(info|app_id|theme\.css|startup-events|queue/join|queue/data|cancel|upload|upload_progress"
    r"|file=.+|heartbeat/[^/]+|run/[^/]+)"
)
"""The addresses of Gradio that the page needs; the others are closed."""

LARGEST_EVENT = 64 * 1024 * 1024


class Guard:
    """Lets requests through to Gradio that ask for the sender's own things.

    Args:
        app: Gradio's own routes, and ours before them.
        people: Tells who is asking.
        files: Tells whose a file is.
        ours: Routes that look after themselves.
    """

    def __init__(
        self, app: ASGIApp, people: People, files: Files, ours: Sequence[BaseRoute]
    ) -> None:
        self._app = app
        self._people = people
        self._files = files
        self._ours = ours
        self._claims = Claims()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or self._is_ours(scope):
            await self._app(scope, receive, send)
        elif not NEEDED.fullmatch(scope["path"]):
            await _refusal("There is nothing at this address.", 404)(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner, path = self._people.viewer(Request(scope)), scope["path"]
        if path in (JOIN, CANCEL) or path.startswith(RUN):
            body = await _body(receive)
            receive = _once(body, receive)
            is_allowed = await to_thread.run_sync(self._may_send, owner, body)
        else:
            is_allowed = await to_thread.run_sync(self._may_ask, owner, scope)
        if not is_allowed:
            await _refusal("This is not yours, or not there any more.", 403)(scope, receive, send)
        elif path in (JOIN, UPLOAD):
            await self._app(scope, receive, self._noting(owner, path, send))
        else:
            await self._app(scope, receive, send)

    def _may_ask(self, owner: str, scope: Scope) -> bool:
        query, path = QueryParams(scope["query_string"]), scope["path"]
        if path.startswith(FILE):
            return self._files.may_see(owner, path.removeprefix(FILE))
        names = {f"{each} {query[each]}" for each in ("session_hash", "upload_id") if each in query}
        if path.startswith(HEARTBEAT):
            names.add(f"session_hash {path.removeprefix(HEARTBEAT)}")
        if "deep_link" in query:
            return False
        return all(self._claims.claim(owner, name) for name in names)

    def _may_send(self, owner: str, body: bytes | None) -> bool:
        """Say whether an event names nothing but the sender's own page, events and files."""
        try:
            said = json.loads(body or b"")
        except ValueError:
            return False
        if not isinstance(said, dict) or not isinstance(said.get("session_hash"), str):
            return False
        event_id = said.get("event_id")
        return (
            self._claims.claim(owner, f"session_hash {said['session_hash']}")
            and (event_id is None or self._claims.holds(owner, f"event {event_id}"))
            and all(self._files.may_see(owner, each) for each in self._files_in(said))
        )

    def _files_in(self, said: Any) -> Iterator[str]:
        return (each for each in _texts_in(said) if self._files.is_ours(each))

    def _is_ours(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route in self._ours)

    def _noting(self, owner: str, path: str, send: Send) -> Send:
        """Note whose an event or an upload is, from what Gradio calls it."""
        answer: list[bytes] = []

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.body":
                answer.append(message.get("body", b""))
                if not message.get("more_body"):
                    self._note(owner, path, b"".join(answer))
            await send(message)

        return noting

    def _note(self, owner: str, path: str, answer: bytes) -> None:
        try:
            said = json.loads(answer)
        except ValueError:  # a refusal in words
            return
        if path == JOIN and isinstance(said, dict) and "event_id" in said:
            self._claims.give(owner, f"event {said['event_id']}")
        elif path == UPLOAD and isinstance(said, list):
            for each in said:
                self._files.arrived(owner, str(each))


def _texts_in(said: Any) -> Iterator[str]:
    """Yield every text in something that was read from JSON, however deep it lies."""
    left = [said]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            left.extend(each)
        elif isinstance(each, dict):
            left.extend([*each, *each.values()])


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body of a request, None where it is too large or never came."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_EVENT:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _once(body: bytes | None, receive: Receive) -> Receive:
    """Return what gives a body that was read already once more, and then what comes after it."""
    left = [{"type": "http.request", "body": body or b"", "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _refusal(sentence: str, status: int) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status, headers={"cache-control": "no-store"})

"""The reference shelf's own page: one file of HTML, its script and style, and what they ask for.

Reading needs no sign-in, as the shelf comes with the program and holds nothing of anybody. A
judgment belongs to whoever sends it, and only a request from this very page is taken: a script of
another site cannot send JSON here without the browser asking first, which is never allowed.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import CloverError
from clover_chat.knowledge.search import EntryNotFound
from clover_chat.services.reference import ReferenceService
from clover_chat.ui.look import WEB_DIR
from clover_chat.ui.people import People

SHELF_DIR = WEB_DIR / "shelf"
LARGEST_JUDGMENT = 32 * 1024
_NO_STORE = {"cache-control": "no-store"}


class ShelfRoutes:
    """Answers requests for the page of the shelf and its entries."""

    def __init__(self, reference: ReferenceService, people: People) -> None:
        self._reference = reference
        self._people = people
        self._page = (SHELF_DIR / "page.html").read_text(encoding="utf-8")
        self._files = {
            "shelf.js": ((SHELF_DIR / "shelf.js").read_bytes(), "text/javascript"),
            "shelf.css": ((SHELF_DIR / "shelf.css").read_bytes(), "text/css"),
        }

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        return [
            Route("/shelf", self.without_slash),
            Route("/shelf/", self.page),
            Route("/shelf/topics", self.topics),
            Route("/shelf/find", self.find),
            Route("/shelf/entries/{entry_id}", self.entry),
            Route("/shelf/entries/{entry_id}/judgment", self.judge, methods=["POST"]),
            Route("/shelf/{name}", self.file),
        ]

    async def without_slash(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Lead to the page; what it loads lies below it."""
        return RedirectResponse("shelf/", headers=_NO_STORE)

    async def page(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Send the page; its script shows the entry that the address names."""
        return HTMLResponse(self._page, headers={"cache-control": "no-cache"})

    async def file(self, request: Request) -> Response:
        """Send the script or the style."""
        if (found := self._files.get(request.path_params["name"])) is None:
            return _refusal("There is nothing at this address.", 404)
        return Response(found[0], media_type=found[1], headers={"cache-control": "no-cache"})

    async def topics(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Send the titles of all entries by topic."""
        topics = await to_thread.run_sync(self._reference.topics)
        return JSONResponse(
            [
                {"topic": topic, "entries": list(map(asdict, entries))}
                for topic, entries in topics.items()
            ]
        )

    async def find(self, request: Request) -> Response:
        """Send the entries that fit what somebody types."""
        words = request.query_params.get("q", "")
        found = await to_thread.run_sync(self._reference.find, words)
        return JSONResponse(list(map(asdict, found)), headers=_NO_STORE)

    async def entry(self, request: Request) -> Response:
        """Send an entry with the reader's own judgment."""
        owner, entry_id = self._people.viewer(request), request.path_params["entry_id"]
        return await _told(lambda: asdict(self._reference.entry(owner, entry_id)))

    async def judge(self, request: Request) -> Response:
        """Keep a judgment of an entry."""
        if not is_from_this_page(request):
            return _refusal("A judgment is taken from the page of the shelf only.", 403)
        owner, entry_id = self._people.viewer(request), request.path_params["entry_id"]
        said = await _judgment(request)
        if said is None:
            return _refusal("This judgment cannot be read; send it again.", 422)
        is_good, correction = said
        keep = partial(
            self._reference.judge, owner, entry_id, is_good=is_good, correction=correction
        )
        return await _told(lambda: {"kept": keep() is None})


async def _told(work: Callable[[], dict[str, Any]]) -> Response:
    """Work in a thread, and turn what a service raises into a sentence with a status."""
    try:
        return JSONResponse(await to_thread.run_sync(work), headers=_NO_STORE)
    except EntryNotFound as error:
        return _refusal(str(error), 404)
    except CloverError as error:
        return _refusal(str(error), 422)


async def _judgment(request: Request) -> tuple[bool, str] | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_JUDGMENT:
            return None
    try:
        said = json.loads(body)
        is_good, correction = said["is_good"], said.get("correction", "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if not isinstance(is_good, bool) or not isinstance(correction, str):
        return None
    return is_good, correction


def is_from_this_page(request: Request) -> bool:
    """Tell whether a request with JSON comes from a page of this server."""
    is_json = request.headers.get("content-type", "").partition(";")[0] == "application/json"
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("x-forwarded-host", request.headers.get("host"))
    return is_json and site == "same-origin" and (origin is None or urlsplit(origin).netloc == host)


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status, headers=_NO_STORE)

"""Addresses beside Gradio's own: tiles and pictures of slides, and the viewer's scripts.

Gradio's sign-in does not cover such addresses, so every picture asks for a token that was signed
for this person and this slide. What a browser is told on refusal never says whether a slide exists.
"""

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import SlideError, SlideNotFound
from clover_chat.services.viewing import ViewingService
from clover_chat.slides.tiles import TileDropped
from clover_chat.slides.tokens import TokenRefused
from clover_chat.ui.people import People
from clover_chat.ui.scripts import Scripts

AT_ONCE = 32
"""Requests for pictures that may wait for their turn in a thread."""

FOREVER = "max-age=31536000, immutable"
_NOT_KEPT = {"cache-control": "no-store"}

Work = Callable[[Callable[[], bool]], Response]


class SlideRoutes:
    """Answers requests for parts of slides; who asks is told from the request alone."""

    def __init__(self, viewing: ViewingService, people: People, scripts: Scripts) -> None:
        self._viewing = viewing
        self._people = people
        self._scripts = scripts
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        return [
            Route("/slides/web/{version}/{name}", self.script),
            Route("/slides/{slide_id}/tiles/{level:int}/{column:int}_{row:int}", self.tile),
            Route("/slides/{slide_id}/thumbnail", self.thumbnail),
            Route("/slides/{slide_id}/tissue", self.tissue),
            Route("/slides/{slide_id}/{name}", self.associated),
        ]

    async def script(self, request: Request) -> Response:
        """Send one of the viewer's own files; the version in the address keeps them apart."""
        script = self._scripts.get(request.path_params["name"])
        if script is None:
            return _refusal("There is nothing at this address.", 404)
        is_current = request.path_params["version"] == self._scripts.version
        kept = f"public, {FOREVER}" if is_current else "no-cache"
        return Response(script, media_type="text/javascript", headers={"cache-control": kept})

    async def tile(self, request: Request) -> Response:
        """Send a tile, unless the browser has panned on before its turn came."""
        place = request.path_params
        viewer, token = self._people.viewer(request), request.query_params.get("t")

        def work(is_wanted: Callable[[], bool]) -> Response:
            tile = self._viewing.tile(
                viewer,
                token,
                place["slide_id"],
                place["level"],
                place["column"],
                place["row"],
                is_wanted,
            )
            return _picture(request, tile.data, tile.media_type, tile.etag)

        return await self._answer(request, work)

    async def thumbnail(self, request: Request) -> Response:
        """Send the small picture of a whole slide."""
        return await self._whole(request, self._viewing.thumbnail, "image/jpeg")

    async def tissue(self, request: Request) -> Response:
        """Send a translucent layer that shows where there is tissue."""
        return await self._whole(request, self._viewing.tissue_overlay, "image/png")

    async def associated(self, request: Request) -> Response:
        """Send the label or macro of a slide, where the operator allows it."""
        read = partial(self._viewing.associated_image, name=request.path_params["name"])
        return await self._whole(request, read, "image/jpeg")

    def _whole(
        self, request: Request, read: Callable[[str, str | None, str], bytes], media_type: str
    ) -> Awaitable[Response]:
        viewer, token = self._people.viewer(request), request.query_params.get("t")

        def work(_is_wanted: Callable[[], bool]) -> Response:
            data = read(viewer, token, request.path_params["slide_id"])
            return _picture(request, data, media_type, f'"{sha256(data).hexdigest()[:32]}"')

        return self._answer(request, work)

    async def _answer(self, request: Request, work: Work) -> Response:
        """Work in a thread, and let the work know when the browser has gone."""
        gone = threading.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_wait_for_leaving, request, gone)
            response = await to_thread.run_sync(
                partial(_told, work, lambda: not gone.is_set()), limiter=self._limiter
            )
            tasks.cancel_scope.cancel()
        return response


async def _wait_for_leaving(request: Request, gone: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _told(work: Work, is_wanted: Callable[[], bool]) -> Response:
    """Turn what a service raises into the status a browser understands."""
    try:
        return work(is_wanted)
    except TokenRefused as error:
        return _refusal(str(error), 403)
    except (SlideNotFound, TileDropped) as error:
        return _refusal(str(error), 404)
    except SlideError as error:
        return _refusal(str(error), 422)


def _picture(request: Request, data: bytes, media_type: str, etag: str) -> Response:
    headers = {"etag": etag, "cache-control": f"private, {FOREVER}"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def _refusal(sentence: str, status: int) -> Response:
    return PlainTextResponse(sentence, status, headers=_NOT_KEPT)

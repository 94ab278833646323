"""A reverse proxy that serves a page under a path prefix, as a lab's web server does."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
OF_THE_CONNECTION = {"connection", "transfer-encoding", "keep-alive"}


class Prefix:
    """Passes on what comes in under a prefix, without it, and refuses the rest."""

    def __init__(self, prefix: str, target: str) -> None:
        self._prefix = prefix
        self._client = httpx.AsyncClient(base_url=target, timeout=60)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        if not path.startswith(self._prefix):
            return PlainTextResponse("This address is not behind the prefix.", 404)
        inner = self._client.build_request(
            request.method,
            httpx.URL(
                path=path.removeprefix(self._prefix) or "/", query=request.url.query.encode()
            ),
            headers=request.headers.raw,
            content=await request.body(),
        )
        answer = await self._client.send(inner, stream=True)
        passed = StreamingResponse(_bytes_of(answer), answer.status_code)
        passed.raw_headers = [
            (name, value)
            for name, value in answer.headers.raw
            if name.decode().lower() not in OF_THE_CONNECTION
        ]
        return passed


async def _bytes_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


@contextmanager
def served_under(prefix: str, target: str) -> Iterator[str]:
    """Serve a page under a prefix and yield the new address of it."""
    passing = Prefix(prefix, target).answer
    app = Starlette(routes=[Route("/{path:path}", passing, methods=METHODS)])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}{prefix}/"
    server.should_exit = True
    thread.join()

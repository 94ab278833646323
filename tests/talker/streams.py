"""Replies of a chat endpoint that streams, well and badly."""

import json
import time
from collections.abc import Iterable, Iterator

from tests.endpoint import Handler, Reply

ANSWER = ("This is ", "typical of ", "it \u2013 as the passage says.")


def event(piece: str | None, ending: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": piece}, "finish_reason": ending}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
WHOLE = b"".join([*map(event, ANSWER), event(None, "stop"), DONE])


def begin(handler: Handler, content_type: str = "text/event-stream", **headers: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", content_type)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def streaming(chunks: Iterable[bytes], pause_s: float = 0.0, **headers: str) -> Reply:
    """Return a reply that sends chunks and hangs up, which is how it ends without a length."""
    kept = list(chunks)

    def reply(handler: Handler) -> None:
        begin(handler, **headers)
        for chunk in kept:
            handler.wfile.write(chunk)
            handler.wfile.flush()
            time.sleep(pause_s)

    return reply


def silent_after(chunks: Iterable[bytes]) -> Reply:
    """Return a reply that stops sending and keeps the line open."""
    kept = list(chunks)

    def reply(handler: Handler) -> None:
        begin(handler)
        for chunk in kept:
            handler.wfile.write(chunk)
        handler.wfile.flush()
        handler.server.let_go.wait(5)

    return reply


def endless(chunk: bytes) -> Reply:
    """Return a reply that goes on until nobody listens, for five seconds at most."""

    def chunks() -> Iterator[bytes]:
        last_moment = time.monotonic() + 5
        while time.monotonic() < last_moment:
            yield chunk

    def reply(handler: Handler) -> None:
        begin(handler)
        for each in chunks():
            handler.wfile.write(each)

    return reply


def in_one_piece(text: object, ending: str = "stop") -> Reply:
    """Return a reply of an endpoint that does not stream."""
    body = {"choices": [{"message": {"content": text}, "finish_reason": ending}]}
    return lambda handler: handler.send(
        200, json.dumps(body).encode(), Content_Type="application/json; charset=utf-8"
    )

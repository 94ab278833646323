"""A chat endpoint on loopback that does what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAIRS = [
    {"question": "Which cells are seen?", "answer": "Spindle cells with wavy nuclei are seen."},
    {"question": "Is the border sharp?", "answer": "Yes, the border is sharp."},
]
Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers each request with the next reply of the script, the last one for ever."""

    server: "ScriptedServer"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.bodies.append(body)
            self.server.asked.append(json.loads(body))
            self.server.keys.append(self.headers.get("Authorization", ""))
            script = self.server.script
            reply = script.pop(0) if len(script) > 1 else script[0]
        reply(self)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited
        pass


class ScriptedServer(ThreadingHTTPServer):
    """Remembers what it was asked."""

    daemon_threads = True

    def __init__(self, *script: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = list(script)
        self.bodies: list[bytes] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hanging up is part of the script."""


@contextmanager
def serving(*script: Reply) -> Iterator[ScriptedServer]:
    server = ScriptedServer(*script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answering(text: str = "", *, usage: tuple[int, int] | None = (500, 100)) -> Reply:
    """Return a reply with a text, or with `PAIRS`."""

    def reply(handler: Handler) -> None:
        content = text or json.dumps(PAIRS)
        said: dict[str, Any] = {"choices": [{"message": {"content": content}}]}
        if usage:
            said["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
        handler.send(200, json.dumps(said).encode())

    return reply


def refusing(status: int, body: bytes = b"no", **headers: str) -> Reply:
    return lambda handler: handler.send(status, body, **headers)


def garbling(handler: Handler) -> None:
    handler.send(200, b'{"choices": [')


def cutting(handler: Handler) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')


def hanging(handler: Handler) -> None:
    handler.server.let_go.wait(5)

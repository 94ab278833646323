"""A model hub on this machine that serves the files it is given."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class ScriptedHub:
    """Serves one repository and remembers which of its files were asked for.

    Args:
        repository: Owner and name.
        files: Contents by path.
        is_gated: Give the list of files to everybody, and the files to nobody.
    """

    def __init__(self, repository: str, files: dict[str, bytes], *, is_gated: bool = False) -> None:
        self.repository = repository
        self.files = files
        self.is_gated = is_gated
        self.asked: set[str] = set()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a request."""
        api, resolve = f"/api/models/{self.repository}/", f"/{self.repository}/resolve/"
        if path.startswith(api + "revision/"):
            return _json({"id": self.repository, "sha": COMMIT, "siblings": []})
        if path.startswith(api + "tree/"):
            return _json([self._entry(name) for name in self.files])
        if path.startswith(resolve):
            return self._file(path.removeprefix(resolve).split("/", 1)[1])
        return 404, {}, b""

    def _entry(self, name: str) -> dict[str, Any]:
        return {"type": "file", "path": name, "size": len(self.files[name]), "oid": f"oid-{name}"}

    def _file(self, name: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.add(name)
        if self.is_gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        headers = {"ETag": f'"etag-{name.replace("/", "-")}"', "X-Repo-Commit": COMMIT}
        return 200, headers, self.files[name]

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve until the block ends; yields the address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def _json(value: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _handler(hub: ScriptedHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(has_body=True)

        def do_HEAD(self) -> None:
            self._answer(has_body=False)

        def _answer(self, *, has_body: bool) -> None:
            status, headers, body = hub.answer(urlsplit(self.path).path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if has_body:
                self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    return Handler

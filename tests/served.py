"""The real server in a process of its own, which can be killed, and a visitor without a browser.

The processes are forked from one that has loaded everything already, so that each is up soon.
"""

import json
import socket
import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from clover_chat import bootstrap
from clover_chat.config import load_settings

PATIENCE_S = 240
_processes = get_context("forkserver")
_processes.set_forkserver_preload(
    ["clover_chat.bootstrap", "clover_chat.model.loading", "accelerate", "torch._dynamo"]
)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def serve(data_dir: Path, port: int) -> None:
    """Serve as the command line does, with the miniature model."""
    bootstrap.serve(load_settings(data_dir=data_dir, port=port, model="clover-tiny"))


class Server:
    """One life of a server."""

    def __init__(self, data_dir: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process: BaseProcess = _processes.Process(target=serve, args=(data_dir, port))
        self.process.start()

    def kill(self) -> None:
        """End the process as `kill -9` does: it learns nothing of it."""
        self.process.kill()
        self.process.join()


class Visitor:
    """Somebody with a page, who speaks Gradio's protocol by hand."""

    def __init__(self, url: str) -> None:
        afresh = httpx.Limits(max_keepalive_connections=0)  # an idle one may be closed under us
        self._client = httpx.Client(base_url=url, timeout=PATIENCE_S, limits=afresh)
        self._page = uuid4().hex
        config = self._config()
        self._events = config["dependencies"]
        self._parts = {
            part["props"]["elem_id"]: part["id"]
            for part in config["components"]
            if part["props"].get("elem_id")
        }

    def ask_a_sample(self, max_tokens: int = 512) -> None:
        """Ask about the sample patch, in a new conversation; returns once it is being answered."""
        self.close_page()
        draft = {"text": "", "files": []}
        data = [draft, "", None, 1.0, 0.9, max_tokens, 0]
        self._send("welcome", "select", data, {"place": "0"})

    def open(self, conversation_id: str) -> list[Any]:
        """Open a conversation from the list, and return the messages that the page is sent."""
        updates = self._send("listing", "select", [None], {"id": conversation_id})
        return list(updates[1]["value"])

    def close_page(self) -> None:
        """Go on with a page of its own."""
        self._page = uuid4().hex

    def _config(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                return dict(self._client.get("/config").raise_for_status().json())
            time.sleep(0.2)
        raise TimeoutError("The server never answered.")

    def _send(self, part: str, event: str, data: list[Any], said: dict[str, Any]) -> list[Any]:
        target = [self._parts[part], event]
        (found,) = (each for each in self._events if target in each["targets"])
        call = {
            "data": data,
            "fn_index": found["id"],
            "session_hash": self._page,
            "trigger_id": self._parts[part],
            "event_data": said,
        }
        self._client.post("/gradio_api/queue/join", json=call).raise_for_status()
        return self._outcome()

    def _outcome(self) -> list[Any]:
        stream = self._client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self._page}
        )
        with stream as answer:
            for line in answer.iter_lines():
                news = json.loads(line.removeprefix("data: ")) if line else {}
                if news.get("msg") == "process_completed":
                    assert news["success"], news
                    return list(news["output"]["data"])
        raise ConnectionError("The server went away before it answered.")

"""Two people at one server, as browsers speak to it: Ada has things, Eve knows their names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from clover_chat.serving import App
from clover_chat.slides.geometry import Box

API = "gradio_api"
BOX = Box(1200, 800, 500, 400)
SETTINGS = [0.0, 0.9, 64, 0]
ANSWERED = "Unmistakable crypts."
QUESTION = "Unmistakable question"
BOOKMARK = "Unmistakable bookmark"


class Browser:
    """A browser that signed in, with one open page."""

    def __init__(self, app: App, name: str, page: str) -> None:
        self.page = page
        self._ids = {name_of(fn): fn_id for fn_id, fn in app.page.fns.items()}
        self.http = httpx.Client(base_url=app.url, timeout=120)
        form = {"name": name, "password": f"password of {name}"}
        assert self.http.post("sign-in", data=form).status_code == 303

    def fire(
        self, event: str, data: list[Any], event_data: Any = None, page: str | None = None
    ) -> tuple[int, str]:
        """Send an event through the queue; return the status and all that came of it."""
        asked = self._send("queue/join", event, data, event_data, page)
        if asked.status_code != 200:
            return asked.status_code, asked.text
        return 200, "".join(self._messages(page or self.page))

    def run(
        self, event: str, data: list[Any], event_data: Any = None, page: str | None = None
    ) -> tuple[int, str]:
        """Send an event round the queue."""
        answer = self._send("run/predict", event, data, event_data, page)
        return answer.status_code, answer.text

    def upload(self, path: Path) -> str:
        """Upload a file and return where the server keeps it."""
        with path.open("rb") as file:
            answer = self.http.post(f"{API}/upload", files={"files": (path.name, file)})
        answer.raise_for_status()
        return str(answer.json()[0])

    def file(self, path: str) -> int:
        """Ask for a file; return the status."""
        return self.http.get(f"{API}/file={quote(path)}").status_code

    def _send(
        self, address: str, event: str, data: list[Any], event_data: Any, page: str | None
    ) -> httpx.Response:
        body = {
            "data": data,
            "event_data": event_data,
            "fn_index": self._ids[event],
            "session_hash": page or self.page,
        }
        said = json.dumps(body)  # in ASCII, so that any letter can be sent
        headers = {"content-type": "application/json"}
        return self.http.post(f"{API}/{address}", content=said, headers=headers)

    def _messages(self, page: str) -> Iterator[str]:
        with self.http.stream("GET", f"{API}/queue/data?session_hash={page}") as stream:
            for line in stream.iter_lines():
                yield line
                if '"process_completed"' in line or '"close_stream"' in line:
                    return


@dataclass
class Belongings:
    """What Ada has, by the names that lead to it."""

    conversation_id: str = ""
    title: str = QUESTION
    message_ids: list[int] = field(default_factory=list)
    picture: str = ""
    upload: str = ""
    slide_id: str = ""
    region_id: int = 0
    preview: str = ""
    permit: str = ""
    event_id: str = ""
    page: str = ""

    def secrets(self) -> list[str]:
        """Return what nobody else may ever read."""
        return [QUESTION, ANSWERED, BOOKMARK]


def name_of(event: Any) -> str:
    """Return what an event is called here: the method that handles it."""
    return str(event.fn.__qualname__)


def draft(text: str, *paths: str) -> dict[str, Any]:
    """Return what the composer sends."""
    files = [{"path": path, "meta": {"_type": "gradio.FileData"}} for path in paths]
    return {"text": text, "files": files}


def furnish(ada: Browser, app: App, picture: Path, slide: Path) -> Belongings:
    """Let Ada ask, judge, bring a slide and mark it; return what she has then."""
    ada.fire("Handlers.on_ask", [draft(QUESTION, ada.upload(picture)), "", None, *SETTINGS])
    ada.fire("Handlers.on_follow", [None])
    ada.fire("JudgingHandlers.on_thumb", [None], {"index": 1, "value": "", "liked": False})
    ada.fire("JudgingHandlers.on_keep", [None], {"verdict": "down", "comment": "mine"})
    has = Belongings(page=ada.page, upload=ada.upload(picture))
    owner = "person:ada"
    (conversation,) = app.chat.conversations(owner)
    has.conversation_id = conversation.id
    history = app.chat.history(owner, conversation.id)
    has.message_ids = [view.id for view in history]
    has.picture = str(history[0].patches[0].shown_path)
    _, shown = ada.fire("SlideHandlers.on_upload", [], {"path": ada.upload(slide)})
    (has.slide_id,) = (each.id for each in app.viewing.slides(owner))
    region = app.viewing.add_region(owner, has.slide_id, BOX, BOOKMARK)
    has.region_id, has.preview = region.id, str(region.preview)
    has.permit = app.viewing.open(owner, has.slide_id).token
    assert has.slide_id in shown
    return has


def view_json(slide_id: str) -> str:
    """Return what the viewer says is on screen."""
    return json.dumps({"slide": slide_id, "box": list(BOX)})

"""What happens when somebody looks at slides: unpack, call the service, tell the viewer."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from clover_chat.errors import CloverError, SlideError
from clover_chat.services.viewing import (
    FoundRegion,
    LookEvent,
    LookProgress,
    OpenedSlide,
    SlideView,
    ViewingService,
)
from clover_chat.types import ModelHost
from clover_chat.ui import pointing, uploads
from clover_chat.ui.desk import Desk
from clover_chat.ui.people import People
from clover_chat.ui.sentences import told_to_the_person
from clover_chat.ui.viewer import box_of, facts, region_values, slide_values, told, view_of

Update = Any
MOST_REGIONS = 8
"""Regions that one question may point at."""

_log = logging.getLogger(__name__)


class SlideHandlers:
    """The events of the viewer; holds nothing of any one person."""

    def __init__(
        self, viewing: ViewingService, host: ModelHost, people: People, upload_dir: Path
    ) -> None:
        self._viewing = viewing
        self._host = host
        self._people = people
        self._upload_dir = upload_dir
        self._scan: threading.Thread | None = None

    def scan(self) -> None:
        """Look for slides in the background, unless that is being done."""
        if self._scan is None or not self._scan.is_alive():
            self._scan = threading.Thread(target=self._look_for_slides, daemon=True)
            self._scan.start()

    def on_list(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show which slides there are; while they are still being looked for, those found."""
        if said(event).get("isFirst"):
            self.scan()
        return self._listing(self._people.owner(request))

    def on_open(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show a slide."""
        owner, slide_id = self._people.owner(request), str(said(event).get("slide"))
        with told_to_the_person():
            return self._opened(owner, slide_id)
        return told(slide={"id": slide_id, "isRefused": True})

    def on_renew(self, event: gr.EventData, request: gr.Request) -> Update:
        """Extend the permission to see a slide's tiles before it expires."""
        owner, slide_id = self._people.owner(request), str(said(event).get("slide"))
        with told_to_the_person():
            opened = self._viewing.open(owner, slide_id)
            return told(permit={"id": slide_id, "permit": _permit(owner, opened)})
        return gr.skip()

    def on_upload(self, event: gr.EventData, request: gr.Request) -> Update:
        """Take in a slide and show it."""
        owner, path = self._people.owner(request), Path(str(said(event).get("path")))
        try:
            with told_to_the_person():
                uploads.check_ours(path, self._upload_dir)
                slide = self._viewing.add_slide(owner, path)
                return self._opened(owner, slide.id)
            return told(slide={"id": "", "isRefused": True})
        finally:
            uploads.discard([str(path)], self._upload_dir)

    def on_discard(self, event: gr.EventData, request: gr.Request) -> Update:
        """Delete a slide that this person brought."""
        owner = self._people.owner(request)
        with told_to_the_person():
            self._viewing.remove_slide(owner, str(said(event).get("slide")))
        return self._listing(owner)

    def on_point(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Update:
        """Let the next question be about a rectangle, or about a region that is known."""
        owner = self._people.owner(request)
        with told_to_the_person():
            region_id = self._region_of(owner, said(event))
            if len(desk.region_ids) >= MOST_REGIONS:
                raise SlideError(f"A question can be about {MOST_REGIONS} regions at most.")
            desk.region_ids = list(dict.fromkeys([*desk.region_ids, region_id]))
            return self.strip(owner, desk)
        return gr.skip()

    def on_drop(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Update:
        """Leave a region out of the next question."""
        desk.region_ids = [
            each for each in desk.region_ids if str(each) != str(said(event).get("region"))
        ]
        return self.strip(self._people.owner(request), desk)

    def pointed_at(self, owner: str, desk: Desk, view: str) -> list[int]:
        """Return the regions that a question is about.

        Args:
            owner: Who asks.
            desk: What was pointed at.
            view: What is on screen, for a question that points at nothing; may be empty.

        Raises:
            SlideError: What is on screen cannot be asked about.
        """
        if desk.region_ids or (shown := view_of(view)) is None:
            return desk.region_ids
        return [self._viewing.add_region(owner, *shown).id]

    def strip(self, owner: str, desk: Desk) -> str:
        """Return the regions that the next question is about; those that have gone drop out."""
        regions = []
        for region_id in desk.region_ids:
            try:
                regions.append(self._viewing.region(owner, region_id))
            except CloverError:
                _log.debug("A region of the next question has gone.")
        desk.region_ids = [region.id for region in regions]
        return pointing.strip(regions)

    def on_keep(self, event: gr.EventData, request: gr.Request) -> Update:
        """Keep a rectangle under a name, or give a kept one another name."""
        owner, data = self._people.owner(request), said(event)
        with told_to_the_person():
            name = str(data.get("name") or "").strip() or "Bookmark"
            if data.get("region") is not None:
                self._viewing.rename_region(owner, _region_id(data), name)
            else:
                self._viewing.add_region(owner, str(data.get("slide")), _box(data), name)
        return self._marks(owner, str(data.get("slide")))

    def on_forget(self, event: gr.EventData, request: gr.Request) -> Update:
        """Remove a bookmark."""
        owner, data = self._people.owner(request), said(event)
        with told_to_the_person():
            self._viewing.remove_region(owner, _region_id(data))
        return self._marks(owner, str(data.get("slide")))

    def on_import(self, event: gr.EventData, request: gr.Request) -> Update:
        """Keep the regions of a file that QuPath wrote."""
        owner, slide_id = self._people.owner(request), str(said(event).get("slide"))
        with told_to_the_person():
            self._viewing.import_geojson(owner, slide_id, str(said(event).get("text")))
        return self._marks(owner, slide_id)

    def on_export(self, event: gr.EventData, request: gr.Request) -> Update:
        """Hand out the regions of a slide as a file that QuPath reads."""
        owner, slide_id = self._people.owner(request), str(said(event).get("slide"))
        with told_to_the_person():
            text = self._viewing.export_geojson(owner, slide_id)
            return told(file={"name": f"regions-{slide_id[:6]}.geojson", "text": text})
        return gr.skip()

    def on_look(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Look over a slide and show what was found as it is found, until somebody stops it."""
        owner, slide_id = self._people.owner(request), str(said(event).get("slide"))
        desk.look += 1
        number = desk.look
        state: dict[str, Any] = {"slide": slide_id, "found": [], "isDone": False}
        try:
            with closing(self._viewing.look_over(owner, slide_id, self._host)) as events:
                for each in events:
                    if desk.look != number:
                        state["sentence"] = "Stopped."
                        break
                    _take(state, each)
                    yield told(look=state)
        except CloverError as error:
            state["sentence"] = str(error)
        except Exception:
            _log.exception("A slide could not be looked over.")
            state["sentence"] = "Something went wrong while looking; please try again."
        if desk.look in (number, number + 1):
            yield told(look={**state, "isDone": True})

    def on_stop_look(self, desk: Desk) -> None:
        """End looking over a slide; what was found stays."""
        desk.look += 1

    def _opened(self, owner: str, slide_id: str) -> Update:
        opened = self._viewing.open(owner, slide_id)
        return told(
            slide=slide_values(opened, _permit(owner, opened)),
            marks=self._mark_values(owner, slide_id),
        )

    def _listing(self, owner: str) -> Update:
        rows = [self._row(owner, slide) for slide in self._viewing.slides(owner)]
        is_scanning = self._scan is not None and self._scan.is_alive()
        refusals = self._viewing.refusals()
        return told(slides={"rows": rows, "refusals": refusals, "isScanning": is_scanning})

    def _row(self, owner: str, slide: SlideView) -> dict[str, Any]:
        opened = self._viewing.open(owner, slide.id)
        return {
            "id": slide.id,
            "title": slide.title,
            "facts": facts(opened),
            "isUploaded": slide.is_uploaded,
            "permit": _permit(owner, opened),
        }

    def _marks(self, owner: str, slide_id: str) -> Update:
        return told(marks=self._mark_values(owner, slide_id))

    def _mark_values(self, owner: str, slide_id: str) -> dict[str, Any]:
        marks = [region_values(each) for each in self._viewing.bookmarks(owner, slide_id)]
        return {"slide": slide_id, "regions": marks}

    def _region_of(self, owner: str, data: dict[str, Any]) -> int:
        if data.get("region") is not None:
            return self._viewing.region(owner, _region_id(data)).id
        return self._viewing.add_region(owner, str(data.get("slide")), _box(data)).id

    def _look_for_slides(self) -> None:
        try:
            self._viewing.refresh()
        except Exception:
            _log.exception("The slides could not be listed.")


def said(event: gr.EventData) -> dict[str, Any]:
    """Return what the viewer's scripts said, or somebody who pretends to be them."""
    return event._data if isinstance(event._data, dict) else {}


def _permit(owner: str, opened: OpenedSlide) -> str:
    """Return the end of every address of a slide's pictures."""
    page = {"page": owner.removeprefix("page:")} if owner.startswith("page:") else {}
    return urlencode({"t": opened.token, **page})


def _take(state: dict[str, Any], event: LookEvent) -> None:
    if isinstance(event, LookProgress):
        state.update(done=event.done, total=event.total, sentence=event.sentence)
    elif isinstance(event, FoundRegion):
        found = {**region_values(event.region), "number": event.number, "reading": event.reading}
        state["found"] = [*state["found"], found]
    else:
        state.update(summary=event.text, sentence="")


def _box(data: dict[str, Any]) -> Any:
    box = box_of(data.get("box"))
    if box is None:
        raise SlideError("This rectangle cannot be read; draw it once more.")
    return box


def _region_id(data: dict[str, Any]) -> int:
    text = str(data.get("region"))
    if not text.isdecimal() or len(text) > 18:
        raise SlideError("There is no such region; reload the page.")
    return int(text)

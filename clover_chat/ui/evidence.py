"""What the model saw, under an answer: its pictures, how large, and where it looked.

Asked for when somebody opens it; whose answer it is, is told from the request alone.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import gradio as gr
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import CloverError, ConversationNotFound, QuestionError
from clover_chat.services.evidence import Evidence, EvidenceService, Sighting
from clover_chat.ui import look
from clover_chat.ui.markup import TIMES, plain
from clover_chat.ui.people import People
from clover_chat.ui.pointing import magnification

WHAT_IT_SAYS = (
    "Bright places are those that the bridge read most for this question (the cross-attention of "
    "its Q-Former, averaged over layers, heads and query tokens). The map says where it read, not "
    "why it answered so: a bright place need not have counted, and what the answer names may lie "
    "elsewhere. It marks no finding."
)
OF_TODAY = "Another bridge gave this answer; the map is of the one at work now."
_NO_STORE = {"cache-control": "no-store"}


class EvidenceRoutes:
    """Answers requests for what an answer rests on."""

    def __init__(self, evidence: EvidenceService, people: People) -> None:
        self._evidence = evidence
        self._people = people

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        home = "/conversations/{conversation_id}/answers/{answer_id:int}/evidence"
        return [
            Route("/conversations/{conversation_id}/answers", self.answers),
            Route(home, self.listing),
            Route(f"{home}/{{place:int}}.png", self.overlay),
        ]

    async def answers(self, request: Request) -> Response:
        """Send the answers on screen in order: the id of each that rests on pictures, else null."""
        owner, shown = self._people.viewer(request), request.path_params["conversation_id"]
        return await _told(
            lambda: JSONResponse(self._evidence.answers(owner, shown), headers=_NO_STORE)
        )

    async def listing(self, request: Request) -> Response:
        """Send the pictures of an answer as a piece of the page."""
        owner, at = self._people.viewer(request), request.path_params
        page = request.query_params.get("page")
        home = f"conversations/{at['conversation_id']}/answers/{at['answer_id']}/evidence"

        def work() -> Response:
            found = self._evidence.of(owner, at["conversation_id"], at["answer_id"])
            return HTMLResponse(figures(found, home, page), headers=_NO_STORE)

        return await _told(work)

    async def overlay(self, request: Request) -> Response:
        """Send one of these pictures under its map."""
        owner, at = self._people.viewer(request), request.path_params

        def work() -> Response:
            data = self._evidence.overlay(
                owner, at["conversation_id"], at["answer_id"], at["place"]
            )
            return Response(data, media_type="image/png", headers=_NO_STORE)

        return await _told(work)


def component() -> gr.HTML:
    """Return what puts a place to open under answers and fills it."""
    return gr.HTML(
        html_template="<span></span>",
        js_on_load=look.script("evidence.js"),
        elem_id="evidence",
        apply_default_css=False,
        page="",
    )


def figures(found: Evidence, home: str, page: str | None) -> str:
    """Return the pictures of an answer as HTML.

    Args:
        found: What it rests on.
        home: The address of its evidence, counted from the page's own.
        page: Names the page of a visitor who takes no cookies.
    """
    end = f"?{urlencode({'page': page})}" if page else ""
    pictures = "".join(
        _figure(each, f"{home}/{place}.png{end}") for place, each in enumerate(found.sightings)
    )
    has_map = any(each.has_map for each in found.sightings)
    words = [WHAT_IT_SAYS] if has_map else []
    words += [OF_TODAY] if has_map and found.is_of_today else []
    told = f"<p>{plain(' '.join(words))}</p>" if words else ""
    return f'<div class="clover-seen">{pictures}</div>{told}'


def caption(seen: Sighting) -> str:
    """Say how a picture was given to the model."""
    size = f"{seen.width} {TIMES} {seen.height} px"
    mpp = f"{seen.mpp:.2g} \u00b5m/px" if seen.mpp else ""
    return ", ".join(part for part in (size, magnification(seen.magnification), mpp) if part)


def _figure(seen: Sighting, address: str) -> str:
    words = plain(caption(seen))
    picture = f'<img src="{plain(address)}" alt="Where the model looked, {words}">'
    if seen.place is None:
        return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"
    box = ",".join(map(str, seen.place.box))
    return (
        f'<figure><button type="button" class="clover-region" '
        f'data-slide="{plain(seen.place.slide_id)}" data-box="{box}" title="Show it on the slide">'
        f"{picture}<span>{words}</span></button></figure>"
    )


async def _told(work: Callable[[], Response]) -> Response:
    """Work in a thread, and turn what a service raises into a sentence with a status."""
    try:
        return await to_thread.run_sync(work)
    except (ConversationNotFound, QuestionError) as error:
        return PlainTextResponse(str(error), 404, headers=_NO_STORE)
    except CloverError as error:
        return PlainTextResponse(str(error), 422, headers=_NO_STORE)

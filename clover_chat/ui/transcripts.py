"""Addresses under which a person's own conversations are exported and imported, and the menu.

Whose a conversation is, is told from the request alone; that somebody else's exists is never told.
An import is taken from this very page only, as judgments of the reference shelf are.
"""

from collections.abc import Callable

import gradio as gr
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import CloverError, ConversationNotFound
from clover_chat.services.transcripts.intake import LARGEST_FILE
from clover_chat.services.transcripts.service import FileKind, TranscriptService
from clover_chat.ui import look
from clover_chat.ui.people import People
from clover_chat.ui.posted import is_from_this_page

_NO_STORE = {"cache-control": "no-store"}
_MEDIA_TYPES = {
    FileKind.MARKDOWN: "text/markdown",
    FileKind.JSON: "application/json",
    FileKind.HTML: "text/html",
}
_CHOICES = {
    FileKind.HTML: "Report with pictures (HTML)",
    FileKind.MARKDOWN: "Text (Markdown)",
    FileKind.JSON: "Everything, to import again (JSON)",
}


class TranscriptRoutes:
    """Answers requests for conversations as files."""

    def __init__(self, transcripts: TranscriptService, people: People) -> None:
        self._transcripts = transcripts
        self._people = people

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        return [
            Route("/conversations/import", self.take_in, methods=["POST"]),
            Route("/conversations/{conversation_id}/export.{kind}", self.export),
        ]

    async def export(self, request: Request) -> Response:
        """Send a conversation as a file to be kept."""
        owner, asked = self._people.viewer(request), request.path_params["kind"]
        if asked not in set(FileKind):
            return _refusal("There is nothing at this address.", 404)
        kind = FileKind(asked)

        def work() -> Response:
            found = self._transcripts.export(owner, request.path_params["conversation_id"], kind)
            named = {"content-disposition": f'attachment; filename="{found.name}"'}
            return Response(found.text, headers=_NO_STORE | named, media_type=_MEDIA_TYPES[kind])

        return await _told(work)

    async def take_in(self, request: Request) -> Response:
        """Keep a conversation from a file, and say where it is."""
        if not is_from_this_page(request):
            return _refusal("A conversation is imported from this page only.", 403)
        owner, body = self._people.viewer(request), bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FILE:
                break

        def work() -> Response:
            kept = self._transcripts.take_in(owner, bytes(body))
            told = {"id": kept.conversation_id, "sentence": kept.sentence}
            return JSONResponse(told, headers=_NO_STORE)

        return await _told(work)


def menu() -> gr.HTML:
    """Return the menu beside the conversation; its script fetches and sends the files."""
    choices = "".join(
        f'<button type="button" data-kind="{kind}">{words}</button>'
        for kind, words in _CHOICES.items()
    )
    return gr.HTML(
        html_template=(
            '<details class="clover-files"><summary><span class="clover-export">Export</span>'
            '<span class="clover-import">Import</span></summary><div>'
            f'<div class="clover-exports">{choices}</div>'
            '<label><input type="file" accept=".json,application/json">'
            "<span>Import a conversation (JSON) …</span></label>"
            '<p role="status"></p></div></details>'
        ),
        js_on_load=look.script("files.js"),
        elem_id="files",
        apply_default_css=False,
        page="",
    )


def on_load(request: gr.Request) -> tuple[dict[str, object], dict[str, object]]:
    """Tell the menu, and what shows evidence, which page they are in.

    Visitors who take no cookies are known by it.
    """
    page = request.session_hash or ""
    return gr.update(page=page), gr.update(page=page)


async def _told(work: Callable[[], Response]) -> Response:
    """Work in a thread, and turn what a service raises into a sentence with a status."""
    try:
        return await to_thread.run_sync(work)
    except ConversationNotFound as error:
        return _refusal(str(error), 404)
    except CloverError as error:
        return _refusal(str(error), 422)


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status, headers=_NO_STORE)

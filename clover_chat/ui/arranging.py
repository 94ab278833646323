"""Arranging conversations in the side bar: what happens there, and what the list shows then."""

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import gradio as gr

from clover_chat.services.deleting import DeletingService
from clover_chat.services.listing import AT_A_TIME, ListingService
from clover_chat.services.searching import SearchService
from clover_chat.ui import listing, look
from clover_chat.ui.desk import Desk
from clover_chat.ui.people import People
from clover_chat.ui.sentences import told_to_the_person
from clover_chat.ui.slides import said

FIND = (
    '<div class="clover-find" role="search"><input type="search" maxlength="200" '
    'placeholder="Search conversations" aria-label="Search conversations" autocomplete="off" '
    'spellcheck="false"></div>'
)


@dataclass(frozen=True)
class SideBar:
    """What the side bar holds of conversations.

    Attributes:
        find: The search box.
        found: What a search found, in place of the list.
        listing: The list.
    """

    find: gr.HTML
    found: gr.HTML
    listing: gr.HTML


def components() -> SideBar:
    """Return the search box, its results and the list, empty."""
    following = look.script("listing.js") + look.script("drafts.js")
    return SideBar(
        gr.HTML(FIND, elem_id="find", js_on_load=look.script("find.js")),
        gr.HTML(elem_id="found", js_on_load=look.script("found.js")),
        gr.HTML(elem_id="listing", js_on_load=following),
    )


class ArrangingHandlers:
    """The events of the side bar; holds nothing of any one person."""

    def __init__(
        self,
        conversations: ListingService,
        deleting: DeletingService,
        searching: SearchService,
        people: People,
    ) -> None:
        self._conversations = conversations
        self._deleting = deleting
        self._searching = searching
        self._people = people

    def connect(self, side: SideBar, desk: gr.State, options: dict[str, Any]) -> None:
        """Connect the events that concern the list alone.

        Args:
            side: The side bar.
            desk: What the page shows.
            options: Of every event.
        """
        listed = side.listing
        for event, handler in (
            (listed.rename, self.on_rename),
            (listed.pin, self.on_pin),
            (listed.archive, self.on_archive),
            (listed.older, self.on_older),
        ):
            event(handler, [desk], listed, **options)
        typing = {**options, "trigger_mode": "always_last"}
        side.find.search(self.on_search, None, side.found, **typing)

    def html(self, owner: str, desk: Desk) -> str:
        """Return the list as a page shows it."""
        found = self._conversations.listing(owner, zone=desk.zone, most=desk.listed)
        shown = listing.Shown(
            desk.conversation_id,
            self._title(owner, desk.conversation_id),
            sha256(owner.encode()).hexdigest()[:12],
            desk.deleted_lately(),
        )
        return listing.listing(found, shown)

    def delete(self, owner: str, conversation_id: str, desk: Desk) -> None:
        """Put a conversation out of sight, and offer to bring it back.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        self._deleting.delete(owner, conversation_id)
        desk.deleted = conversation_id, time.monotonic() + listing.UNDO_S

    def restore(self, owner: str, conversation_id: str, desk: Desk) -> None:
        """Bring a conversation back.

        Raises:
            ConversationNotFound: No such conversation belongs to this person any more.
        """
        self._deleting.restore(owner, conversation_id)
        desk.deleted = None

    def tidy(self) -> None:
        """Remove for good what was deleted long enough ago."""
        self._deleting.remove_deleted()

    def on_rename(self, desk: Desk, event: gr.EventData, request: gr.Request) -> str:
        """Give a conversation another title; one that is refused leaves the list as it was."""
        owner, sent = self._people.owner(request), said(event)
        with told_to_the_person():
            self._conversations.rename(owner, _id(sent), str(sent.get("title", "")))
        return self.html(owner, desk)

    def on_pin(self, desk: Desk, event: gr.EventData, request: gr.Request) -> str:
        """Pin a conversation, or no longer."""
        owner, sent = self._people.owner(request), said(event)
        with told_to_the_person():
            self._conversations.pin(owner, _id(sent), is_pinned=sent.get("isOn") is True)
        return self.html(owner, desk)

    def on_archive(self, desk: Desk, event: gr.EventData, request: gr.Request) -> str:
        """Archive a conversation, or take it out again."""
        owner, sent = self._people.owner(request), said(event)
        with told_to_the_person():
            self._conversations.archive(owner, _id(sent), is_archived=sent.get("isOn") is True)
        return self.html(owner, desk)

    def on_older(self, desk: Desk, request: gr.Request) -> str:
        """Show more of the list."""
        desk.listed += AT_A_TIME
        return self.html(self._people.owner(request), desk)

    def on_search(self, event: gr.EventData, request: gr.Request) -> str:
        """Show what a person's own conversations hold of what is being typed."""
        query = str(said(event).get("query", ""))
        return listing.results(query, self._searching.search(self._people.owner(request), query))

    def _title(self, owner: str, conversation_id: str | None) -> str:
        """Return what is on screen, which may be too old to be in the list."""
        return self._conversations.title(owner, conversation_id) if conversation_id else ""


def _id(sent: dict[str, Any]) -> str:
    return str(sent.get("id", ""))

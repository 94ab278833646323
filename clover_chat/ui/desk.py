"""What one open page shows, and the few things a handler may send it.

A `Screen` is what becomes of the composer, the chatbot, the list of conversations and the regions
that the next question is about, in this order. Each is made afresh: Gradio takes updates apart
while it sends them.
"""

import time
from typing import Any

import gradio as gr

from clover_chat.services.chat import ChatService
from clover_chat.services.listing import AT_A_TIME
from clover_chat.services.views import MessageView, Window
from clover_chat.ui.answers import Answer
from clover_chat.ui.contests import Contest

Screen = tuple[Any, Any, Any, Any]


def messages_on_screen(
    chat: ChatService, owner: str, desk: "Desk", conversation_id: str
) -> tuple[MessageView, ...]:
    """Return the messages of a conversation that a page shows, which Gradio's positions count.

    Of a long conversation these are the last ones.

    Raises:
        ConversationNotFound: No such conversation belongs to this person.
    """
    return chat.window(owner, conversation_id, desk.since(conversation_id)).messages


def nothing() -> Screen:
    """Leave everything as it is."""
    return gr.skip(), gr.skip(), gr.skip(), gr.skip()


def idle() -> dict[str, Any]:
    """Return a composer that can send."""
    return gr.update(submit_btn=True, stop_btn=False)


def busy(**changes: Any) -> dict[str, Any]:
    """Return a composer that can stop an answer."""
    return gr.update(submit_btn=False, stop_btn=True, **changes)


def busy_and_empty() -> dict[str, Any]:
    """Return a composer whose question was taken."""
    return busy(value={"text": "", "files": []})


class Desk:
    """Which conversation and slide a page shows; on the server, one for each page."""

    def __init__(self) -> None:
        self.conversation_id: str | None = None
        self.answer: Answer | None = None
        self.visit = 0  # a follower of an earlier visit is out of date
        self.region_ids: list[int] = []  # what the next question points at
        self.judged_id: int | None = None  # the answer that lies open for judging
        self.contest: Contest | None = None  # two answers that are being written
        self.look = 0  # a look over a slide that has another number is out of date
        self.first_id: int | None = None  # the message that what is on screen begins with
        self.hidden_count = 0  # messages before it
        self.listed = AT_A_TIME  # conversations that the list shows
        self.zone = ""  # the time zone of whoever looks
        self.deleted: tuple[str, float] | None = None  # what can be brought back, and until when

    def since(self, conversation_id: str | None) -> int | None:
        """Return where what is on screen of a conversation begins, None where it is not there."""
        return self.first_id if conversation_id == self.conversation_id else None

    def deleted_lately(self) -> str | None:
        """Return the conversation whose deletion the page still offers to undo."""
        if self.deleted and time.monotonic() < self.deleted[1]:
            return self.deleted[0]
        return None

    def show(
        self,
        conversation_id: str | None,
        answer: Answer | None = None,
        window: Window | None = None,
    ) -> None:
        """Turn to a conversation, or to an empty page."""
        self.first_id = window.first_id if window else None
        self.hidden_count = window.hidden_count if window else 0
        self.conversation_id = conversation_id
        self.answer = answer
        self.judged_id = None
        self.contest = None
        self.visit += 1

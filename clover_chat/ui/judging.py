"""Judging answers in the page: its components, and what happens when somebody uses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from clover_chat.errors import QuestionError
from clover_chat.services.chat import ChatService
from clover_chat.services.judging import JudgedAnswer, JudgingService, judgment_of
from clover_chat.services.views import JudgmentView, MessageView
from clover_chat.types import Role, Thumb
from clover_chat.ui import look, panel, render
from clover_chat.ui.desk import Desk, messages_on_screen
from clover_chat.ui.people import People
from clover_chat.ui.sentences import told_to_the_person
from clover_chat.ui.slides import said

Update = Any
Updates = tuple[Update, ...]
NOTHING: Updates = (gr.skip(), gr.skip())


@dataclass(frozen=True)
class Components:
    """What judging adds to the page.

    Attributes:
        panel: Opens under the conversation.
        consent: Stands in the side bar, once that was asked.
    """

    panel: gr.HTML
    consent: gr.HTML


def panel_component() -> gr.HTML:
    """Return the panel, closed."""
    return gr.HTML(elem_id="judging", js_on_load=look.script("judging.js"))


def consent_component() -> gr.HTML:
    """Return the line on consent, empty."""
    return gr.HTML(elem_id="consent", js_on_load=look.script("consent.js"))


def message_at(history: Sequence[MessageView], index: Any, role: Role) -> MessageView:
    """Find the first message of a role at or after a position on screen.

    Raises:
        QuestionError: There is none.
    """
    position = index[0] if isinstance(index, list | tuple) else index
    if isinstance(position, int):
        for view in history[max(position, 0) :]:
            if view.role is role:
                return view
    raise QuestionError("This message is no longer part of the conversation; reload the page.")


class _Visit(NamedTuple):
    conversation_id: str
    number: int


class JudgingHandlers:
    """The events of judging; holds nothing of any one person."""

    def __init__(self, judging: JudgingService, chat: ChatService, people: People) -> None:
        self._judging = judging
        self._chat = chat
        self._people = people

    def connect(
        self,
        page: gr.Blocks,
        parts: Components,
        chatbot: gr.Chatbot,
        desk: gr.State,
        options: dict[str, Any],
    ) -> None:
        """Connect the events to the methods below.

        Args:
            page: The page.
            parts: What judging added to it.
            chatbot: The conversation.
            desk: What the page shows.
            options: Of every event.
        """
        shown, seen = parts.panel, [chatbot, parts.panel]
        chatbot.like(self.on_thumb, [desk], seen, **options)
        shown.open(self.on_open, [desk], shown, **options)
        shown.close(self.on_close, [desk], shown, **options)
        shown.keep(self.on_keep, [desk], seen, **options)
        shown.withdraw(self.on_withdraw, [desk], seen, **options)
        shown.undo(self.on_undo, [desk], seen, **options)
        both = [parts.panel, parts.consent]
        shown.consent(self.on_consent, [desk], both, **options)
        parts.consent.consent(self.on_consent, [desk], both, **options)
        page.load(self.on_load, None, parts.consent, **options)

    def on_load(self, request: gr.Request) -> str:
        """Show whether judgments may be used, where that was asked."""
        may_be_used = self._judging.may_be_used(self._people.owner(request))
        return "" if may_be_used is None else panel.consent(may_be_used)

    def on_turn(self, desk: Desk) -> Update:
        """Close the panel where the page has turned to something else."""
        return gr.skip() if desk.judged_id is not None else ""

    def on_thumb(self, desk: Desk, event: gr.LikeData, request: gr.Request) -> Updates:
        """Keep a thumb, or take it back, and open the panel for the rest."""
        owner = self._people.owner(request)
        with told_to_the_person():
            visit = _visit(desk)
            history = messages_on_screen(self._chat, owner, desk, visit.conversation_id)
            answer = message_at(history, event.index, Role.ASSISTANT)
            judged = self._judging.show_thumb(
                owner, visit.conversation_id, answer.id, _thumb(event.liked)
            )
            return self._opened(owner, desk, visit, judged)
        return NOTHING

    def on_open(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Update:
        """Open an answer for correction."""
        owner = self._people.owner(request)
        with told_to_the_person():
            visit = _visit(desk)
            history = messages_on_screen(self._chat, owner, desk, visit.conversation_id)
            answers = [view for view in history if view.role is Role.ASSISTANT]
            answer = message_at(answers, said(event).get("place"), Role.ASSISTANT)
            judged = self._judging.answer(owner, visit.conversation_id, answer.id)
            desk.judged_id = judged.answer_id
            return panel.panel(judged, is_correcting=True)
        return gr.skip()

    def on_close(self, desk: Desk) -> Update:
        """Close the panel; nothing is kept by it."""
        desk.judged_id = None
        return ""

    def on_keep(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Updates:
        """Keep everything that was said of the answer in the panel, and close it."""
        owner = self._people.owner(request)
        with told_to_the_person():
            visit, answer_id = _visit(desk), _judged(desk)
            judgment = _judgment(said(event))
            judged = self._judging.judge(owner, visit.conversation_id, answer_id, judgment)
            left = panel.kept() if judged.may_be_used is None else ""
            return self._updates(owner, desk, visit, None, left)
        return NOTHING

    def on_withdraw(self, desk: Desk, request: gr.Request) -> Updates:
        """Take back everything that was said of the answer in the panel."""
        owner = self._people.owner(request)
        with told_to_the_person():
            visit = _visit(desk)
            judged = self._judging.withdraw(owner, visit.conversation_id, _judged(desk))
            return self._opened(owner, desk, visit, judged, "Withdrawn.")
        return NOTHING

    def on_undo(self, desk: Desk, request: gr.Request) -> Updates:
        """Go back to what was thought of the answer before the last change."""
        owner = self._people.owner(request)
        with told_to_the_person():
            visit = _visit(desk)
            judged = self._judging.undo(owner, visit.conversation_id, _judged(desk))
            return self._opened(owner, desk, visit, judged, "Undone.")
        return NOTHING

    def on_consent(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Updates:
        """Let judgments be used for training, or no longer."""
        owner, is_given = self._people.owner(request), said(event).get("isGiven") is True
        self._judging.consent(owner, is_given=is_given)
        words = panel.consent(is_given)
        if desk.judged_id is None:
            return "", words
        with told_to_the_person():
            judged = self._judging.answer(owner, _visit(desk).conversation_id, desk.judged_id)
            return panel.panel(judged), words
        return "", words

    def _opened(
        self, owner: str, desk: Desk, visit: _Visit, judged: JudgedAnswer, news: str = ""
    ) -> Updates:
        return self._updates(owner, desk, visit, judged.answer_id, panel.panel(judged, said=news))

    def _updates(
        self, owner: str, desk: Desk, visit: _Visit, judged_id: int | None, words: str
    ) -> Updates:
        """Show the conversation as it is now, unless the page has turned to something else."""
        conversation = render.shown(
            messages_on_screen(self._chat, owner, desk, visit.conversation_id)
        )
        if desk.visit != visit.number:
            return NOTHING
        desk.judged_id = judged_id
        return conversation, words


def _visit(desk: Desk) -> _Visit:
    if desk.conversation_id is None:
        raise QuestionError("There is no conversation on screen; reload the page.")
    return _Visit(desk.conversation_id, desk.visit)


def _judged(desk: Desk) -> int:
    if desk.judged_id is None:
        raise QuestionError("No answer lies open for judging; press a thumb first.")
    return desk.judged_id


def _thumb(liked: bool | str) -> Thumb:
    """Read a thumb as Gradio names it; one that is taken back has no name."""
    if isinstance(liked, bool):
        return Thumb.UP if liked else Thumb.DOWN
    return Thumb.NONE


def _judgment(data: dict[str, Any]) -> JudgmentView:
    """Read what the panel's script sent, or somebody who pretends to be it."""
    reasons = data.get("reasons")
    return judgment_of(
        str(data.get("verdict")),
        list(map(str, reasons)) if isinstance(reasons, list) else [],
        str(data.get("comment") or ""),
        str(data.get("correction") or ""),
        is_reviewed=data.get("isReviewed") is True,
        is_pinned=data.get("isPinned") is True,
    )

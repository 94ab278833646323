"""What happens when somebody presses something: unpack, call the service, render.

A handler that begins an answer returns at once; `on_follow`, run after it, shows it growing.
Everything that comes from a page is doubted: conversations are looked up under their owner,
positions and ids in the history that the service returns.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from clover_chat.errors import CloverError, QuestionError
from clover_chat.services.chat import ChatService
from clover_chat.services.questions import checked_question
from clover_chat.services.viewing import ViewingService
from clover_chat.services.views import Event, MessageView, Window
from clover_chat.types import ModelHost, Role, Sampling, Stage
from clover_chat.ui import render, samples, uploads
from clover_chat.ui.answers import Answer, Answers, Progress
from clover_chat.ui.arranging import ArrangingHandlers
from clover_chat.ui.desk import (
    Desk,
    Screen,
    busy,
    busy_and_empty,
    idle,
    messages_on_screen,
    nothing,
)
from clover_chat.ui.earlier import MORE_AT_ONCE
from clover_chat.ui.judging import message_at
from clover_chat.ui.people import People
from clover_chat.ui.sentences import told_to_the_person, warn
from clover_chat.ui.slides import SlideHandlers, said
from clover_chat.ui.uploads import Draft

LARGEST_ID = 2**31 - 1
"""A number from a page may be larger than any column."""


def sampling(temperature: float, top_p: float, max_tokens: float, seed: float | None) -> Sampling:
    """Read the advanced settings as they come from sliders and number fields."""
    return Sampling(float(temperature), float(top_p), int(max_tokens), int(seed or 0))


class Handlers:
    """The events of the page; holds nothing of any one person."""

    def __init__(
        self,
        chat: ChatService,
        viewing: ViewingService,
        host: ModelHost,
        people: People,
        arranging: ArrangingHandlers,
        upload_dir: Path,
        max_upload_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self.slides = SlideHandlers(viewing, host, people, upload_dir)
        self.arranging = arranging
        self._chat = chat
        self._host = host
        self._people = people
        self._upload_dir = upload_dir
        self._max_upload_bytes = max_upload_bytes
        self.answers = Answers()

    def on_load(self, wanted: str | None, desk: Desk, request: gr.Request) -> Screen:
        """Show the conversation that the address names, or an empty page."""
        owner = self._people.owner(request)
        conversation_id, _, desk.zone = (wanted or "").partition(" ")
        self.arranging.tidy()
        try:
            return self._open(owner, desk, conversation_id or None)
        except CloverError:
            return self._open(owner, desk, None)

    def on_open(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Screen:
        """Show an earlier conversation, from one of its messages on where that is named."""
        owner, wanted = self._people.owner(request), str(event.id)
        message_id = said(event).get("message")
        with told_to_the_person():
            if isinstance(message_id, int) and 0 < message_id <= LARGEST_ID:
                self._chat.show_message(owner, wanted, message_id)
                return self._open(owner, desk, wanted, since=message_id)
            return self._open(owner, desk, wanted)
        return nothing()

    def on_earlier(self, desk: Desk, request: gr.Request) -> Screen:
        """Show more of a long conversation."""
        owner = self._people.owner(request)
        with told_to_the_person():
            return self._open(owner, desk, desk.conversation_id, desk.first_id, MORE_AT_ONCE)
        return nothing()

    def on_new(self, desk: Desk, request: gr.Request) -> Screen:
        """Show an empty page."""
        return self._open(self._people.owner(request), desk, None)

    def on_delete(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Screen:
        """Delete a conversation; where it was on screen, an empty page follows."""
        owner, doomed = self._people.owner(request), str(event.id)
        with told_to_the_person():
            self.answers.stop(owner, doomed)
            self.arranging.delete(owner, doomed, desk)
            if desk.conversation_id == doomed:
                return self._open(owner, desk, None)
        return gr.skip(), gr.skip(), self._listing(owner, desk), gr.skip()

    def on_restore(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Screen:
        """Bring a deleted conversation back, on screen where the page is empty."""
        owner, missed = self._people.owner(request), str(event.id)
        with told_to_the_person():
            self.arranging.restore(owner, missed, desk)
            if desk.conversation_id is None:
                return self._open(owner, desk, missed)
        return gr.skip(), gr.skip(), self._listing(owner, desk), gr.skip()

    def on_ask(
        self, draft: Draft, view: str, desk: Desk, request: gr.Request, *settings: Any
    ) -> Screen:
        """Ask; the question leaves the composer once it is stored, not before."""
        with told_to_the_person():
            return self.ask(draft, view, desk, request, sampling(*settings))
        return nothing()

    def ask(
        self,
        draft: Draft,
        view: str,
        desk: Desk,
        request: gr.Request,
        chosen: Sampling,
        host: ModelHost | None = None,
    ) -> Screen:
        """Ask what stands in the composer.

        Args:
            draft: The composer.
            view: What the viewer shows; may be empty.
            desk: What the page shows.
            request: Who asks.
            chosen: How the answer is chosen.
            host: Has another bridge answer than the one at work; None leaves it so.

        Raises:
            CloverError: It cannot be asked; the composer keeps it.
        """
        checked_question(draft["text"])  # before its pictures are stored
        kept = uploads.keep(self._chat, draft["files"], self._max_upload_bytes)
        for problem in kept.problems:
            warn(problem)
        if kept.is_worth_asking:
            screen = self._ask(draft["text"], kept.keys, view, desk, request, chosen, host)
        else:
            screen = gr.update(value={**draft, "files": []}), *nothing()[1:]
        uploads.discard(draft["files"], self._upload_dir)
        return screen

    def on_sample(
        self,
        draft: Draft,
        view: str,
        desk: Desk,
        event: gr.EventData,
        request: gr.Request,
        *settings: Any,
    ) -> Screen:
        """Ask a sample question, about the sample patch where the person shows nothing else."""
        question = samples.QUESTIONS[int(event.place) % len(samples.QUESTIONS)]
        if draft["files"] or desk.region_ids or view:
            return self.on_ask({**draft, "text": question}, view, desk, request, *settings)
        with told_to_the_person():
            patch = self._chat.add_patch(samples.patch_path(), origin="sample")
            chosen = sampling(*settings)
            return self._ask(question, [patch.key], view, desk, request, chosen)
        return nothing()

    def on_retry(
        self, desk: Desk, event: gr.RetryData, request: gr.Request, *settings: Any
    ) -> Screen:
        """Ask for another answer to the same question."""
        owner = self._people.owner(request)
        with told_to_the_person():
            conversation_id, answer = self._at(owner, desk, event.index, Role.ASSISTANT)
            events = self._chat.retry(owner, conversation_id, answer.id, sampling(*settings))
            return self._begin(owner, desk, events, busy())
        return nothing()

    def on_edit(
        self, desk: Desk, event: gr.EditData, request: gr.Request, *settings: Any
    ) -> Screen:
        """Ask a question in other words; the earlier wording is kept beside it."""
        owner = self._people.owner(request)
        with told_to_the_person():
            conversation_id, question = self._at(owner, desk, event.index, Role.USER)
            events = self._chat.edit(
                owner, conversation_id, question.id, str(event.value), sampling(*settings)
            )
            return self._begin(owner, desk, events, busy())
        # the page shows the refused wording
        return self._open(owner, desk, desk.conversation_id, desk.first_id)

    def on_switch(self, desk: Desk, event: gr.SelectData, request: gr.Request) -> Screen:
        """Show another version of a message and what followed it."""
        owner = self._people.owner(request)
        with told_to_the_person():
            if desk.conversation_id and str(event.value).isdecimal():
                self._chat.show_sibling(owner, desk.conversation_id, int(event.value))
            return self._open(owner, desk, desk.conversation_id, desk.first_id)
        return nothing()

    def on_follow(self, desk: Desk, request: gr.Request) -> Iterator[Screen]:
        """Show an answer while it is written, for as long as the page stays with it."""
        owner, answer, visit = self._people.owner(request), desk.answer, desk.visit
        if answer is None:
            yield nothing()
            return
        shown, answer_id = answer.started.conversation_id, answer.started.answer_id
        history = messages_on_screen(self._chat, owner, desk, shown)
        progress = Progress()
        for progress in answer.follow():
            if desk.visit != visit:
                yield nothing()
                return
            messages = render.conversation(history, progress, answer_id)
            yield gr.skip(), messages, gr.skip(), gr.skip()
        desk.answer = None
        failed = progress if progress.problem else None
        ended = render.shown(messages_on_screen(self._chat, owner, desk, shown), failed, answer_id)
        yield idle(), ended, self._listing(owner, desk), gr.skip()

    def on_stop(self, desk: Desk, request: gr.Request) -> None:
        """End the answer that is being written on screen."""
        self.answers.stop(self._people.owner(request), desk.conversation_id)

    def on_tick(self) -> tuple[str, gr.Timer]:
        """Show how far the model is, until that can no longer change."""
        state = self._host.state
        is_over = state.stage in (Stage.READY, Stage.FAILED)
        return render.model_state(state), gr.Timer(active=not is_over)

    def _ask(
        self,
        question: str,
        keys: Sequence[str],
        view: str,
        desk: Desk,
        request: gr.Request,
        chosen: Sampling,
        host: ModelHost | None = None,
    ) -> Screen:
        owner, conversation_id = self._people.owner(request), desk.conversation_id
        if self.answers.running(owner, conversation_id):
            raise QuestionError("An answer is still being written; wait for it or stop it first.")
        is_first = conversation_id is None and not keys
        regions = self.slides.pointed_at(owner, desk, view if is_first else "")
        events = self._chat.ask(owner, conversation_id, question, keys, chosen, regions, host)
        composer, messages, listing, _ = self._begin(owner, desk, events, busy_and_empty())
        desk.region_ids = []
        return composer, messages, listing, ""

    def again(self, owner: str, desk: Desk, events: Iterator[Event]) -> Screen:
        """Show an answer to an earlier question grow.

        Raises:
            CloverError: It cannot begin, or another one is being written.
        """
        if self.answers.running(owner, desk.conversation_id):
            raise QuestionError("An answer is still being written; wait for it or stop it first.")
        return self._begin(owner, desk, events, busy())

    def listing(self, owner: str, desk: Desk) -> str:
        """Return the list of conversations, the one on screen marked."""
        return self._listing(owner, desk)

    def _begin(self, owner: str, desk: Desk, events: Iterator[Event], composer: Any) -> Screen:
        answer = self.answers.begin(owner, events)
        window = self._chat.window(owner, answer.started.conversation_id)
        return self._show_growing(owner, desk, answer, composer, window)

    def _open(
        self,
        owner: str,
        desk: Desk,
        conversation_id: str | None,
        since: int | None = None,
        more: int = 0,
    ) -> Screen:
        window = Window()
        if conversation_id is not None:
            window = self._chat.window(owner, conversation_id, since, more)
        if answer := self.answers.running(owner, conversation_id):
            return self._show_growing(owner, desk, answer, busy(), window)
        desk.show(conversation_id, window=window)
        return idle(), render.shown(window.messages), self._listing(owner, desk), gr.skip()

    def _show_growing(
        self, owner: str, desk: Desk, answer: Answer, composer: Any, window: Window
    ) -> Screen:
        started = answer.started
        desk.show(started.conversation_id, answer, window)
        shown = render.shown(window.messages, Progress(), started.answer_id)
        return composer, shown, self._listing(owner, desk), gr.skip()

    def _at(self, owner: str, desk: Desk, index: Any, role: Role) -> tuple[str, MessageView]:
        if not desk.conversation_id:
            raise QuestionError("There is no conversation on screen; reload the page.")
        history = messages_on_screen(self._chat, owner, desk, desk.conversation_id)
        return desk.conversation_id, message_at(history, index, role)

    def _listing(self, owner: str, desk: Desk) -> str:
        return self.arranging.html(owner, desk)

"""Comparing two answers in the page: its components, and what happens when somebody uses them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from clover_chat.errors import JudgmentError, QuestionError
from clover_chat.services.chat import ChatService
from clover_chat.services.comparing import ComparingService, Side
from clover_chat.types import Choice, Role, Sampling
from clover_chat.ui import look, render, side_by_side
from clover_chat.ui.contests import Contest
from clover_chat.ui.desk import Desk, idle, messages_on_screen, nothing
from clover_chat.ui.handlers import Handlers, sampling
from clover_chat.ui.people import People
from clover_chat.ui.sentences import told_to_the_person, warn
from clover_chat.ui.slides import said
from clover_chat.ui.texts.catalogue import text
from clover_chat.ui.uploads import Draft

Updates = tuple[Any, ...]
LARGEST_SEED = 2**31 - 1
HOTTEST = 1.5


@dataclass(frozen=True)
class Components:
    """What comparing adds to the page.

    Attributes:
        button: Opens the panel.
        panel: Opens under the conversation.
    """

    button: gr.Button
    panel: gr.HTML


def button_component() -> gr.Button:
    """Return the button in the side bar."""
    return gr.Button(text("Compare two answers"), elem_id="compare", size="sm")


def panel_component() -> gr.HTML:
    """Return the panel, closed."""
    return gr.HTML(elem_id="comparing", js_on_load=look.script("comparing.js"))


class ComparingHandlers:
    """The events of comparing; holds nothing of any one person."""

    def __init__(
        self, comparing: ComparingService, chat: ChatService, handlers: Handlers, people: People
    ) -> None:
        self._comparing = comparing
        self._chat = chat
        self._handlers = handlers
        self._people = people

    def connect(
        self,
        parts: Components,
        screen: list[Any],
        asked: list[Any],
        desk: gr.State,
        options: dict[str, Any],
    ) -> None:
        """Connect the events to the methods below.

        Args:
            parts: What comparing added to the page.
            screen: What a question changes.
            asked: The composer, what the viewer shows, the desk, and the answer settings.
            desk: What the page shows.
            options: Of every event.
        """
        panel, seen = parts.panel, [*screen, parts.panel]
        parts.button.click(self.on_form, None, panel, **options)
        panel.close(self.on_close, None, panel, **options)
        panel.choose(self.on_choose, [desk], seen, **options)
        begun = panel.contest(self.on_contest, asked, seen, js=look.script("view.js"), **options)
        begun.then(self.on_follow, [desk], seen, **{**options, "concurrency_id": "answers"})

    def on_form(self) -> str:
        """Open the panel, and ask what is to be compared."""
        with told_to_the_person():
            return side_by_side.form(self._comparing.contenders())
        return ""

    def on_contest(
        self,
        draft: Draft,
        view: str,
        desk: Desk,
        event: gr.EventData,
        request: gr.Request,
        *settings: Any,
    ) -> Updates:
        """Begin two answers to what stands in the composer, or to the last question again."""
        owner, data = self._people.owner(request), said(event)
        with told_to_the_person():
            usual = sampling(*settings)
            sides = [_side(data.get(name), usual) for name in ("left", "right")]
            is_blind = data.get("isBlind") is True
            if is_blind:
                random.shuffle(sides)
            left, right = sides
            hosts = self._comparing.hosts(left, right)
            visit = desk.visit
            screen = self._begin(owner, draft, view, desk, request, left, hosts[0])
            if desk.visit == visit or desk.answer is None:
                return *screen, gr.skip()
            names = None if is_blind else (_name(left), _name(right))
            contest = Contest(self._handlers.answers, desk.answer, names)
            place = owner, contest.conversation_id
            contest.begin(
                partial(
                    self._comparing.again,
                    *place,
                    contest.left.started.answer_id,
                    right,
                    hosts[1],
                ),
                partial(self._comparing.put_side_by_side, *place, is_blind=is_blind),
            )
            desk.contest = contest
            return *screen, _growing(contest)
        return *nothing(), gr.skip()

    def on_follow(self, desk: Desk, request: gr.Request) -> Iterator[Updates]:
        """Show two answers while they are written, for as long as the page stays with them."""
        owner, contest, visit = self._people.owner(request), desk.contest, desk.visit
        if contest is None:
            yield *nothing(), gr.skip()
            return
        for _ in contest.follow():
            if desk.visit != visit:
                yield *nothing(), gr.skip()
                return
            yield *nothing(), _growing(contest)
        desk.contest = desk.answer = None
        if contest.problem:
            warn(contest.problem)
        history = self._shown(owner, desk, contest.conversation_id)
        listing = self._handlers.listing(owner, desk)
        yield idle(), history, listing, gr.skip(), self.on_turn(desk, request)

    def on_choose(self, desk: Desk, event: gr.EventData, request: gr.Request) -> Updates:
        """Keep a choice and show who wrote which; the better answer goes on."""
        owner = self._people.owner(request)
        with told_to_the_person():
            if desk.conversation_id is None:
                raise QuestionError("There is no conversation on screen; reload the page.")
            view = self._comparing.choose(
                owner, desk.conversation_id, _choice(said(event).get("choice"))
            )
            history = self._shown(owner, desk, desk.conversation_id)
            return gr.skip(), history, gr.skip(), gr.skip(), side_by_side.chosen(view)
        return *nothing(), gr.skip()

    def on_close(self) -> str:
        """Close the panel; both answers stay."""
        return ""

    def on_turn(self, desk: Desk, request: gr.Request) -> Any:
        """Show the comparison that waits on this page for a choice, or none."""
        if desk.conversation_id is None or desk.answer is not None:
            return ""
        with told_to_the_person():
            view = self._comparing.open_one(self._people.owner(request), desk.conversation_id)
            return side_by_side.open_one(view) if view else ""
        return ""

    def _shown(self, owner: str, desk: Desk, conversation_id: str) -> Any:
        return render.shown(messages_on_screen(self._chat, owner, desk, conversation_id))

    def _begin(
        self,
        owner: str,
        draft: Draft,
        view: str,
        desk: Desk,
        request: gr.Request,
        side: Side,
        host: Any,
    ) -> Updates:
        if draft["text"].strip() or draft["files"] or desk.conversation_id is None:
            return self._handlers.ask(draft, view, desk, request, side.sampling, host)
        answers = [
            each
            for each in self._chat.history(owner, desk.conversation_id)
            if each.role is Role.ASSISTANT
        ]
        if not answers:
            raise QuestionError("Type a question first; then two answers to it are written.")
        events = self._comparing.again(owner, desk.conversation_id, answers[-1].id, side, host)
        return self._handlers.again(owner, desk, events)


def _growing(contest: Contest) -> str:
    left, right = contest.left.progress, contest.right.progress if contest.right else None
    return side_by_side.writing(left, right, contest.names)


def _name(side: Side) -> str:
    bridge = side.bridge or side_by_side.AT_WORK
    seed = f", seed {side.sampling.seed}" if side.sampling.temperature > 0 else ""
    return f"{bridge}, temperature {side.sampling.temperature:g}{seed}"


def _side(data: Any, usual: Sampling) -> Side:
    """Read one side of the form, as a browser sent it; the rest is as in the settings.

    Raises:
        QuestionError: A number is none, or out of range.
    """
    try:
        temperature, seed = float(data["temperature"]), int(data["seed"])
        bridge = str(data["bridge"])
    except (TypeError, KeyError, ValueError) as error:
        raise QuestionError("Temperature and seed are numbers; fill in both.") from error
    if not (0 <= temperature <= HOTTEST and 0 <= seed <= LARGEST_SEED):
        raise QuestionError(
            f"A temperature is from 0 to {HOTTEST}, a seed from 0 to {LARGEST_SEED}."
        )
    return Side(bridge, replace(usual, temperature=temperature, seed=seed))


def _choice(value: Any) -> Choice:
    try:
        return Choice(str(value))
    except ValueError as error:
        raise JudgmentError("This choice is not known here; reload the page.") from error

"""Answers being written: each is read in a thread of its own, so any number of pages can look on.

A page that is closed, reloaded or turned to another conversation does not end an answer; only Stop
does. A page that opens the conversation again finds the answer where it is by then.
"""

import logging
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

from clover_chat.errors import CloverError
from clover_chat.services.parts import CutBack, PartBegun
from clover_chat.services.views import Event, PartView, Started
from clover_chat.types import ModelState, Waiting

log = logging.getLogger(__name__)
PAUSE_S = 0.05
AT_A_TIME = 16
"""Characters by which an answer on screen grows, at most, each time."""


@dataclass(frozen=True)
class Progress:
    """How far an answer is.

    Attributes:
        parts: What has been written, and by whom.
        waits_for: The model, or a place in line, until the first words come.
        is_stopping: Stop was pressed, and the model is about to notice.
        problem: A sentence, where the answer ended in an error.
        is_done: Nothing more will come.
    """

    parts: tuple[PartView, ...] = ()
    waits_for: ModelState | Waiting | None = None
    is_stopping: bool = False
    problem: str | None = None
    is_done: bool = False

    @property
    def has_text(self) -> bool:
        """Whether anything can be read yet."""
        return any(part.text for part in self.parts)

    @property
    def length(self) -> int:
        """Characters written so far."""
        return sum(len(part.text) for part in self.parts)

    def up_to(self, characters: int) -> "Progress":
        """Return the progress as it was when so many characters had been written."""
        if characters >= self.length:
            return self
        shown: list[PartView] = []
        for part in self.parts:
            text = part.text[: characters - sum(len(each.text) for each in shown)]
            is_whole = text == part.text
            shown.append(part if is_whole else replace(part, text=text, cut_reason=None))
            if not is_whole:
                break
        return replace(self, parts=tuple(shown), is_done=False)


class Answer:
    """One answer that is being written."""

    def __init__(self, owner: str, started: Started) -> None:
        self.owner = owner
        self.started = started
        self._progress = Progress()
        self._news = threading.Condition()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody pressed Stop."""
        return self._progress.is_stopping

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the model, or for others before it."""
        return self._progress.waits_for is not None

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress

    def wait(self) -> Progress:
        """Return how it ended, once it has."""
        with self._news:
            self._news.wait_for(lambda: self._progress.is_done)
            return self._progress

    def stop(self) -> None:
        """Ask for the end; whoever looks on sees at once that it is coming."""
        self._tell(is_stopping=True)

    def read(self, events: Generator[Event, None, None]) -> None:
        """Read the events to their end or until Stop; the generator is closed either way."""
        problem = None
        try:
            with closing(events):
                for event in events:
                    if self.is_stopping:
                        break
                    self._take(event)
        except CloverError as error:
            problem = str(error)
        except Exception:
            log.exception("An answer could not be written.")
            problem = "Something went wrong while this answer was written; please try again."
        self._tell(is_done=True, problem=problem)

    def follow(self) -> Iterator[Progress]:
        """Yield the progress when there is news, rarely enough for a page, and always the last.

        A sentence that was held back until it was checked is told bit by bit, as if it were
        written then.
        """
        seen = self._progress
        told = seen.length
        yield seen
        while not (seen.is_done and told == seen.length):
            time.sleep(PAUSE_S)
            seen = self._next(seen) if told == seen.length else self._progress
            is_cut_short = seen.is_stopping or seen.problem is not None
            told = seen.length if is_cut_short else min(seen.length, told + AT_A_TIME)
            yield seen.up_to(told)

    def _take(self, event: Event) -> None:
        *before, last = self._progress.parts or (None,)
        if isinstance(event, PartBegun):
            self._tell(parts=(*self._progress.parts, PartView(event.author, "", event.quoted)))
        elif isinstance(event, ModelState | Waiting):
            self._tell(waits_for=event)
        elif last is not None and isinstance(event, str):
            self._tell(parts=(*before, replace(last, text=last.text + event)), waits_for=None)
        elif last is not None and isinstance(event, CutBack):
            self._tell(parts=(*before, replace(last, cut_reason=event.reason)))

    def _next(self, seen: Progress) -> Progress:
        with self._news:
            self._news.wait_for(lambda: self._progress is not seen)
            return self._progress

    def _tell(self, **changes: Any) -> None:
        with self._news:
            self._progress = replace(self._progress, **changes)
            self._news.notify_all()


class Line(NamedTuple):
    """How many answers are being written, and how many more wait for their turn."""

    writing: int
    waiting: int


class Answers:
    """The answers being written now, by conversation."""

    def __init__(self) -> None:
        self._running: dict[str, Answer] = {}

    def line(self) -> Line:
        """Return how many there are, and nothing of whose they are."""
        waits = [answer.is_waiting for answer in list(self._running.values())]
        return Line(len(waits) - sum(waits), sum(waits))

    def begin(self, owner: str, events: Iterator[Event]) -> Answer:
        """Start an answer and go on reading it in the background.

        Raises:
            CloverError: It cannot begin; nothing was written.
        """
        started = next(events)
        if not isinstance(started, Started):
            raise TypeError("The service tells first that an answer has begun.")
        answer = Answer(owner, started)
        self._running[started.conversation_id] = answer
        threading.Thread(
            target=self._run,
            args=(answer, cast("Generator[Event, None, None]", events)),
            daemon=True,
        ).start()
        return answer

    def running(self, owner: str, conversation_id: str | None) -> Answer | None:
        """Return the answer being written in a conversation, to its owner only."""
        answer = self._running.get(conversation_id or "")
        return answer if answer and answer.owner == owner else None

    def stop(self, owner: str, conversation_id: str | None) -> None:
        """End the answer being written in a conversation, if there is one."""
        if answer := self.running(owner, conversation_id):
            answer.stop()

    def _run(self, answer: Answer, events: Generator[Event, None, None]) -> None:
        answer.read(events)
        if self._running.get(answer.started.conversation_id) is answer:
            del self._running[answer.started.conversation_id]

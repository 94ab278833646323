"""A conversation as it leaves the server: what the page shows of it, and nothing besides.

Slides and regions are told by coordinates and a hash of the slide's content; file names, labels and
owners are not here to be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clover_chat.services.views import MessageView, PartView
from clover_chat.types import Author, Ending, Role, Sampling

RESEARCH_USE = "For research and education, not for diagnosis."
"""Stands in the page, in copied answers and in every file."""

ENDINGS = {
    Ending.WRITING: "This answer was still being written.",
    Ending.STOPPED: "This answer was stopped.",
    Ending.FAILED: "This answer could not be finished.",
    Ending.INTERRUPTED: "The server went down while this answer was written.",
}


@dataclass(frozen=True)
class Entry:
    """A message with what a file tells of it besides what the page shows.

    Attributes:
        view: The message as the page shows it.
        parent_id: The message it follows, None for a first question.
        written_at: Aware, in UTC.
        preset: Which model answered, None where none did.
        sampling: How an answer was chosen, None for a question.
    """

    view: MessageView
    parent_id: int | None
    written_at: datetime
    preset: str | None
    sampling: Sampling | None

    @property
    def model(self) -> str:
        """Which model and bridge answered, empty where none did."""
        if not self.view.bridge_version:
            return ""
        return f"{self.preset} {self.view.bridge_version} ({(self.view.bridge_hash or '')[:8]})"


@dataclass(frozen=True)
class Transcript:
    """A conversation.

    Attributes:
        title: As the list of conversations shows it.
        exported_at: Aware, in UTC.
        active_id: The message that the branch on screen ends with.
        entries: All messages of every branch, oldest first.
    """

    title: str
    exported_at: datetime
    active_id: int | None
    entries: tuple[Entry, ...]

    @property
    def branch(self) -> tuple[Entry, ...]:
        """The messages on screen, in order."""
        by_id = {entry.view.id: entry for entry in self.entries}
        shown: list[Entry] = []
        place = self.active_id
        while place is not None:
            shown.append(by_id[place])
            place = shown[-1].parent_id
        return tuple(reversed(shown))


def parts_of(entry: Entry) -> Sequence[PartView]:
    """Return the parts of an answer; one from before parts were kept is all the bridge's."""
    return entry.view.parts or (PartView(Author.BRIDGE, entry.view.content),)


def written_by(part: PartView, entry: Entry) -> str:
    """Say who wrote a part of an answer."""
    if part.quoted is not None:
        return f"Quoted from the reference shelf: {part.quoted.title}. {part.quoted.source}"
    return {
        Author.BRIDGE: f"Written by the bridge {entry.model}".strip(),
        Author.TALKER: "Written by a larger language model",
        Author.FIXED: "Said by the program, in fixed words",
        Author.SHELF: "Given as a quotation that this reference shelf does not hold",
    }[part.author]


def note_of(entry: Entry) -> str:
    """Say how an answer ended, empty where it is whole."""
    return ENDINGS.get(entry.view.status, "") if entry.view.role is Role.ASSISTANT else ""


def day_of(moment: datetime) -> str:
    """Return a moment as it stands in a file."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"

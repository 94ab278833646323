"""The reference shelf as people use it: browse, search, read, judge, propose a correction.

A judgment is kept with its person and time and shown to whoever runs the server; what is quoted
never changes by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import QuestionError
from clover_chat.knowledge.entries import Entry
from clover_chat.knowledge.search import Shelf
from clover_chat.services.questions import storable
from clover_chat.storage import judgments
from clover_chat.storage.database import reading

LONGEST_CORRECTION = 4000
LONGEST_SEARCH = 200
_FOUND = 12


@dataclass(frozen=True)
class EntryTitle:
    """An entry as a list shows it."""

    id: str
    title: str
    topic: str


@dataclass(frozen=True)
class EntryView:
    """An entry as it is read.

    Attributes:
        synonyms: Other names it is asked by.
        text: The passage that is quoted.
        sources: The standard texts it rests on, one line each.
        see_also: Neighbouring entries.
        is_good: The reader's own last judgment, None where there is none.
        correction: What the reader proposed then; empty where nothing was.
    """

    id: str
    title: str
    topic: str
    synonyms: tuple[str, ...]
    text: str
    sources: tuple[str, ...]
    see_also: tuple[EntryTitle, ...]
    is_good: bool | None
    correction: str


@dataclass(frozen=True)
class Correction:
    """A proposed correction, for review by whoever runs the server."""

    entry_id: str
    owner: str
    at: datetime
    text: str


class ReferenceService:
    """What a person can do with the shelf; holds nothing of any one person.

    Args:
        sessions: The database of judgments.
        shelf: The entries.
    """

    def __init__(self, sessions: sessionmaker[Session], shelf: Shelf) -> None:
        self._sessions = sessions
        self._shelf = shelf

    def topics(self) -> Mapping[str, tuple[EntryTitle, ...]]:
        """Return the titles of all entries by topic, in alphabetical order."""
        topics = self._shelf.topics()
        return {topic: tuple(map(_title, entries)) for topic, entries in topics.items()}

    def find(self, words: str) -> tuple[EntryTitle, ...]:
        """Return the entries that fit what somebody types, finished or not, the best first."""
        typed = " ".join(words[:LONGEST_SEARCH].casefold().split())
        if not typed:
            return ()
        entries = [entry for listed in self._shelf.topics().values() for entry in listed]
        begun = [each for each in entries if any(_begins(name, typed) for name in each.names)]
        begun.sort(key=lambda each: (not _begins(each.title, typed), len(each.title)))
        ranked = [hit.entry for hit in self._shelf.find(words[:LONGEST_SEARCH], _FOUND)]
        found = {each.id: each for each in (*begun, *ranked)}
        return tuple(_title(each) for each in list(found.values())[:_FOUND])

    def entry(self, owner: str, entry_id: str) -> EntryView:
        """Return an entry with the reader's own judgment.

        Raises:
            EntryNotFound: There is none of that id.
        """
        entry = self._shelf.entry(entry_id)
        with reading(self._sessions) as session:
            own = judgments.latest_judgment(session, owner=owner, entry_id=entry_id)
            return EntryView(
                entry.id,
                entry.title,
                entry.topic,
                entry.synonyms,
                entry.text,
                tuple(source.citation for source in entry.sources),
                tuple(_title(self._shelf.entry(other)) for other in entry.see_also),
                own.is_good if own else None,
                own.correction if own else "",
            )

    def judge(self, owner: str, entry_id: str, *, is_good: bool, correction: str = "") -> None:
        """Keep what somebody thinks of an entry.

        Args:
            owner: Who judges.
            entry_id: The entry.
            is_good: Whether it is found right and useful.
            correction: What should be said instead; empty proposes nothing.

        Raises:
            EntryNotFound: There is none of that id.
            QuestionError: The correction is too long.
        """
        self._shelf.entry(entry_id)
        text = storable(correction)
        if len(text) > LONGEST_CORRECTION:
            raise QuestionError(
                f"The correction has {len(text):,} characters; up to {LONGEST_CORRECTION:,} are "
                "kept. Shorten it and send it again."
            )
        with self._sessions.begin() as session:
            judgments.add_judgment(
                session, owner=owner, entry_id=entry_id, is_good=is_good, correction=text
            )

    def corrections(self) -> tuple[Correction, ...]:
        """Return every proposed correction, oldest first."""
        with reading(self._sessions) as session:
            return tuple(
                Correction(row.entry_id, row.owner, row.created_at, row.correction)
                for row in judgments.list_corrections(session)
            )


def _title(entry: Entry) -> EntryTitle:
    return EntryTitle(entry.id, entry.title, entry.topic)


def _begins(name: str, typed: str) -> bool:
    folded = name.casefold()
    return folded.startswith(typed) or f" {typed}" in folded

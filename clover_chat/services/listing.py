"""The list of a person's conversations: pinned ones, then by day, then what was archived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.days import day_group, zone_of
from clover_chat.services.titles import own_title
from clover_chat.services.views import ConversationView
from clover_chat.storage import listing as rows
from clover_chat.storage.conversations import get_conversation
from clover_chat.storage.database import reading

AT_A_TIME = 60
"""Conversations that the list shows at first, and by how many it grows."""

MOST_APART = 200
"""Conversations that are shown pinned, and archived, at most; a search finds all."""


@dataclass(frozen=True)
class Group:
    """Conversations under one heading."""

    name: str
    conversations: tuple[ConversationView, ...]


@dataclass(frozen=True)
class Listing:
    """What the side bar shows.

    Attributes:
        groups: Pinned conversations and those of each day, newest first; none of them is empty.
        archived: The newest of those that were archived.
        archived_count: How many were archived.
        has_more: Whether older ones are not in it.
    """

    groups: tuple[Group, ...] = ()
    archived: tuple[ConversationView, ...] = ()
    archived_count: int = 0
    has_more: bool = False


class ListingService:
    """What a person can do with the list; holds nothing of any one person.

    Args:
        sessions: The database.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def listing(
        self, owner: str, *, zone: str = "", most: int = AT_A_TIME, now: datetime | None = None
    ) -> Listing:
        """Return a person's conversations, grouped.

        Args:
            owner: Whose.
            zone: Name of the time zone that days are counted in; UTC where it is unknown.
            most: How many of those that are neither pinned nor archived.
            now: The present; taken from the clock where it is not given.
        """
        with reading(self._sessions) as session:
            pinned = rows.pinned(session, owner=owner, limit=MOST_APART)
            recent = rows.recent(session, owner=owner, limit=most + 1)
            archived = rows.archived(session, owner=owner, limit=MOST_APART)
            count = rows.count_archived(session, owner=owner)
        here = (now or datetime.now(UTC)).astimezone(zone_of(zone))
        apart = (Group("Pinned", _views(pinned)),) if pinned else ()
        return Listing(
            groups=(*apart, *_by_day(_views(recent[:most]), here)),
            archived=_views(archived),
            archived_count=count,
            has_more=len(recent) > most,
        )

    def title(self, owner: str, conversation_id: str) -> str:
        """Return what a conversation is called.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            return found.title

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Call a conversation something else.

        Raises:
            TitleError: The title is empty or too long.
            ConversationNotFound: No such conversation belongs to this person.
        """
        kept = own_title(title)
        with self._sessions.begin() as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            found.title = kept

    def pin(self, owner: str, conversation_id: str, *, is_pinned: bool) -> None:
        """Keep a conversation at the top, or no longer; a pinned one is not archived.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with self._sessions.begin() as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            found.is_pinned = is_pinned
            found.is_archived = found.is_archived and not is_pinned

    def archive(self, owner: str, conversation_id: str, *, is_archived: bool) -> None:
        """Put a conversation out of the way, or back; an archived one is not pinned.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with self._sessions.begin() as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            found.is_archived = is_archived
            found.is_pinned = found.is_pinned and not is_archived


def view_of_line(line: rows.Line) -> ConversationView:
    """Return what is to be seen of a stored line."""
    return ConversationView(*line)


def _views(lines: Sequence[rows.Line]) -> tuple[ConversationView, ...]:
    return tuple(map(view_of_line, lines))


def _by_day(newest_first: Sequence[ConversationView], now: datetime) -> tuple[Group, ...]:
    days = groupby(newest_first, key=lambda view: day_group(view.updated_at, now))
    return tuple(Group(name, tuple(views)) for name, views in days)

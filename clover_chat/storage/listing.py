"""Rows of the list of conversations: light, so that thousands of them cost little.

The caller owns the transaction; nothing here commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from clover_chat.storage.tables import Conversation, Message


class Line(NamedTuple):
    """A conversation as a list needs it."""

    id: str
    title: str
    updated_at: datetime
    is_pinned: bool
    is_archived: bool


class Deleted(NamedTuple):
    """A conversation that is out of sight and waits to be removed."""

    owner: str
    id: str


def pinned(session: Session, *, owner: str, limit: int) -> Sequence[Line]:
    """Return what a person pinned and did not archive, newest first."""
    is_meant = and_(Conversation.is_pinned, ~Conversation.is_archived)
    return _lines(session, owner, is_meant, limit)


def recent(session: Session, *, owner: str, limit: int) -> Sequence[Line]:
    """Return what a person neither pinned nor archived, newest first."""
    is_meant = and_(~Conversation.is_pinned, ~Conversation.is_archived)
    return _lines(session, owner, is_meant, limit)


def archived(session: Session, *, owner: str, limit: int) -> Sequence[Line]:
    """Return what a person archived, newest first."""
    return _lines(session, owner, and_(Conversation.is_archived), limit)


def count_archived(session: Session, *, owner: str) -> int:
    """Return how many conversations a person archived."""
    query = select(func.count(Conversation.id)).where(_is_of(owner), Conversation.is_archived)
    return session.scalars(query).one()


def all_of(session: Session, *, owner: str) -> Sequence[Line]:
    """Return every conversation of a person, newest first."""
    return _lines(session, owner, _is_of(owner), None)


def deleted_until(session: Session, *, moment: datetime) -> Sequence[Deleted]:
    """Return what was deleted up to a moment, by whomever."""
    query = select(Conversation.owner, Conversation.id).where(Conversation.deleted_at <= moment)
    return [Deleted(*row) for row in session.execute(query)]


def _lines(
    session: Session, owner: str, is_meant: ColumnElement[bool], limit: int | None
) -> Sequence[Line]:
    has_messages = select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    query = (
        select(
            Conversation.id,
            Conversation.title,
            Conversation.updated_at,
            Conversation.is_pinned,
            Conversation.is_archived,
        )
        .where(_is_of(owner), is_meant, has_messages)
        .order_by(Conversation.updated_at.desc(), Conversation.created_at.desc(), Conversation.id)
        .limit(limit)
    )
    return [Line(*row) for row in session.execute(query)]


def _is_of(owner: str) -> ColumnElement[bool]:
    return and_(Conversation.owner == owner, Conversation.deleted_at.is_(None))

"""How much there is of everything, without saying whose or what. Nothing here commits."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from clover_chat.storage.tables import Conversation, Image, Judgment, Message, SlideUpload
from clover_chat.types import Role


class Counts(NamedTuple):
    """Rows of the tables that an operator asks about."""

    people: int
    conversations: int
    pictures: int
    uploaded_slides: int
    judgments: int
    answers: dict[str, int]


def counts(session: Session) -> Counts:
    """Return how much there is; answers by how they ended."""
    ended = (
        select(Message.status, func.count())
        .where(Message.role == Role.ASSISTANT)
        .group_by(Message.status)
    )
    return Counts(
        people=_number(session, func.count(func.distinct(Conversation.owner))),
        conversations=_number(session, func.count(Conversation.id)),
        pictures=_number(session, func.count(Image.hash)),
        uploaded_slides=_number(session, func.count(func.distinct(SlideUpload.slide_id))),
        judgments=_number(session, func.count(Judgment.id)),
        answers={status.value: number for status, number in session.execute(ended)},
    )


def touch(session: Session) -> None:
    """Write something that changes nothing; fails where the database cannot be written."""
    session.execute(text("UPDATE alembic_version SET version_num = version_num"))


def _number(session: Session, what: ColumnElement[int]) -> int:
    return session.scalar(select(what)) or 0

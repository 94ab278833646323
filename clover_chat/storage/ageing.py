"""What has lain untouched since a moment. The caller owns the transaction; nothing here commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from clover_chat.storage.tables import (
    Conversation,
    Image,
    Judgment,
    Message,
    MessageImage,
    MessageRegion,
    Region,
    SlideUpload,
)


class Owned(NamedTuple):
    """A conversation or an uploaded slide, and whose it is."""

    id: str
    owner: str


def conversations_since(session: Session, *, before: datetime) -> Sequence[Owned]:
    """Return the conversations in which nothing was asked, answered or judged since a moment."""
    is_judged = (
        select(Judgment.id)
        .join(Message, Message.id == Judgment.message_id)
        .where(Message.conversation_id == Conversation.id, Judgment.created_at >= before)
        .exists()
    )
    query = select(Conversation.id, Conversation.owner).where(
        Conversation.updated_at < before, ~is_judged
    )
    return [Owned(*row) for row in session.execute(query.order_by(Conversation.updated_at))]


def uploads_since(session: Session, *, before: datetime) -> Sequence[Owned]:
    """Return the uploaded slides on which nothing was marked since a moment.

    One that a question of this person is about is not among them.
    """
    here = (Region.slide_id == SlideUpload.slide_id, Region.owner == SlideUpload.owner)
    is_marked = select(Region.id).where(*here, Region.created_at >= before).exists()
    is_asked_about = (
        select(MessageRegion.message_id)
        .join(Region, Region.id == MessageRegion.region_id)
        .where(*here)
        .exists()
    )
    query = select(SlideUpload.slide_id, SlideUpload.owner).where(
        SlideUpload.created_at < before, ~is_marked, ~is_asked_about
    )
    return [Owned(*row) for row in session.execute(query)]


def pictures_never_asked_about(session: Session, *, before: datetime) -> Sequence[str]:
    """Return the pictures from before a moment that no message shows."""
    is_shown = select(MessageImage.message_id).where(MessageImage.image_hash == Image.hash).exists()
    query = select(Image.hash).where(Image.created_at < before, Image.origin == "upload", ~is_shown)
    return session.scalars(query).all()

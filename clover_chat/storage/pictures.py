"""Rows of the images table: which pictures are known, and which nobody refers to any more."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clover_chat.storage.owners import is_of
from clover_chat.storage.tables import Conversation, Image, Message, MessageImage, Origin


def add_image(session: Session, *, key: str, width: int, height: int, origin: Origin) -> None:
    """Note a picture; one that is known already stays as it was."""
    if session.get(Image, key) is not None:
        return
    try:
        with session.begin_nested():
            session.add(Image(hash=key, width=width, height=height, origin=origin))
    except IntegrityError:
        session.expire_all()  # somebody else noted the same picture a moment ago


def known_images(session: Session, *, keys: Iterable[str]) -> set[str]:
    """Return those of the keys that are known."""
    return set(session.scalars(select(Image.hash).where(Image.hash.in_(tuple(keys)))))


def uploads_of(session: Session, *, conversation_id: str) -> Sequence[str]:
    """Return the pictures people brought into a conversation; samples of ours are left out."""
    query = (
        select(Image.hash)
        .join(MessageImage, MessageImage.image_hash == Image.hash)
        .join(Message, Message.id == MessageImage.message_id)
        .where(Message.conversation_id == conversation_id, Image.origin == "upload")
    )
    return session.scalars(query.distinct()).all()


def is_sample(session: Session, *, key: str) -> bool:
    """Say whether a picture is a sample of ours."""
    image = session.get(Image, key)
    return image is not None and image.origin == "sample"


def is_shown_to(session: Session, *, owner: str, key: str) -> bool:
    """Say whether a person asked about a picture."""
    query = (
        select(Conversation.id)
        .join(Message, Message.conversation_id == Conversation.id)
        .join(MessageImage, MessageImage.message_id == Message.id)
        .where(is_of(Conversation.owner, owner), MessageImage.image_hash == key)
    )
    return session.scalars(query.limit(1)).first() is not None


def forget_unused(session: Session, *, keys: Sequence[str]) -> Sequence[str]:
    """Delete those of the pictures that no message shows, and return their keys."""
    is_shown = select(MessageImage.message_id).where(MessageImage.image_hash == Image.hash).exists()
    unused = session.scalars(select(Image.hash).where(Image.hash.in_(keys), ~is_shown)).all()
    session.execute(delete(Image).where(Image.hash.in_(unused)))
    return unused

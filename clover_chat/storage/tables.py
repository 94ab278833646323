"""The tables: conversations, what they show, what each answer cost and what people think of it.

A conversation is a tree. Every message points at its parent; a retried answer or an edited
question is a sibling of the earlier one, and `Conversation.active_leaf_id` says which branch
is on screen.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from clover_chat.types import Author, Choice, Ending, Kind, Role, Thumb

Origin = Literal["upload", "sample"]

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an aware time into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("Times are kept with their zone; this one has none.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give a stored time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def _words(kind: type[StrEnum]) -> Enum:
    """Keep an enumeration as its lower-case words, without a database type of its own."""
    return Enum(
        kind,
        native_enum=False,
        length=16,
        values_callable=lambda members: [m.value for m in members],
    )


class Base(DeclarativeBase):
    """Base of all tables; gives every constraint a name, so that a migration can drop it."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Conversation(Base):
    """A tree of messages that belongs to one person.

    One with a `deleted_at` is gone for everybody but the undoing of it, and removed soon after.
    """

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "owner", "updated_at"), Index(None, "deleted_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(255))
    active_leaf_id: Mapped[int | None] = mapped_column(
        ForeignKey("messages.id", ondelete="SET NULL", use_alter=True), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    is_pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Message(Base):
    """A question or an answer; its children are what followed it."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    role: Mapped[Role] = mapped_column(_words(Role))
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[Ending] = mapped_column(_words(Ending))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    shown: Mapped[list["MessageImage"]] = relationship(
        order_by="MessageImage.position", passive_deletes=True, cascade="all, delete-orphan"
    )
    marked: Mapped[list["MessageRegion"]] = relationship(
        order_by="MessageRegion.position", passive_deletes=True, cascade="all, delete-orphan"
    )
    generation: Mapped["Generation | None"] = relationship(
        passive_deletes=True, cascade="all, delete-orphan"
    )
    parts: Mapped[list["AnswerPart"]] = relationship(
        order_by="AnswerPart.position", passive_deletes=True, cascade="all, delete-orphan"
    )


class Image(Base):
    """A picture by the SHA-256 of its pixels; the pixels themselves lie in a file."""

    __tablename__ = "images"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    origin: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class MessageImage(Base):
    """A picture that came with a question, in the order in which it was given."""

    __tablename__ = "message_images"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    image_hash: Mapped[str] = mapped_column(ForeignKey("images.hash"), index=True)

    image: Mapped[Image] = relationship()


class Region(Base):
    """A rectangle of a slide, in level-0 pixels; its pixels are read from the slide when needed.

    One without a name was only asked about; one with a name is a bookmark as well.
    """

    __tablename__ = "regions"
    __table_args__ = (Index(None, "slide_id", "owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    slide_id: Mapped[str] = mapped_column(String(64))
    x: Mapped[int]
    y: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    name: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class MessageRegion(Base):
    """A region that a question is about, in the order in which it was given."""

    __tablename__ = "message_regions"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), index=True)

    region: Mapped[Region] = relationship()


class SlideUpload(Base):
    """Who brought an uploaded slide; the file lies in the slide library, once for everybody."""

    __tablename__ = "slide_uploads"

    slide_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Generation(Base):
    """How one answer came about: the model, the parameters, the cost and the ending.

    Preset and bridge are unknown as long as the model is still being loaded, and where no bridge
    was asked. The kind of the question is unknown for answers from before kinds were told apart.
    """

    __tablename__ = "generations"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), unique=True
    )
    preset: Mapped[str | None] = mapped_column(String(64))
    bridge_version: Mapped[str | None] = mapped_column(String(64))
    bridge_hash: Mapped[str | None] = mapped_column(String(64))
    temperature: Mapped[float]
    top_p: Mapped[float]
    max_tokens: Mapped[int]
    seed: Mapped[int]
    prompt_tokens: Mapped[int] = mapped_column(default=0)
    answer_tokens: Mapped[int] = mapped_column(default=0)
    time_to_first_token_s: Mapped[float | None]
    tokens_per_s: Mapped[float | None]
    ending: Mapped[Ending] = mapped_column(_words(Ending))
    kind: Mapped[Kind | None] = mapped_column(_words(Kind))
    kind_confidence: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class AnswerPart(Base):
    """A stretch of an answer by one author; the parts in order are the whole answer.

    A quotation keeps the title and source it was shown with, so that it looks the same when the
    shelf has changed. An answer from before parts were kept has none.
    """

    __tablename__ = "answer_parts"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[Author] = mapped_column(_words(Author))
    content: Mapped[str] = mapped_column(Text)
    entry_id: Mapped[str | None] = mapped_column(String(255), index=True)
    title: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    cut_reason: Mapped[str | None] = mapped_column(Text)


class EntryJudgment(Base):
    """What somebody thinks of an entry of the reference shelf; it never changes the entry."""

    __tablename__ = "entry_judgments"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    entry_id: Mapped[str] = mapped_column(String(255), index=True)
    is_good: Mapped[bool]
    correction: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Judgment(Base):
    """What somebody thinks of an answer, all of it each time; the latest row of a person counts.

    A row is never changed: who thinks otherwise adds one, who takes a judgment back adds one that
    is withdrawn. The answer itself stays as it was written, the correction lies here.
    """

    __tablename__ = "judgments"
    __table_args__ = (Index(None, "message_id", "owner"), Index(None, "owner"))

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(255))
    verdict: Mapped[Thumb] = mapped_column(_words(Thumb))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text)
    correction: Mapped[str] = mapped_column(Text)
    is_reviewed: Mapped[bool]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_withdrawn: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Comparison(Base):
    """Two answers to the same question side by side; the latest row of a pair counts.

    The first row says that they were put side by side, and whether it was hidden who wrote which;
    a choice adds one.
    """

    __tablename__ = "comparisons"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    left_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    right_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    is_blind: Mapped[bool]
    choice: Mapped[Choice] = mapped_column(_words(Choice))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Consent(Base):
    """Whether a person's judgments may be used for training; the latest row counts."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    is_given: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

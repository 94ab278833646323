"""Full-text search over what was asked and answered.

SQLite keeps an index, a table of FTS5 over the texts of the messages, which triggers on that table
keep true (see the migrations). PostgreSQL reads the texts of one person as they are. Either way a
word is found by its beginning, in whatever case and with or without its accents; which of the two
it is, is decided in `_holds`.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, column, func, literal_column, select, table, text
from sqlalchemy.orm import Session

from clover_chat.storage.tables import Conversation, Message

INDEX = "message_search"
"""The index; it keeps tables of its own, whose names begin with this one."""

_ACCENTS = re.compile("[\u0300-\u036f]")
"""Marks above and below letters, once these are taken apart."""
_index = table(INDEX, column("rowid"))


class Hit(NamedTuple):
    """A message that holds what is looked for."""

    message_id: int
    conversation_id: str


def is_index(name: str) -> bool:
    """Say whether a table belongs to the index, which can be made anew from the messages."""
    return name == INDEX or name.startswith(f"{INDEX}_")


def find_words(session: Session, *, owner: str, words: Sequence[str], limit: int) -> list[Hit]:
    """Return messages of a person that hold words with all of these beginnings, newest first.

    Args:
        session: Where to look.
        owner: Whose messages; those of deleted conversations are left out.
        words: Letters and digits only, so that they mean nothing else to any database.
        limit: Most messages.
    """
    return _newest(session, owner, _holds(session, words), limit)


def find_literally(session: Session, *, owner: str, wanted: str, limit: int) -> list[Hit]:
    """Return messages of a person that hold a text as it is, signs included, newest first."""
    return _newest(session, owner, Message.content.contains(wanted, autoescape=True), limit)


def texts_of(session: Session, *, message_ids: Sequence[int]) -> dict[int, str]:
    """Return what messages say."""
    query = select(Message.id, Message.content).where(Message.id.in_(message_ids))
    return {row.id: row.content for row in session.execute(query)}


def _holds(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "sqlite":
        wanted = " ".join(f'"{word}"*' for word in words)
        found = select(_index.c.rowid).where(text(f"{INDEX} MATCH :wanted"))
        return Message.id.in_(found.params(wanted=wanted))
    plain = [unicodedata.normalize("NFKD", word) for word in words]
    wanted = " & ".join(f"{_ACCENTS.sub('', word)}:*" for word in plain)
    taken_apart = func.normalize(Message.content, literal_column("NFKD"))
    said = func.regexp_replace(taken_apart, _ACCENTS.pattern, "", "g")
    return func.to_tsvector("simple", said).bool_op("@@")(func.to_tsquery("simple", wanted))


def _newest(session: Session, owner: str, holds: ColumnElement[bool], limit: int) -> list[Hit]:
    query = (
        select(Message.id, Message.conversation_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(holds, Conversation.owner == owner, Conversation.deleted_at.is_(None))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return [Hit(*row) for row in session.execute(query)]

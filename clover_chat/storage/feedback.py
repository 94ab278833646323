"""Rows of judgments of answers and of consent. The caller owns the transaction; nothing commits.

Rows are added and never changed: of each person the latest row on an answer counts, and the latest
row on consent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clover_chat.storage.tables import Consent, Conversation, Judgment, Message
from clover_chat.types import Reason, Thumb

_ROWS_AT_ONCE = 500


class Consented(NamedTuple):
    """A judgment that may be used for training, and the conversation that its answer is part of."""

    judgment: Judgment
    conversation_id: str


def add_judgment(
    session: Session,
    *,
    owner: str,
    message_id: int,
    verdict: Thumb,
    reasons: Iterable[Reason] = (),
    comment: str = "",
    correction: str = "",
    is_reviewed: bool = False,
    is_pinned: bool = False,
    is_withdrawn: bool = False,
) -> Judgment:
    """Add what somebody thinks of an answer now; earlier rows stay."""
    judgment = Judgment(
        owner=owner,
        message_id=message_id,
        verdict=verdict,
        reasons=[reason.value for reason in reasons],
        comment=comment,
        correction=correction,
        is_reviewed=is_reviewed,
        is_pinned=is_pinned,
        is_withdrawn=is_withdrawn,
    )
    session.add(judgment)
    session.flush()
    return judgment


def judgments_in(session: Session, *, owner: str, conversation_id: str) -> Mapping[int, Judgment]:
    """Return what a person thinks of the answers of a conversation, by answer.

    Judgments that were withdrawn are left out.
    """
    query = _standing().where(Judgment.owner == owner, Message.conversation_id == conversation_id)
    return {judgment.message_id: judgment for judgment in session.scalars(query)}


def judgment_of(session: Session, *, owner: str, message_id: int) -> Judgment | None:
    """Return what a person thinks of an answer, None where that is nothing or was withdrawn."""
    query = _standing().where(Judgment.owner == owner, Judgment.message_id == message_id)
    return session.scalars(query).first()


def history_of(session: Session, *, owner: str, message_id: int, limit: int) -> Sequence[Judgment]:
    """Return what a person has said of an answer over time, the latest first."""
    query = select(Judgment).where(Judgment.owner == owner, Judgment.message_id == message_id)
    return session.scalars(query.order_by(Judgment.id.desc()).limit(limit)).all()


def add_consent(session: Session, *, owner: str, is_given: bool) -> None:
    """Note that a person lets judgments be used for training, or does so no longer."""
    session.add(Consent(owner=owner, is_given=is_given))
    session.flush()


def consent_of(session: Session, *, owner: str) -> bool | None:
    """Return whether a person's judgments may be used for training, None where nobody asked yet."""
    query = select(Consent.is_given).where(Consent.owner == owner).order_by(Consent.id.desc())
    return session.scalars(query.limit(1)).first()


def consented(session: Session) -> Iterator[Consented]:
    """Yield the standing judgments of everybody who consents, one conversation after the other.

    They are fetched as they are asked for, so that any number of them can be gone through.
    """
    latest = select(func.max(Consent.id)).group_by(Consent.owner)
    consenting = select(Consent.owner).where(Consent.id.in_(latest), Consent.is_given)
    query = (
        _standing()
        .add_columns(Message.conversation_id)
        .where(Judgment.owner.in_(consenting))
        .order_by(Message.conversation_id, Message.id, Judgment.id)
    )
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        yield Consented(*row)


def _standing() -> Select[Judgment]:
    """Select the judgments that count: of each person and answer the latest, if it stands.

    Those on answers of a deleted conversation count no longer.
    """
    latest = select(func.max(Judgment.id)).group_by(Judgment.message_id, Judgment.owner)
    return (
        select(Judgment)
        .join(Message, Message.id == Judgment.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Judgment.id.in_(latest), ~Judgment.is_withdrawn, Conversation.deleted_at.is_(None))
    )

"""Rows of comparisons of two answers. The caller owns the transaction; nothing here commits.

Rows are added and never changed: of each pair of answers the latest row counts.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clover_chat.storage.tables import Comparison, Consent, Message
from clover_chat.types import Choice

_ROWS_AT_ONCE = 500


class ConsentedChoice(NamedTuple):
    """A choice that may be used for training, and the conversation of its answers."""

    comparison: Comparison
    conversation_id: str


def add_comparison(
    session: Session,
    *,
    owner: str,
    left_id: int,
    right_id: int,
    is_blind: bool,
    choice: Choice = Choice.NONE,
) -> Comparison:
    """Add that two answers stand side by side, or what somebody thinks of them now."""
    comparison = Comparison(
        owner=owner, left_id=left_id, right_id=right_id, is_blind=is_blind, choice=choice
    )
    session.add(comparison)
    session.flush()
    return comparison


def comparisons_in(session: Session, *, conversation_ids: Sequence[str]) -> Sequence[Comparison]:
    """Return the standing comparisons of some conversations, oldest first."""
    query = _standing().where(Message.conversation_id.in_(conversation_ids))
    return session.scalars(query.order_by(Comparison.id)).all()


def consented(session: Session) -> Iterator[ConsentedChoice]:
    """Yield the choices of everybody who consents, one conversation after the other."""
    latest = select(func.max(Consent.id)).group_by(Consent.owner)
    consenting = select(Consent.owner).where(Consent.id.in_(latest), Consent.is_given)
    query = (
        _standing()
        .add_columns(Message.conversation_id)
        .where(Comparison.owner.in_(consenting), Comparison.choice != Choice.NONE)
        .order_by(Message.conversation_id, Comparison.id)
    )
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        yield ConsentedChoice(*row)


def _standing() -> Select[Comparison]:
    """Select the comparisons that count: of each pair of answers the latest."""
    pair = (Comparison.left_id, Comparison.right_id, Comparison.owner)
    latest = select(func.max(Comparison.id)).group_by(*pair)
    return (
        select(Comparison)
        .join(Message, Message.id == Comparison.left_id)
        .where(Comparison.id.in_(latest))
    )

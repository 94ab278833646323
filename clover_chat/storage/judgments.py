"""Rows of judgments of shelf entries. The caller owns the transaction; nothing here commits."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from clover_chat.storage.tables import EntryJudgment


def add_judgment(
    session: Session, *, owner: str, entry_id: str, is_good: bool, correction: str
) -> EntryJudgment:
    """Add what somebody thinks of an entry; earlier judgments stay."""
    judgment = EntryJudgment(owner=owner, entry_id=entry_id, is_good=is_good, correction=correction)
    session.add(judgment)
    session.flush()
    return judgment


def latest_judgment(session: Session, *, owner: str, entry_id: str) -> EntryJudgment | None:
    """Return a person's last judgment of an entry, None where there is none."""
    query = (
        select(EntryJudgment)
        .where(EntryJudgment.owner == owner, EntryJudgment.entry_id == entry_id)
        .order_by(EntryJudgment.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def list_corrections(session: Session) -> Sequence[EntryJudgment]:
    """Return all judgments that propose another text, oldest first."""
    query = select(EntryJudgment).where(EntryJudgment.correction != "")
    return session.scalars(query.order_by(EntryJudgment.id)).all()

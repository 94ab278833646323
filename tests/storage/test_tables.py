from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.conversations import add_conversation
from clover_chat.storage.tables import Base, Conversation


def test_times_come_back_aware_and_in_utc(sessions: sessionmaker[Session]) -> None:
    in_berlin = datetime(2026, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=1)))
    with sessions.begin() as session:
        add_conversation(session, owner="ada", title="A colon").updated_at = in_berlin
    with sessions() as session:
        read = session.scalars(select(Conversation.updated_at)).one()
    assert read == in_berlin
    assert read.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    conversation = add_conversation(session, owner="ada", title="A colon")
    conversation.updated_at = datetime(2026, 3, 1)
    with pytest.raises(Exception, match="kept with their zone"):
        session.flush()
    session.rollback()


def test_every_constraint_and_index_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name for index in table.indexes), table.name

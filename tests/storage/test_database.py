import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import StorageError
from clover_chat.storage.conversations import add_conversation
from clover_chat.storage.database import connect, parse_url, reading, sqlite_path
from clover_chat.storage.tables import Conversation, Image, Message
from clover_chat.types import Ending, Role
from tests.databases import sqlite_only, url_of


@sqlite_only
@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("busy_timeout", 5000), ("foreign_keys", 1), ("synchronous", 1)],
)
def test_every_connection_is_set_up(engine: Engine, pragma: str, expected: object) -> None:
    with engine.connect() as first, engine.connect() as second:
        first.commit()  # the pragmas belong to connections, not to the transaction
        for connection in (first, second):
            execution = connection.execution_options(is_reading=True)
            assert execution.scalar(text(f"PRAGMA {pragma}")) == expected


def test_a_row_pointing_at_nothing_is_refused(session: Session) -> None:
    session.add(
        Message(conversation_id="gone", role=Role.USER, content="?", status=Ending.COMPLETE)
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_an_error_does_not_quote_what_was_asked(session: Session) -> None:
    question = "Does Mrs Example have a recurrence?"
    session.add(
        Message(conversation_id="gone", role=Role.USER, content=question, status=Ending.COMPLETE)
    )
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert question not in str(caught.value)
    session.rollback()


def test_reading_waits_for_no_writer(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as writer:
        add_conversation(writer, owner="ada", title="Not committed yet")
        with reading(sessions) as reader:
            assert reader.scalars(select(Conversation)).all() == []


def test_eight_writers_who_read_first_all_succeed(sessions: sessionmaker[Session]) -> None:
    """A lock taken late would fail here: SQLite at once, and PostgreSQL would lose some of it."""
    with sessions.begin() as session:
        session.add(Image(hash="0" * 64, width=0, height=16, origin="sample"))

    def widen() -> None:
        for _ in range(5):
            with sessions.begin() as session:
                session.get_one(Image, "0" * 64).width += 1

    threads = [threading.Thread(target=widen) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert session.scalar(select(func.sum(Image.width))) == 40


def test_the_directory_of_a_new_database_is_made_for_its_owner_only(tmp_path: Path) -> None:
    connect(url_of(tmp_path / "private" / "clover.sqlite")).dispose()
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a directory")
    with pytest.raises(StorageError, match=r"taken.* cannot be made"):
        connect(url_of(tmp_path / "taken" / "deeper" / "clover.sqlite"))


@pytest.mark.parametrize("url", ["clover.sqlite", "", "oracle9://lab"])
def test_a_url_of_no_known_database_is_one_clear_sentence(url: str) -> None:
    with pytest.raises(StorageError):
        connect(url)


def test_only_a_database_file_has_a_path() -> None:
    assert sqlite_path(parse_url("sqlite:////data/clover.sqlite")) == Path("/data/clover.sqlite")
    assert sqlite_path(parse_url("sqlite://")) is None
    assert sqlite_path(parse_url("postgresql://lab/clover")) is None

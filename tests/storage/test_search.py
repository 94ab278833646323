from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from sqlalchemy import Dialect, Select, delete, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from clover_chat.storage.conversations import add_conversation, add_question
from clover_chat.storage.search import find_literally, find_words, texts_of
from clover_chat.storage.tables import Conversation, Message, utc_now
from tests.databases import sqlite_only


def say(session: Session, content: str, owner: str = "ada") -> Message:
    conversation = add_conversation(session, owner=owner, title="Untitled")
    return add_question(
        session, conversation=conversation, parent_id=None, content=content, image_hashes=()
    )


def found(session: Session, *words: str, owner: str = "ada") -> list[int]:
    return [hit.message_id for hit in find_words(session, owner=owner, words=words, limit=100)]


def index_is_true(session: Session) -> bool:
    """Have FTS5 compare its index with the messages; it fails where they differ."""
    session.execute(
        text("INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)")
    )
    return True


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        (["adeno"], True),
        (["carcinoma"], False),
        (["COLON", "adeno"], True),
        (["colon", "lung"], False),
        (["uber"], True),
        (["Über"], True),
    ],
)
def test_words_are_found_by_their_beginnings(
    session: Session, words: Sequence[str], is_found: bool
) -> None:
    message = say(session, "Über a colon adenocarcinoma, G2")
    assert found(session, *words) == ([message.id] if is_found else [])


def test_the_newest_come_first_and_only_ones_own_are_there(session: Session) -> None:
    first, second = say(session, "A mitosis"), say(session, "Another mitosis")
    say(session, "My mitosis", owner="eve")
    assert found(session, "mitosis") == [second.id, first.id]


def test_what_is_deleted_is_not_found(session: Session) -> None:
    message = say(session, "A mitosis")
    session.get_one(Conversation, message.conversation_id).deleted_at = utc_now()
    session.flush()
    assert found(session, "mitosis") == []
    assert find_literally(session, owner="ada", wanted="A m", limit=9) == []


@sqlite_only
def test_the_index_follows_every_change_of_a_message(session: Session) -> None:
    message = say(session, "A mitosis")
    message.content = "An apoptosis"
    session.flush()
    assert (found(session, "mitosis"), found(session, "apoptosis")) == ([], [message.id])
    session.execute(delete(Conversation).where(Conversation.id == message.conversation_id))
    assert session.scalar(select(func.count(Message.id))) == 0
    assert found(session, "apoptosis") == []
    assert index_is_true(session)


@pytest.mark.parametrize("wanted", ["100%", "🔬", '"', "_", "\\", "c++"])
def test_signs_are_found_as_they_are(session: Session, wanted: str) -> None:
    message = say(session, f"Is it {wanted} sure?")
    say(session, "Is it sure?")
    hits = find_literally(session, owner="ada", wanted=wanted, limit=9)
    assert [hit.message_id for hit in hits] == [message.id]


def test_texts_come_by_message(session: Session) -> None:
    message = say(session, "A mitosis")
    assert texts_of(session, message_ids=[message.id, 999]) == {message.id: "A mitosis"}


def test_postgresql_reads_the_texts_themselves(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def execute(query: Select[int, str]) -> list[object]:
        asked.append(str(query.compile(dialect=dialect)))
        return []

    monkeypatch.setattr(session, "get_bind", lambda: SimpleNamespace(dialect=dialect))
    monkeypatch.setattr(session, "execute", execute)
    assert found(session, "colon", "adeno") == []
    assert "to_tsvector" in asked[0]
    assert "@@ to_tsquery" in asked[0]

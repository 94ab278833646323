"""The server killed in the middle of an answer, again and again, over one data directory."""

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.listing import all_of
from tests.databases import url_of
from tests.served import PATIENCE_S, Server, Visitor

pytestmark = pytest.mark.slow

AT_ONCE = 6  # the miniature model answers one within a moment, the others wait meanwhile
LONGEST_LIFE_S = 1.5
MANY = "CLOVER_TEST_KILLS"


class Kept(NamedTuple):
    """A stored answer."""

    conversation_id: str
    status: str
    content: str


def answers(path: Path) -> list[Kept]:
    query = (
        "SELECT conversation_id, status, content FROM messages WHERE role = 'assistant' ORDER BY id"
    )
    with closing(sqlite3.connect(path)) as database:
        return [Kept(*row) for row in database.execute(query)]


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        whole = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        joined = database.execute("PRAGMA foreign_key_check").fetchall() == []
        search = "INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)"
        database.execute(search)  # fails where the index and the messages differ
    return whole and joined


def wait_for_text(path: Path, count: int) -> None:
    """Wait until there are so many answers, and one of the last has ended or begun to be kept."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        kept = answers(path)
        if len(kept) == count and any(each.content for each in kept[-AT_ONCE:]):
            return
        time.sleep(0.05)
    raise TimeoutError("No answer was ever begun.")


def lives(data_dir: Path, kills: int) -> Iterator[tuple[Visitor, list[Kept]]]:
    """Yield, after each kill, a visitor of the next server and what was stored before it."""
    path, chance = data_dir / "clover.sqlite3", random.Random(7)
    before: list[Kept] = []
    for life in range(kills + 1):
        server = Server(data_dir)
        try:
            visitor = Visitor(server.url)
            if life:
                yield visitor, before
            if life == kills:
                return
            for _ in range(AT_ONCE):
                visitor.ask_a_sample()
            wait_for_text(path, AT_ONCE * (life + 1))
            time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        finally:
            server.kill()
        before = answers(path)


@pytest.mark.parametrize(
    "kills",
    [
        2,
        pytest.param(
            20, marks=pytest.mark.skipif(MANY not in os.environ, reason=f"{MANY} is not set")
        ),
    ],
)
def test_nothing_that_was_stored_is_lost_when_the_server_is_killed(
    tmp_path: Path, kills: int
) -> None:
    path = tmp_path / "clover.sqlite3"
    ended: list[str] = []
    for visitor, before in lives(tmp_path, kills):
        assert is_sound(path)
        after = answers(path)
        assert [kept.content for kept in after] == [kept.content for kept in before]
        assert {kept.status for kept in after} <= {"interrupted", "complete"}
        for was, is_now in zip(before, after, strict=True):
            assert is_now.status == ("interrupted" if was.status == "writing" else was.status)
        for kept in after[-AT_ONCE:]:
            question, answer = visitor.open(kept.conversation_id)
            assert "What is the main finding?" in repr(question)
            is_marked = "The server went down" in repr(answer)
            assert is_marked == (kept.status == "interrupted")
            ended.append(kept.status)
    engine = connect(url_of(path))
    with sessions_on(engine)() as session:
        assert len(all_of(session, owner="local")) == AT_ONCE * kills
    engine.dispose()
    assert "interrupted" in ended

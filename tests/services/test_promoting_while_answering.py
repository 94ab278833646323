"""An answer streams while another bridge is promoted; the miniature model, the real service."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat import bootstrap
from clover_chat.config import load_settings
from clover_chat.model.bridge_folder import read_bridge
from clover_chat.model.host import LoadingHost
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.services.bridges import BridgeService
from clover_chat.services.chat import ChatService, Event, PatchView
from clover_chat.services.views import Started
from clover_chat.storage import tables
from clover_chat.types import Picture, Sampling, Turn
from tests.bridges import write_bridge
from tests.services.conftest import MakeChat
from tests.services.files import encoded, tissue, write

SAMPLING = Sampling(max_tokens=24)
QUESTION = "What is this?"
PRESET = "clover-tiny"


def bridges_in(tmp_path: Path) -> BridgeService:
    return bootstrap.bridges(load_settings(model=PRESET, data_dir=tmp_path / "data"))


@pytest.fixture
def bridges(tmp_path: Path) -> BridgeService:
    """Return what the operator uses, which knows the server's through files alone."""
    return bridges_in(tmp_path)


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "one", 1)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "two", 2)


@pytest.fixture
def chat(bridges: BridgeService, one: Path, tmp_path: Path, make_chat: MakeChat) -> ChatService:
    """Return the service of a server that was started while the first bridge was active."""
    bridges.promote(str(one))
    host = LoadingHost(PRESET, bridges_in(tmp_path).chosen, tmp_path / "cache")
    host.load()
    return make_chat(host)


@pytest.fixture
def patch(chat: ChatService, tmp_path: Path) -> PatchView:
    return chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")))


def ask(chat: ChatService, patch: PatchView) -> Generator[Event, None, None]:
    return chat.ask("ada", None, QUESTION, [patch.key], SAMPLING)


def rest_of(events: Generator[Event, None, None]) -> str:
    with closing(events):
        return "".join(event for event in events if isinstance(event, str))


def begun(events: Generator[Event, None, None]) -> tuple[int, str]:
    """Read an answer up to its first words; return its id and those."""
    started = next(events)
    assert isinstance(started, Started)
    return started.answer_id, next(event for event in events if isinstance(event, str))


def alone(folder: Path, tmp_path: Path) -> str:
    """Return what a bridge answers in a server that never knew another."""
    engine = open_engine(PRESET, folder, Places(tmp_path / "other-cache", None, print))
    turn = Turn(QUESTION, (Picture("tissue", tissue),))
    with closing(engine.generate((turn,), SAMPLING)) as generation:
        return "".join(piece for piece in generation if isinstance(piece, str))


def test_a_running_answer_ends_on_its_bridge_and_the_next_one_has_the_new_one(
    chat: ChatService,
    bridges: BridgeService,
    patch: PatchView,
    one: Path,
    two: Path,
    tmp_path: Path,
    sessions: sessionmaker[Session],
) -> None:
    first = ask(chat, patch)
    first_id, beginning = begun(first)
    bridges.promote(str(two))
    second = ask(chat, patch)
    started = next(second)
    assert isinstance(started, Started)
    waiting = next(second)  # the new bridge is loaded by now, behind the answer being written
    assert not isinstance(waiting, str)
    answers = [beginning + rest_of(first), rest_of(second)]
    bridges.rollback()
    third = ask(chat, patch)
    third_id, beginning = begun(third)
    answers.append(beginning + rest_of(third))

    assert answers == [alone(one, tmp_path), alone(two, tmp_path), alone(one, tmp_path)]
    assert answers[0] != answers[1]
    hashes = [read_bridge(folder).sha256 for folder in (one, two, one)]
    with sessions() as session:
        rows = session.scalars(select(tables.Generation).order_by(tables.Generation.message_id))
        told = {row.message_id: (row.bridge_version, row.bridge_hash) for row in rows}
    ids = (first_id, started.answer_id, third_id)
    expected = zip(ids, zip(("0.1", "0.2", "0.1"), hashes, strict=True), strict=True)
    assert told == dict(expected)


def test_a_conversation_names_the_bridge_of_each_answer(
    chat: ChatService, bridges: BridgeService, patch: PatchView, two: Path
) -> None:
    events = ask(chat, patch)
    started = next(events)
    assert isinstance(started, Started)
    rest_of(events)
    bridges.promote(str(two))
    rest_of(chat.ask("ada", started.conversation_id, "And this?", [], SAMPLING))
    history = chat.history("ada", started.conversation_id)
    assert [message.bridge_version for message in history[1::2]] == ["0.1", "0.2"]
    assert history[3].bridge_hash == read_bridge(two).sha256

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.chat import ChatService, PatchView
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.types import ModelHost
from tests.databases import fresh_database
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.files import encoded, tissue, write

MakeChat = Callable[[ModelHost], ChatService]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = fresh_database(tmp_path)
    yield database
    database.dispose()


@pytest.fixture
def sessions(database: Database) -> sessionmaker[Session]:
    return sessions_on(database)


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


@pytest.fixture
def make_chat(sessions: sessionmaker[Session], images: ImageStore) -> MakeChat:
    """Return a maker of services over the same database, each with a model of its own."""
    return lambda host: ChatService(sessions, images, host)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def chat(make_chat: MakeChat, engine: ScriptedEngine) -> ChatService:
    return make_chat(ReadyHost(engine))


@pytest.fixture
def patch(chat: ChatService, tmp_path: Path) -> PatchView:
    return chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")))


@pytest.fixture
def other_patch(chat: ChatService, tmp_path: Path) -> PatchView:
    return chat.add_patch(write(tmp_path, encoded(tissue(80, 80), "PNG")))

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

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
from tests.services.slides import PATIENT, WRITERS, Bench, make_bench

MakeChat = Callable[[ModelHost], ChatService]


class MakeBench(Protocol):
    def __call__(self, kind: str, host: ModelHost | None = None, **options: bool) -> Bench: ...


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


@pytest.fixture(scope="session")
def slide_files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a maker of slides; each is written once."""
    folder = tmp_path_factory.mktemp("written")

    @cache
    def written(kind: str) -> Path:
        return WRITERS[kind](folder / f"{kind}.tif")

    return written


@pytest.fixture
def make_bench_of(
    slide_files: Callable[[str], Path],
    sessions: sessionmaker[Session],
    images: ImageStore,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> MakeBench:
    """Return a maker of services that show one slide, whose file is called after the patient."""

    def make(kind: str, host: ModelHost | None = None, **options: bool) -> Bench:
        folder = tmp_path / "slides"
        folder.mkdir(exist_ok=True)
        source = slide_files(kind)
        shutil.copyfile(source, folder / f"{PATIENT}_{kind}{source.suffix}")
        host = host or ReadyHost(engine)
        return make_bench(sessions, images, host, folder, tmp_path / "data", **options)

    return make


@pytest.fixture
def bench(make_bench_of: MakeBench) -> Bench:
    """Return services that show one slide with tissue in focus."""
    return make_bench_of("sharp")

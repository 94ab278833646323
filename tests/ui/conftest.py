from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image
from sqlalchemy import Engine as Database

from clover_chat.services.chat import ChatService
from clover_chat.services.deleting import DeletingService
from clover_chat.services.listing import ListingService
from clover_chat.services.searching import SearchService
from clover_chat.services.viewing import ViewingService
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.ui.arranging import ArrangingHandlers
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.people import People, Signer
from tests.databases import fresh_database
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import PATIENT, Bench, make_bench, write_sharp

SETTINGS = (0.0, 0.9, 64, 0)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(["Colon mucosa.", "Immunohistochemistry."])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = fresh_database(tmp_path)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def slide_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one slide, whose file is called after the patient."""
    folder = tmp_path_factory.mktemp("operator")
    write_sharp(folder / f"{PATIENT}.tif")
    return folder


@pytest.fixture
def bench(tmp_path: Path, database: Database, engine: ScriptedEngine, slide_folder: Path) -> Bench:
    images = ImageStore(tmp_path / "images")
    data_dir = tmp_path / "slide-data"
    return make_bench(sessions_on(database), images, ReadyHost(engine), slide_folder, data_dir)


@pytest.fixture
def chat(bench: Bench) -> ChatService:
    return bench.chat


@pytest.fixture
def viewing(bench: Bench) -> ViewingService:
    return bench.viewing


@pytest.fixture
def upload_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "uploads"
    directory.mkdir()
    return directory


@pytest.fixture
def upload(upload_dir: Path) -> str:
    path = upload_dir / "DOE_JANE.png"
    Image.effect_noise((64, 48), 40).convert("RGB").save(path)
    return str(path)


@pytest.fixture(autouse=True)
def sentences(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the sentences that the page was shown."""
    shown: list[str] = []
    monkeypatch.setattr("clover_chat.ui.handlers.gr.Warning", lambda text, **_: shown.append(text))
    return shown


@pytest.fixture
def people() -> People:
    return People(Signer(b"k" * 32))


@pytest.fixture
def arranging(database: Database, chat: ChatService, people: People) -> ArrangingHandlers:
    sessions = sessions_on(database)
    deleting = DeletingService(sessions, chat.delete)
    return ArrangingHandlers(ListingService(sessions), deleting, SearchService(sessions), people)


@pytest.fixture
def handlers(
    bench: Bench,
    engine: ScriptedEngine,
    people: People,
    arranging: ArrangingHandlers,
    upload_dir: Path,
) -> Handlers:
    host = ReadyHost(engine)
    return Handlers(bench.chat, bench.viewing, host, people, arranging, upload_dir)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ada() -> gr.Request:
    return gr.Request(username="ada")


@pytest.fixture
def eve() -> gr.Request:
    return gr.Request(username="eve")

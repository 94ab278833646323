from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from clover_chat.services.chat import ChatService
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.people import People, Signer
from tests.databases import fresh_database
from tests.fakes import ReadyHost, ScriptedEngine

SETTINGS = (0.0, 0.9, 64, 0)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(["Colon mucosa.", "Immunohistochemistry."])


@pytest.fixture
def chat(tmp_path: Path, engine: ScriptedEngine) -> Iterator[ChatService]:
    database = fresh_database(tmp_path)
    yield ChatService(sessions_on(database), ImageStore(tmp_path / "images"), ReadyHost(engine))
    database.dispose()


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
def handlers(chat: ChatService, engine: ScriptedEngine, upload_dir: Path) -> Handlers:
    people = People(Signer(b"k" * 32), is_local=False)
    return Handlers(chat, ReadyHost(engine), people, upload_dir)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ada() -> gr.Request:
    return gr.Request(username="ada")


@pytest.fixture
def eve() -> gr.Request:
    return gr.Request(username="eve")

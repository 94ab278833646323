import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clover_chat import bootstrap
from clover_chat.config import load_settings
from clover_chat.serving import App
from clover_chat.types import ModelHost
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import PATIENT, write_sharp
from tests.slides.pyramids import tissue_picture, write_leica

ANSWER = "This patch shows colon mucosa with regular crypts and a loose lamina propria."
OFFSET, SCAN = (700, 900), (900, 700)
Serve = Callable[..., App]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return what serves a page over one data directory, on a free port.

    It takes a model host, and settings by name.
    """
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # set by the server; put back afterwards
    running: list[App] = []

    def start(model_host: ModelHost, **options: Any) -> App:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = load_settings(data_dir=tmp_path / "data", port=port, **options)
        app = bootstrap.build(settings, model_host)
        app.launch()
        running.append(app)
        return app

    yield start
    for app in running:
        app.close()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine([ANSWER, "Immunohistochemistry, brown on blue."], delay_s=0.05)


@pytest.fixture
def app(serve: Serve, engine: ScriptedEngine) -> App:
    return serve(ReadyHost(engine))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(90, 255, (200, 260, 3), dtype=np.uint8)
    path = tmp_path / "DOE_JANE_1950.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="session")
def slide_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of slides whose names say whom they are of; one of them is damaged."""
    folder = tmp_path_factory.mktemp("slides")
    write_sharp(folder / f"A_{PATIENT}.tif")
    write_leica(folder / f"B_{PATIENT}.scn", tissue_picture(*SCAN), OFFSET, (3000, 4000))
    (folder / f"C_{PATIENT}.svs").write_bytes(b"II*\0 this is no slide")
    return folder

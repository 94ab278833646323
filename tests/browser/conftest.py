import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from clover_chat import bootstrap
from clover_chat.config import load_settings
from clover_chat.types import ModelHost
from tests.fakes import ReadyHost, ScriptedEngine

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWER = "This patch shows colon mucosa with regular crypts and a loose lamina propria."
PATIENCE_MS = 30_000  # a busy machine is no failure
Serve = Callable[..., bootstrap.App]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed; name one with the variable CHROMIUM")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of a browser of its own; it must not have called another host at the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    called: list[str] = []
    page.on("request", lambda request: called.append(request.url))
    yield page
    context.close()
    at_home = ("http://127.0.0.1:", "data:", "blob:")
    assert [url for url in called if not url.startswith(at_home)] == []


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return what serves a page over one data directory, on a free port.

    It takes a model host, and settings by name.
    """
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # set by the server; put back afterwards
    running: list[bootstrap.App] = []

    def start(model_host: ModelHost, **options: Any) -> bootstrap.App:
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
def app(serve: Serve, engine: ScriptedEngine) -> bootstrap.App:
    return serve(ReadyHost(engine))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(90, 255, (200, 260, 3), dtype=np.uint8)
    path = tmp_path / "DOE_JANE_1950.png"
    Image.fromarray(pixels).save(path)
    return path

"""The whole product: the server as people start it, a real browser, the default model."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from clover_chat.model.engine import CloverEngine

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000
MANY = 8
ANSWERS = "#chat .bot-row .message"
SAMPLE = Path(str(files("skimage") / "data" / "ihc.png"))


@contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """Start the server as the README says, and stop it as Ctrl+C does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "app.py", "--port", port, "--data-dir", str(data_dir)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url):  # noqa: S310
            return
        time.sleep(0.2)
    raise TimeoutError(url)


def many(folder: Path) -> list[Path]:
    """Make pictures that nobody has seen."""
    paths = [folder / f"{number}.png" for number in range(MANY)]
    for number, path in enumerate(paths):
        Image.effect_noise((448, 448), 40 + number).convert("RGB").save(path)
    return paths


def ask(page: Page, question: str) -> None:
    page.fill("#composer textarea", question)
    page.keyboard.press("Enter")


def finished(page: Page, count: int) -> str:
    """Wait until there are `count` answers and none is being written, and return the last."""
    expect(page.locator(ANSWERS)).to_have_count(count, timeout=PATIENCE_MS)
    expect(page.locator("#composer .submit-button")).to_be_visible(timeout=PATIENCE_MS)
    return page.locator(ANSWERS).last.inner_text()


def test_a_newcomer_asks_stops_and_finds_everything_after_a_restart(
    page: Page,
    tmp_path: Path,
    mini: CloverEngine,
) -> None:
    with served(tmp_path) as url:
        page.goto(url)
        page.set_input_files("#composer input[type=file]", [SAMPLE])
        expect(page.locator("#composer .thumbnail-item")).to_have_count(1)
        ask(page, "Which organ is this from?")
        organ = finished(page, 1)
        assert "colon" in organ.lower()

        ask(page, "What is the main finding?")
        assert finished(page, 2) != organ

        page.set_input_files("#composer input[type=file]", many(tmp_path))  # time to press Stop
        expect(page.locator("#composer .thumbnail-item")).to_have_count(MANY)
        ask(page, "Describe the following image in detail.")
        expect(page.locator(ANSWERS)).to_have_count(3, timeout=PATIENCE_MS)
        page.click("#composer .stop-button", timeout=PATIENCE_MS)
        expect(page.locator(ANSWERS).last).to_contain_text("Stopped.")
        where = page.url

    with served(tmp_path) as url:
        page.goto(url)
        page.locator("#listing nav a, #listing nav button").first.click()
        expect(page.locator(ANSWERS)).to_have_count(3, timeout=PATIENCE_MS)
        expect(page.locator(ANSWERS).first).to_contain_text("colon")
        shown = page.locator("#chat .component img").first
        expect(shown).to_have_js_property("naturalWidth", 512)
        assert where.split("?")[1] == page.url.split("?")[1]

    with sqlite3.connect(tmp_path / "clover.sqlite3") as database:
        rows = database.execute(
            "select preset, length(bridge_hash), prompt_tokens, answer_tokens, ending, "
            "time_to_first_token_s from generations order by id"
        ).fetchall()
    assert [row[4] for row in rows] == ["complete", "complete", "stopped"]
    for preset, bridge_hash_length, prompt_tokens, answer_tokens, _, first_token in rows[:2]:
        assert (preset, bridge_hash_length) == ("clover-mini", 64)
        assert prompt_tokens > 32
        assert answer_tokens > 3
        assert first_token > 0

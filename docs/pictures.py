"""Takes the README's pictures: the page as people see it, with the default model.

    python docs/pictures.py CMU-1-Small-Region.svs

Only pictures that anybody may use are shown: scikit-image's `ihc.png` and the OpenSlide test slide
named above (both CC0). Needs Chromium and the `dev` extra.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("pictures")
SIZE = ViewportSize(width=1440, height=900)
SHOWN_WIDTH = 1200
FILM_WIDTH = 720
FRAME_MS = 125
PATIENCE_MS = 180_000
ANSWERS = "#chat .bot-row .message"


class Film:
    """Frames of a page, a few a second."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Image.Image] = []

    def record(self, seconds: float) -> None:
        """Film what happens for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._frames.append(_shot(self._page, FILM_WIDTH))
            self._page.wait_for_timeout(FRAME_MS)

    def save(self, path: Path) -> None:
        """Write the film; what does not change takes no room."""
        first, *rest = self._frames
        first.save(
            path, save_all=True, append_images=rest, duration=FRAME_MS, loop=0, quality=60, method=4
        )


def main(slide_path: Path) -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        slides = Path(scratch) / "slides"
        slides.mkdir()
        shutil.copy(slide_path, slides)
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        with _served(Path(scratch) / "data", slides) as address:
            page = chromium.new_page(viewport=SIZE, color_scheme="light")
            page.goto(address)
            film = Film(page)
            _ask_about_the_sample(page, film)
            _ask_about_a_slide(page, film)
            film.save(FOLDER / "tour.webp")
            page.emulate_media(color_scheme="dark")
            page.wait_for_timeout(500)
            _shot(page, SHOWN_WIDTH).save(FOLDER / "slide.webp", quality=82, method=6)
        chromium.close()


def _ask_about_the_sample(page: Page, film: Film) -> None:
    expect(page.locator("#welcome")).to_be_visible(timeout=PATIENCE_MS)
    film.record(1.0)
    page.locator("#welcome button").first.click()
    _answered(page, film, 1)
    _ask(page, film, "How sure are you?")
    _answered(page, film, 2)
    page.locator(".clover-evidence summary").first.click()
    expect(page.locator(".clover-evidence img").first).to_be_visible(timeout=PATIENCE_MS)
    film.record(2.5)
    page.locator("#chat .user-row img").first.scroll_into_view_if_needed()
    film.record(1.0)
    _shot(page, SHOWN_WIDTH).save(FOLDER / "patch.webp", quality=82, method=6)
    _ask(page, film, "What is a goblet cell?")
    _answered(page, film, 3)


def _ask_about_a_slide(page: Page, film: Film) -> None:
    page.click("#new")
    page.click("#slides")
    page.locator(".cv-card").first.click()
    expect(page.locator(".clover-viewer[data-shown]")).to_be_visible()
    film.record(1.5)
    stage = page.locator(".cv-stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 0.45 * stage["width"], stage["y"] + 0.4 * stage["height"])
    for _ in range(4):
        page.mouse.wheel(0, -240)
        film.record(0.4)
    film.record(1.0)
    for number, question in enumerate(("Which stain was used?", "What is eosin?"), 1):
        _ask(page, film, question)
        _answered(page, film, number)


def _ask(page: Page, film: Film, question: str) -> None:
    page.locator("#composer textarea").press_sequentially(question, delay=15)
    film.record(0.3)
    page.keyboard.press("Enter")


def _answered(page: Page, film: Film, count: int) -> None:
    expect(page.locator(ANSWERS)).to_have_count(count, timeout=PATIENCE_MS)
    while not page.locator("#composer .submit-button").is_visible():
        film.record(FRAME_MS / 1000)
    film.record(2.0)


def _shot(page: Page, width: int) -> Image.Image:
    image = Image.open(BytesIO(page.screenshot())).convert("RGB")
    height = round(image.height * width / image.width)
    return image.resize((width, height), Image.Resampling.LANCZOS)


@contextmanager
def _served(data_dir: Path, slide_dir: Path) -> Iterator[str]:
    """Start the server as people do, and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "app.py", "--port", port, "--data-dir", str(data_dir)]
    environment = {**os.environ, "CLOVER_SLIDE_DIR": str(slide_dir)}
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:  # noqa: S603
        try:
            _wait_for(address)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(address):  # noqa: S310
            return
        time.sleep(0.2)
    raise TimeoutError(address)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""How soon a slide is on screen after a click, in a real browser.

    python -m benchmarks.bench_viewer

Each slide is generated, found by the server, and opened once, so that the server has read nothing
of it but its thumbnail. The time ends when the middle of the canvas has been painted.
"""

import shutil
import socket
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.rows import Row, at_most, show
from clover_chat.bootstrap import build
from clover_chat.config import load_settings
from clover_chat.serving import App
from tests.fakes import ReadyHost, ScriptedEngine
from tests.slides.pyramids import tissue_picture, write_jpeg_pyramid

SIZE = (5120, 4096)
SLIDES = 5
PATIENCE_MS = 120_000
UNTIL_PAINTED = """async (id) => {
  const painted = () => {
    const canvas = document.querySelector(".cv-canvas .openseadragon-canvas canvas");
    const middle = canvas?.getContext("2d")
      .getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data;
    return middle?.[3] === 255;
  };
  const started = performance.now();
  document.querySelector(`.cv-card[data-slide='${id}']`).click();
  while (!painted()) {
    if (performance.now() - started > 60_000) throw new Error("The slide was never painted.");
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - started;
}"""


def rows() -> Iterator[Row]:
    """Measure and yield the line, where there is a browser."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        took_s = statistics.median(_openings_s(page, app))
        browser.close()
    yield at_most("a click on a slide to its first pixels on screen, s", took_s, 1.5)


@contextmanager
def _served(folder: Path) -> Iterator[App]:
    slide_dir = folder / "slides"
    slide_dir.mkdir()
    for number in range(SLIDES):
        write_jpeg_pyramid(slide_dir / f"{number}.tif", tissue_picture(*SIZE, number), (1, 4, 16))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load_settings(data_dir=folder / "data", port=port, slide_dir=slide_dir)
    app = build(settings, ReadyHost(ScriptedEngine()))
    app.launch()
    try:
        yield app
    finally:
        app.close()


def _openings_s(page: Page, app: App) -> Iterator[float]:
    """Open each slide of the list; yield how long it took, in seconds."""
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached(timeout=PATIENCE_MS)
    page.click("#slides")
    cards = page.locator(".cv-card")
    expect(cards).to_have_count(SLIDES, timeout=PATIENCE_MS)
    expect(page.locator(".cv-said")).to_be_empty(timeout=PATIENCE_MS)
    for slide_id in cards.evaluate_all("cards => cards.map(card => card.dataset.slide)"):
        yield page.evaluate(UNTIL_PAINTED, slide_id) / 1000
        page.click("[aria-label='Close the viewer']")
        page.click("#slides")
        expect(page.locator(".cv-said")).to_be_empty(timeout=PATIENCE_MS)


if __name__ == "__main__":
    show(rows())

"""How soon the page can be read and used, by the browser's own performance clock.

    python -m benchmarks.bench_page

Each opening is in a browser of its own with an empty cache, from a server on this machine that is
up already. The page means something once its heading and the field for the question are painted.
It is interactive from then on when no task keeps the browser busy for over 50 ms before a quiet
window of a second follows.
"""

import shutil
import socket
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.rows import Row, at_most, show
from clover_chat.bootstrap import build
from clover_chat.config import load_settings
from clover_chat.serving import App
from tests.fakes import ReadyHost, ScriptedEngine

PATIENCE_MS = 120_000
ROUNDS = 5
QUIET_MS = 1000
WATCH = """
  window.busyUntil = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) busyUntil = task.startTime + task.duration;
  }).observe({ type: "longtask", buffered: true });
  const isSeen = (words) => {
    const found = document.querySelector(words);
    return found !== null && found.getBoundingClientRect().height > 0;
  };
  const look = () => {
    if (isSeen("#welcome .clover-welcome") && isSeen("#composer textarea")) {
      requestAnimationFrame(() => { window.meaningful = performance.now(); });
    } else requestAnimationFrame(look);
  };
  look();
"""
IS_QUIET = (
    f"() => window.meaningful && performance.now() - Math.max(busyUntil, meaningful) > {QUIET_MS}"
)
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  meaningful,
  Math.max(busyUntil, meaningful),
]"""


def rows() -> Iterator[Row]:
    """Measure and yield the lines, where there is a browser."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        times = [_times_s(browser, app.url) for _ in range(ROUNDS)]
        browser.close()
    contentful, meaningful, interactive = map(statistics.median, zip(*times, strict=True))
    yield at_most("address to first contentful paint, s", contentful, 1.0)
    yield at_most("address to first meaningful paint, s", meaningful, 2.5)
    yield at_most("address to time to interactive, s", interactive, 4.0)


@contextmanager
def served(folder: Path) -> Iterator[App]:
    """Serve a page over an empty database, with a model that answers from a list."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = build(load_settings(data_dir=folder, port=port), ReadyHost(ScriptedEngine()))
    app.launch()
    try:
        yield app
    finally:
        app.close()


def _times_s(browser: Browser, url: str) -> tuple[float, float, float]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{{WATCH}}})")
    page.goto(url)
    page.wait_for_function(IS_QUIET, timeout=PATIENCE_MS)
    contentful, meaningful, interactive = page.evaluate(TIMES)
    page.close()
    return contentful / 1000, meaningful / 1000, interactive / 1000


if __name__ == "__main__":
    show(rows())

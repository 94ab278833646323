"""How soon the page answers after the command, and what memory the server takes to answer.

    python -m benchmarks.bench_serving

The cache of frozen weights must be warm: `clover-chat models fetch` warms it.
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
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from benchmarks.rows import Row, at_most, show

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120


def rows() -> Iterator[Row]:
    """Measure and yield every line."""
    with tempfile.TemporaryDirectory() as data_dir, _server(Path(data_dir)) as (process, url):
        yield at_most("start to a page that answers, s", _until_answered(url), 15)
        browser_path = shutil.which("chromium") or shutil.which("google-chrome")
        if browser_path is not None:
            _ask_in_browser(browser_path, url)
            peak = _peak_mib(process.pid) / 1024
            yield at_most("peak memory of the server after an answer, GiB", peak, 2.0)


@contextmanager
def _server(data_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "app.py", "--port", port, "--data-dir", str(data_dir)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ)  # noqa: S603
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _until_answered(url: str) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE_S:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url):  # noqa: S310
            return time.perf_counter() - started
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {PATIENCE_S} s.")


def _ask_in_browser(browser_path: str, url: str) -> None:
    """Ask about the sample patch and wait until the answer is there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        page.click("[data-place='0']", timeout=PATIENCE_S * 1000)
        retry = page.locator("#chat [aria-label='Retry']")
        expect(retry).to_be_visible(timeout=PATIENCE_S * 1000)
        browser.close()


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    show(rows())

"""A real browser, started once for all that look at the page; the processor shared as served."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from clover_chat.processor import share_fairly

share_fairly()

PATIENCE_MS = 30_000  # a busy machine is no failure
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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

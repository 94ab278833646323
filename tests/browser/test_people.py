"""Who sees what, in real browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clover_chat.bootstrap import App
from tests.browser.conftest import ANSWER, Serve
from tests.fakes import ReadyHost, ScriptedEngine

pytestmark = pytest.mark.slow

ANSWERS = "#chat .bot-row .message"


@pytest.fixture
def others(browser: Browser) -> Iterator[Page]:
    """Return a page of somebody else's browser."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def url(app: App) -> str:
    return f"http://127.0.0.1:{app.settings.port}/"


def ask_about_the_sample(page: Page) -> None:
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)


def test_two_visitors_never_see_each_others_conversations(
    page: Page, others: Page, serve: Serve, engine: ScriptedEngine
) -> None:
    app = serve(ReadyHost(engine), host="0.0.0.0")  # noqa: S104 - what the test is about
    page.goto(url(app))
    ask_about_the_sample(page)
    others.goto(page.url)
    expect(others.locator("#welcome")).to_be_visible()
    expect(others.locator("#listing [data-open]")).to_have_count(0)
    page.reload()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)


def test_people_sign_in_and_find_their_conversations_in_any_browser(
    page: Page, others: Page, serve: Serve, engine: ScriptedEngine, tmp_path: Path
) -> None:
    passwords = tmp_path / "people"
    passwords.write_text("ada:lovelace\nmarie:curie\n")
    app = serve(ReadyHost(engine), auth=passwords)
    sign_in(page, url(app), "ada", "lovelace")
    ask_about_the_sample(page)
    sign_in(others, url(app), "marie", "curie")
    expect(others.locator("#listing nav")).to_be_attached()
    expect(others.locator("#listing [data-open]")).to_have_count(0)


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(address)
    fields = page.locator("input")
    fields.nth(0).fill(name)
    fields.nth(1).fill(password)
    page.keyboard.press("Enter")
    expect(page.locator("#composer textarea")).to_be_visible()

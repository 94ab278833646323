"""Who sees what, in real browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clover_chat.serving import App
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


def test_a_guest_comes_in_by_the_key_of_a_link_and_whoever_is_at_home_stays_so(
    page: Page,
    others: Page,
    serve: Serve,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clover_chat.ui.sharing.check_reachable", lambda: None)
    monkeypatch.setattr("gradio.networking.setup_tunnel", lambda **_: "http://abc.share.example")
    app = serve(ReadyHost(engine))
    page.goto(app.home_url)
    ask_about_the_sample(page)
    link, _ = app.share()
    page.reload()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#account a")).to_have_text("Operate")
    others.goto(url(app))
    others.fill("#key", link.rpartition("=")[2])
    others.keyboard.press("Enter")
    expect(others.locator("#welcome")).to_be_visible()
    expect(others.locator("#listing [data-open]")).to_have_count(0)
    expect(others.locator("#account a")).to_have_count(0)
    others.goto(f"{url(app)}operator/")
    expect(others.locator("body")).to_contain_text("for operators")


def test_an_operator_sees_the_server_and_a_signed_in_person_goes(
    page: Page, serve: Serve, engine: ScriptedEngine, tmp_path: Path
) -> None:
    passwords = tmp_path / "people"
    passwords.write_text("ada:lovelace\n")
    app = serve(ReadyHost(engine), auth=passwords, operators="ada")
    sign_in(page, url(app), "ada", "lovelace")
    ask_about_the_sample(page)
    page.goto(f"{url(app)}operator/")
    expect(page.locator("#now")).to_contain_text("writable")
    expect(page.locator("#kept")).to_contain_text("Answers, complete1")
    expect(page.locator("#bridges .mark")).to_have_text("answers")
    page.click("text=Go back one step")
    expect(page.locator("dialog")).to_be_visible()
    page.click("text=Do it")
    expect(page.locator("#problem")).to_contain_text("nothing to go back to")
    page.goto(url(app))
    page.click("text=Sign out")
    expect(page.locator("#password")).to_be_visible()


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(address)
    fields = page.locator("input")
    fields.nth(0).fill(name)
    fields.nth(1).fill(password)
    page.keyboard.press("Enter")
    expect(page.locator("#composer textarea")).to_be_visible()

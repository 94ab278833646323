"""The page by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from clover_chat.serving import App
from tests.browser.conftest import ANSWER, Serve
from tests.browser.walks import ANSWERS, open_slide
from tests.fakes import ReadyHost, ScriptedEngine

pytestmark = pytest.mark.slow

SHEET = "dialog.clover-keys"
QUESTION = "#composer textarea"


@pytest.fixture
def asked(page: Page, app: App) -> Page:
    """Return a page with an answer and nobody typing."""
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#composer .submit-button")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    return page


def test_answers_are_judged_and_corrected_and_conversations_turned_by_single_keys(
    asked: Page,
) -> None:
    for key, words in (("g", "You find this answer right"), ("w", "What is wrong")):
        asked.keyboard.press(key)
        expect(asked.locator(".clover-judging")).to_contain_text(words)
    asked.keyboard.press("e")
    expect(asked.locator("[data-words='correction']")).to_be_focused()
    asked.keyboard.type("n?")  # typed, not obeyed
    expect(asked.locator("[data-words='correction']")).to_have_value(re.compile("n\\?"))
    asked.keyboard.press("Escape")
    expect(asked.locator(".clover-judging")).to_have_count(0)
    asked.keyboard.press("n")
    expect(asked.locator("#welcome")).to_be_visible()
    asked.keyboard.press("j")
    expect(asked.locator(ANSWERS)).to_have_text(ANSWER)
    asked.keyboard.press("c")
    expect(asked.locator(QUESTION)).to_be_focused()
    expect(asked.locator(QUESTION)).to_have_value("")


def test_escape_stops_an_answer_from_where_the_question_was_typed(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    engine.delay_s = 0.4
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.fill(QUESTION, "What is a patch of colon?")
    page.keyboard.press("Enter")
    expect(page.locator("#composer .stop-button")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#composer .submit-button")).to_be_visible()


def test_the_sheet_opens_closes_and_turns_single_keys_off(asked: Page) -> None:
    asked.keyboard.press("?")
    expect(asked.locator(SHEET)).to_be_visible()
    expect(asked.locator(SHEET)).to_contain_text("correct the last answer")
    asked.locator("[data-keys]").uncheck()
    asked.keyboard.press("Escape")
    expect(asked.locator(SHEET)).to_be_hidden()
    asked.reload()
    expect(asked.locator(ANSWERS)).to_have_text(ANSWER)
    asked.evaluate("document.activeElement.blur()")
    asked.keyboard.press("n")
    asked.keyboard.press("?")
    asked.wait_for_timeout(500)
    expect(asked.locator(SHEET)).to_be_hidden()
    expect(asked.locator(ANSWERS)).to_have_text(ANSWER)
    asked.click("#keys button")
    asked.locator("[data-keys]").check()
    asked.keyboard.press("Escape")
    asked.keyboard.press("n")
    expect(asked.locator("#welcome")).to_be_visible()


def test_the_room_is_shared_by_mouse_and_by_keys_and_remembered(
    page: Page, serve: Serve, engine: ScriptedEngine, slide_dir: object
) -> None:
    app = serve(ReadyHost(engine), slide_dir=slide_dir)
    open_slide(page, app.url)
    line = page.locator(".cv-split")
    expect(line).to_have_attribute("aria-valuenow", "55")
    line.focus()
    for key, value in (("ArrowLeft", "50"), ("End", "75"), ("ArrowRight", "75"), ("Home", "30")):
        page.keyboard.press(key)
        expect(line).to_have_attribute("aria-valuenow", value)
    box = page.locator("#viewer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, 400)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 200, 400, steps=4)
    page.mouse.up()
    wide = page.locator("#viewer").bounding_box()
    assert wide is not None
    assert wide["width"] == pytest.approx(box["width"] + 200, abs=8)
    page.reload()
    expect(page.locator(".clover-viewer[data-shown]")).to_be_visible()
    again = page.locator("#viewer").bounding_box()
    assert again is not None
    assert again["width"] == pytest.approx(wide["width"], abs=2)
    line.dblclick()
    expect(line).to_have_attribute("aria-valuenow", "55")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("d")
    expect(page.locator(".cv-pad")).to_be_visible()

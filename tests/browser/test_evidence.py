"""What the model saw, under an answer, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clover_chat.types import Familiarity
from tests.browser.conftest import Serve
from tests.browser.walks import ask, draw, open_slide, placed
from tests.fakes import ReadyHost, ScriptedEngine
from tests.knowledge.readings import reading

pytestmark = pytest.mark.slow

ANSWER = "This is lung adenocarcinoma."
ANSWERS = "#chat .bot-row .message"
SEEN = ".clover-evidence"


def test_an_answer_about_a_patch_shows_where_the_model_looked(page: Page, serve: Serve) -> None:
    page.goto(serve(ReadyHost(ScriptedEngine([ANSWER]))).url)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.locator(f"{SEEN} summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{SEEN} img")).to_be_visible()
    shown = "image => image.complete && image.naturalWidth"
    page.wait_for_function(f"({shown})(document.querySelector('{SEEN} img'))")
    expect(page.locator(f"{SEEN} figcaption")).to_have_text("448 \u00d7 320 px")
    expect(page.locator(SEEN)).to_contain_text("not why it answered so")
    page.reload()
    expect(page.locator(f"{SEEN} summary")).to_have_count(1)


def test_an_answer_about_a_region_leads_back_to_it(
    page: Page, serve: Serve, slide_dir: Path
) -> None:
    open_slide(page, serve(ReadyHost(ScriptedEngine([ANSWER])), slide_dir=slide_dir).url)
    draw(page)
    page.click(".cv-popover .is-main")
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.locator(f"{SEEN} summary").click()
    card = page.locator(f"{SEEN} .clover-region").first
    expect(card).to_be_visible()
    before = placed(page)
    card.click()
    page.wait_for_timeout(500)
    assert placed(page) != before


def test_a_picture_unlike_those_learnt_from_is_said_to_be_also_after_a_reload(
    page: Page, serve: Serve
) -> None:
    engine = ScriptedEngine([ANSWER], reading=reading(), familiarity=Familiarity(2.0))
    page.goto(serve(ReadyHost(engine)).url)
    page.click("[data-place='0']")
    for _ in range(2):
        expect(page.locator(ANSWERS)).to_contain_text("This picture is unlike")
        expect(page.locator(ANSWERS)).to_contain_text(ANSWER)
        page.reload()

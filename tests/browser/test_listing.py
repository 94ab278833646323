"""The list of conversations and the drafts in a real browser, answered by a scripted engine."""

import pytest
from playwright.sync_api import Page, expect

from clover_chat.serving import App
from tests.browser.conftest import ANSWER
from tests.browser.test_page import ANSWERS, open_page
from tests.fakes import ScriptedEngine

pytestmark = pytest.mark.slow

TITLES = "#listing [data-open]"
FIELD = "#composer textarea"


@pytest.fixture
def answered(page: Page, app: App) -> Page:
    """Return a page that shows one answered question."""
    open_page(page, app)
    page.click("[data-place='1']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#composer .submit-button")).to_be_visible()
    return page


def open_menu(page: Page) -> None:
    page.focus("#listing .clover-more")
    page.keyboard.press("Enter")
    expect(page.locator("[role=menuitem]").first).to_be_focused()


def test_a_deletion_is_undone_with_the_keyboard_alone(answered: Page) -> None:
    open_menu(answered)
    answered.keyboard.press("End")
    expect(answered.locator("[data-act=delete]")).to_be_focused()
    answered.keyboard.press("Enter")
    expect(answered.locator("#welcome")).to_be_visible()
    expect(answered.locator(TITLES)).to_have_count(0)
    expect(answered.locator("[data-restore]")).to_be_focused()
    answered.keyboard.press("Enter")
    expect(answered.locator(ANSWERS)).to_have_text(ANSWER)
    expect(answered.locator(TITLES)).to_have_count(1)


def test_a_menu_is_left_by_esc_and_pins(answered: Page) -> None:
    open_menu(answered)
    answered.keyboard.press("Escape")
    expect(answered.locator("[role=menu]")).to_have_count(0)
    expect(answered.locator("#listing .clover-more")).to_be_focused()
    open_menu(answered)
    answered.keyboard.press("ArrowDown")
    answered.keyboard.press("Enter")
    expect(answered.locator("#listing h3").first).to_have_text("Pinned")


def test_enter_keeps_a_new_title_and_esc_leaves_the_old_one(answered: Page) -> None:
    answered.dblclick(TITLES)
    field = answered.locator("#listing .clover-row input")
    expect(field).to_be_focused()
    field.fill("Case 12")
    field.press("Enter")
    expect(answered.locator(TITLES)).to_have_text("Case 12")
    expect(answered).to_have_title("Case 12 · CLOVER Chat")
    answered.focus(TITLES)
    answered.keyboard.press("F2")
    field.fill("Not this")
    field.press("Escape")
    expect(field).to_have_count(0)
    answered.reload()
    expect(answered.locator(TITLES)).to_have_text("Case 12")


def test_a_search_marks_what_it_finds_and_opens_it(answered: Page) -> None:
    answered.click("#new")
    expect(answered.locator("#welcome")).to_be_visible()
    answered.locator("#find input").press_sequentially('"crypts* lam')
    expect(answered.locator("#found mark")).to_have_text(["crypts", "lamina"])
    expect(answered.locator("#listing")).to_be_hidden()
    answered.keyboard.press("ArrowDown")
    answered.keyboard.press("Enter")
    expect(answered.locator(ANSWERS)).to_have_text(ANSWER)
    answered.click("#find input")
    answered.keyboard.press("Escape")
    expect(answered.locator("#listing")).to_be_visible()


def test_a_draft_survives_a_reload_belongs_to_its_conversation_and_goes_when_sent(
    answered: Page,
) -> None:
    answered.fill(FIELD, "Is it benign?")
    answered.reload()
    expect(answered.locator(ANSWERS)).to_have_text(ANSWER)
    expect(answered.locator(FIELD)).to_have_value("Is it benign?")
    answered.click("#new")
    expect(answered.locator(FIELD)).to_have_value("")
    answered.click(TITLES)
    expect(answered.locator(FIELD)).to_have_value("Is it benign?")
    answered.press(FIELD, "Enter")
    expect(answered.locator(ANSWERS)).to_have_count(2)
    expect(answered.locator(FIELD)).to_have_value("")
    expect(answered.locator("#composer .submit-button")).to_be_visible()
    answered.reload()
    expect(answered.locator(ANSWERS)).to_have_count(2)
    expect(answered.locator(FIELD)).to_have_value("")


def test_a_connection_that_drops_in_the_middle_of_an_answer_finds_it_again(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    engine.delay_s = 0.4
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("This patch")
    page.context.set_offline(True)
    page.wait_for_timeout(1000)
    page.context.set_offline(False)
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#composer .submit-button")).to_be_visible()


def test_a_reload_after_the_end_of_an_answer_finds_all_of_it(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    engine.delay_s = 0.15
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("This")
    where = page.url
    assert "c=" in where
    page.goto("about:blank")
    page.wait_for_timeout(3000)
    page.goto(where)
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)

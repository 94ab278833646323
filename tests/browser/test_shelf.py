"""Quotations in the chat and the reference shelf's page, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from clover_chat.bootstrap import shelf_corrections
from clover_chat.serving import App

pytestmark = pytest.mark.slow

QUOTE = "#chat .clover-quote"


def ask(page: Page, question: str) -> None:
    page.fill("#composer textarea", question)
    page.keyboard.press("Enter")


def test_a_general_question_is_answered_by_a_quotation_that_looks_the_same_after_a_reload(
    page: Page, app: App
) -> None:
    page.goto(app.url)
    ask(page, "What is a koilocyte?")
    expect(page.locator(QUOTE)).to_contain_text("Koilocytes mark a low-grade lesion.")
    expect(page.locator("#composer .submit-button")).to_be_visible()
    expect(page.locator("#chat .clover-note")).to_contain_text("pathology in general")
    before = page.locator(QUOTE).inner_html()
    page.reload()
    expect(page.locator(QUOTE)).to_contain_text("Quoted from the reference shelf")
    assert page.locator(QUOTE).inner_html() == before
    assert page.locator(f"{QUOTE} a").get_attribute("href") == "shelf/#koilocyte"


def test_an_entry_is_found_by_keyboard_read_and_corrected(page: Page, app: App) -> None:
    page.goto(f"{app.url}shelf/")
    expect(page.locator("#list summary").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("eosin")
    expect(page.locator("#list a").first).to_have_text("Eosin")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#entry h2")).to_have_text("Eosin")
    expect(page.locator("#entry .sources li")).not_to_have_count(0)
    page.click("text=Something is wrong")
    page.fill("#entry textarea", "Say which protein.")
    page.click("text=Send the correction")
    expect(page.locator("#entry [role=status]")).to_contain_text("Kept for review")
    page.reload()
    expect(page.locator("#entry textarea")).to_have_value("Say which protein.")
    (correction,) = shelf_corrections(app.settings)
    assert (correction.entry_id, correction.text) == ("eosin", "Say which protein.")


def test_a_phone_shows_the_list_or_the_entry(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 390, "height": 740})
    page.goto(f"{app.url}shelf/#eosin")
    expect(page.locator("#entry h2")).to_have_text("Eosin")
    expect(page.locator("#list")).to_be_hidden()
    page.click(".to-list a")
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

"""Conversations exported to files and imported again, in a real browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clover_chat.serving import App
from tests.browser.conftest import ANSWER

pytestmark = pytest.mark.slow

ANSWERS = "#chat .bot-row .message"
NOTICE = "For research and education, not for diagnosis."


def saved(page: Page, kind: str, folder: Path) -> Path:
    """Export by keyboard alone and return the file."""
    page.locator("#files summary").focus()
    page.keyboard.press("Enter")
    page.locator(f"#files [data-kind={kind}]").focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    expect(page.locator("#files [role=status]")).to_contain_text("Saved as")
    page.keyboard.press("Escape")
    expect(page.locator("#files summary")).to_be_focused()
    return path


def test_a_conversation_leaves_as_a_file_and_comes_back(
    page: Page, app: App, tmp_path: Path
) -> None:
    page.goto(app.url)
    expect(page.locator(".clover-exports")).to_be_hidden()
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    assert NOTICE in saved(page, "md", tmp_path).read_text()
    file = saved(page, "json", tmp_path)
    assert json.loads(file.read_text())["messages"][1]["text"] == ANSWER
    page.click("#new")
    expect(page.locator("#welcome")).to_be_visible()
    page.click("#files summary")
    page.set_input_files("#files input", file)
    expect(page.locator(ANSWERS)).to_contain_text(ANSWER)
    expect(page.locator(ANSWERS)).to_contain_text("This conversation was imported from a file")
    expect(page.locator("#listing [data-open]")).to_have_count(2)
    file.write_text("{}")
    page.set_input_files("#files input", file)
    expect(page.locator("#files [role=status]")).to_contain_text("no conversation")


def test_a_report_shows_its_picture_and_asks_nobody(page: Page, app: App, tmp_path: Path) -> None:
    page.goto(app.url)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    report = saved(page, "html", tmp_path)
    page.goto("about:blank")
    page.set_content(report.read_text())
    expect(page.locator(".answer")).to_contain_text(ANSWER)
    expect(page.locator("header .notice")).to_have_text(NOTICE)
    assert page.locator("figure img").evaluate("image => image.naturalWidth") == 512


def test_a_copied_answer_says_what_it_may_be_used_for(page: Page, app: App) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(app.url)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.locator(
        "#chat .bot-row + .message-buttons button[title*='opy'], "
        "#chat .message-buttons-left button[title*='opy']"
    ).first.click()
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(ANSWER)
    assert copied.rstrip().endswith(NOTICE)

"""Two answers side by side in a real browser, and what the export then says."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clover_chat.bootstrap import export_feedback
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.selection import Filters
from clover_chat.serving import App
from tests.browser.conftest import ANSWER
from tests.browser.walks import ANSWERS

pytestmark = pytest.mark.slow


def test_one_question_is_answered_twice_blind_and_the_choice_becomes_a_pair(
    page: Page, app: App, picture: Path, tmp_path: Path
) -> None:
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("#compare")
    expect(page.locator("[data-side='left'] select")).to_be_focused()
    page.set_input_files("#composer input[type=file]", picture)
    expect(page.locator("#composer .thumbnail-item")).to_have_count(1)
    page.fill("#composer textarea", "Which organ is this?")
    page.click("[data-do='contest']")
    expect(page.locator(".clover-pair article").first).to_contain_text(ANSWER)
    expect(page.locator(ANSWERS).last).to_be_hidden()  # it grows beside, not in the conversation
    expect(page.locator("[data-choice]")).to_have_count(4)
    assert "temperature" not in page.locator(".clover-pair").inner_text()
    page.reload()
    page.click("[data-choice='right']")
    expect(page.locator(".clover-pair")).to_contain_text("temperature 0.8, seed 1")
    page.click(".clover-comparing [data-do='close']")
    expect(page.locator(ANSWERS).last).to_contain_text("brown on blue")
    expect(page.locator("#chat .options")).to_contain_text("Answer 2 of 2")
    page.locator("#chat .bot-row + .message-buttons [aria-label='Like']").click()
    page.locator(".clover-judging [data-consent='yes']").click()
    expect(page.locator("#consent")).to_contain_text("may be used for training")
    export_feedback(app.settings, Format.PREFERENCE, tmp_path / "pairs", Filters(), 0.0)
    (pair,) = map(json.loads, (tmp_path / "pairs" / "train.jsonl").read_text().splitlines())
    assert pair["rejected"][0]["content"] == ANSWER

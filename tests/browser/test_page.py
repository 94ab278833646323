"""The page in a real browser, answered by a scripted engine."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clover_chat.serving import App
from clover_chat.types import ModelState, Stage, Waiting
from tests.browser.conftest import ANSWER, Serve
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost

pytestmark = pytest.mark.slow

ANSWERS = "#chat .bot-row .message"


def open_page(page: Page, app: App) -> None:
    page.goto(app.url)
    expect(page.locator("#composer textarea")).to_be_visible()
    expect(page.locator("#listing nav")).to_be_attached()


def attach(page: Page, *files: Path) -> None:
    page.set_input_files("#composer input[type=file]", list(files))
    expect(page.locator("#composer .thumbnail-item")).to_have_count(len(files))


def ask(page: Page, question: str) -> None:
    page.fill("#composer textarea", question)
    page.keyboard.press("Enter")


def test_an_answer_grows_under_an_uploaded_patch(
    page: Page, app: App, engine: ScriptedEngine, picture: Path
) -> None:
    engine.delay_s = 0.4  # long enough to be seen growing on a busy machine
    open_page(page, app)
    attach(page, picture)
    ask(page, "What does this show?")
    answer = page.locator(ANSWERS)
    expect(answer).to_contain_text("This patch")
    early = answer.inner_text()
    expect(answer).to_have_text(ANSWER)
    assert ANSWER.startswith(early.strip())
    assert len(early) < len(ANSWER)
    shown = page.locator("#chat .component img")
    expect(shown).to_have_js_property("naturalWidth", 260)
    assert "DOE_JANE" not in page.content()
    expect(page.locator("#composer textarea")).to_have_value("")


def test_the_first_answer_is_one_click_away(page: Page, app: App) -> None:
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#welcome")).to_be_hidden()


def test_stop_keeps_the_part_that_was_written(page: Page, app: App, engine: ScriptedEngine) -> None:
    engine.delay_s = 0.4
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("This patch")
    page.click("#composer .stop-button")
    expect(page.locator(ANSWERS)).to_contain_text("Stopped.")
    expect(page.locator("#composer .submit-button")).to_be_visible()
    assert engine.generations[0].is_closed


def test_a_retry_makes_a_second_version_and_the_first_can_be_seen_again(
    page: Page, app: App
) -> None:
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.click("#chat [aria-label='Retry']")
    expect(page.locator(ANSWERS)).to_contain_text("brown on blue")
    expect(page.locator("#chat .options")).to_contain_text("Answer 2 of 2")
    page.locator("#chat .option").first.click()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)


def test_an_edited_question_is_asked_again(page: Page, app: App, engine: ScriptedEngine) -> None:
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.hover("#chat .user-row >> nth=-1")
    page.click("#chat [aria-label='Edit']")
    page.fill("#chat textarea", "Which stain is this?")
    page.click("#chat [aria-label='Submit']")
    expect(page.locator(ANSWERS)).to_contain_text("brown on blue")
    expect(page.locator("#chat .user-row").last).to_contain_text("Which stain is this?")
    assert engine.asked[1][0][-1].pictures


def test_a_reload_restores_the_conversation_and_the_list_opens_the_others(
    page: Page, app: App
) -> None:
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.reload()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.click("#new")
    expect(page.locator("#welcome")).to_be_visible()
    assert "c=" not in page.url
    page.click("[data-place='1']")
    expect(page.locator(ANSWERS)).to_contain_text("brown on blue")
    titles = page.locator("#listing [data-open]")
    expect(titles).to_have_text(["Which organ is this from?", "What is the main finding?"])
    titles.nth(1).click()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#listing [aria-current]")).to_have_text("What is the main finding?")


def test_a_reload_in_the_middle_finds_the_answer_still_growing(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    engine.delay_s = 0.3
    open_page(page, app)
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("This")
    page.reload()
    expect(page.locator(ANSWERS)).to_have_text(ANSWER, timeout=20_000)


def test_a_restarted_server_lists_and_opens_conversations_with_their_pictures(
    page: Page, serve: Serve, engine: ScriptedEngine, picture: Path
) -> None:
    first = serve(ReadyHost(engine))
    open_page(page, first)
    attach(page, picture)
    ask(page, "Which organ?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    first.close()
    open_page(page, serve(ReadyHost(engine)))
    page.click("#listing [data-open]")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#chat .component img")).to_have_js_property("naturalWidth", 260)


def test_a_bad_picture_is_one_sentence_and_the_question_stays(
    page: Page, app: App, tmp_path: Path
) -> None:
    bad = tmp_path / "ROE_RICHARD.png"
    bad.write_text("not a picture")
    open_page(page, app)
    attach(page, bad)
    ask(page, "What is this?")
    toast = page.locator(".toast-wrap")
    expect(toast).to_contain_text("picture")
    assert "ROE" not in toast.inner_text()
    expect(page.locator("#composer textarea")).to_have_value("What is this?")
    expect(page.locator("#composer .thumbnail-item")).to_have_count(0)


def test_an_empty_question_is_refused_and_its_patch_kept(
    page: Page, app: App, picture: Path
) -> None:
    open_page(page, app)
    attach(page, picture)
    page.click("#composer .submit-button")
    expect(page.locator(".toast-wrap")).to_contain_text("empty")
    expect(page.locator("#composer .thumbnail-item")).to_have_count(1)


def test_the_model_state_is_seen_until_it_is_ready_without_a_reload(
    page: Page, serve: Serve, engine: ScriptedEngine
) -> None:
    states = [ModelState(Stage.FETCHING, "", 0.42), ModelState(Stage.READY)]
    host = SlowHost(states, engine, delay_s=1.0)
    host.state = states[0]
    open_page(page, serve(host))
    state = page.locator("#state")
    expect(state).to_contain_text("Fetching the model, 42%")
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("your answer follows")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(state).to_contain_text("Ready")


def test_a_place_in_line_is_seen_while_waiting(page: Page, serve: Serve) -> None:
    engine = ScriptedEngine([[Waiting(3), Waiting(1), "Colon."]], delay_s=1.0)
    open_page(page, serve(ReadyHost(engine)))
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_contain_text("number 3 in line")
    expect(page.locator(ANSWERS)).to_contain_text("next in line")
    expect(page.locator(ANSWERS)).to_have_text("Colon.")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_sticks_out_and_the_composer_is_always_in_sight(
    page: Page, app: App, picture: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_page(page, app)
    attach(page, picture, picture)
    ask(page, "What does this picture show? " * 12 + "x" * 200)
    expect(page.locator(ANSWERS)).to_contain_text("lamina propria")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#composer").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 740
    if width < 500:
        expect(page.locator("#side")).not_to_have_class(re.compile(r"\bopen\b"))


def test_the_page_answers_within_seconds(serve: Serve, engine: ScriptedEngine) -> None:
    begin = time.monotonic()
    serve(ReadyHost(engine))
    assert time.monotonic() - begin < 15

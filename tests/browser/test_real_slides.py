"""Real slides of several scanners in a real browser, where they lie beside the checkout."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clover_chat.ui.scripts import OPENSEADRAGON_PATH
from tests.browser.conftest import ANSWER, Serve
from tests.browser.walks import (
    ANSWERS,
    ask,
    box_of,
    choose,
    drag,
    draw,
    placed,
    refused_to,
    shown,
    view,
)
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import write_sharp
from tests.slides.conftest import SHARED
from tests.slides.test_real_slides import REFUSED

SCANNING_MS = 240_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="real slides are not beside this checkout"),
    pytest.mark.skipif(
        not OPENSEADRAGON_PATH.is_file(), reason="OpenSeadragon is not installed; run `make test`"
    ),
]


def test_each_readable_slide_is_looked_at_turned_asked_about_and_returned_to(
    page: Page, serve: Serve
) -> None:
    app = serve(ReadyHost(ScriptedEngine([ANSWER])), slide_dir=SHARED)
    page.set_viewport_size({"width": 1600, "height": 900})  # wide enough for all three columns
    failed = refused_to(page)
    choose(page, app.url, SCANNING_MS)
    ids = page.locator(".cv-card").evaluate_all("cards => cards.map(card => card.dataset.slide)")
    assert len(ids) == 23
    for slide_id in ids:
        page.click(f".cv-card[data-slide='{slide_id}']")
        shown(page, slide_id)
        walk(page)
        page.click("#new")
        expect(page.locator("#chat .clover-region")).to_have_count(0)
        page.click(".cv-choose")
    assert failed == []


def walk(page: Page) -> None:
    """Pan, go through the magnifications, turn, draw, ask, and come back from the answer."""
    whole = placed(page)
    page.keyboard.press("+")
    drag(page, (0.6, 0.6), (0.45, 0.5))
    assert placed(page) != whole
    for zoom in page.locator(".cv-zoom:enabled").all():
        zoom.click()
        placed(page)
        expect(zoom).to_contain_class("is-on")
    upright = placed(page)
    page.keyboard.press("r")
    assert placed(page) != upright
    page.keyboard.press("0")
    placed(page)
    draw(page)
    page.click(".cv-popover .is-main")
    expect(page.locator("#pointed .clover-region")).to_have_count(1)
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_contain_text(ANSWER)  # a remark may come first
    card = page.locator("#chat .clover-region")
    expect(card.locator("img")).to_have_js_property("complete", True)
    page.keyboard.press("Escape")
    page.click("[aria-label^='Further']")
    drag(page, (0.5, 0.5), (0.3, 0.4))
    away = placed(page)
    card.click()
    assert placed(page) != away
    x, y, width, height = box_of(card)
    left, top, across, down = view(page)
    assert left <= x
    assert top <= y
    assert left + across >= x + width
    assert top + down >= y + height


def test_each_file_that_cannot_be_read_is_one_sentence_and_the_next_slide_opens(
    page: Page, serve: Serve, engine: ScriptedEngine, tmp_path: Path
) -> None:
    for number, name in enumerate(REFUSED):
        (tmp_path / "slides" / str(number)).mkdir(parents=True)
        shutil.copy(SHARED / name, tmp_path / "slides" / str(number))
    write_sharp(tmp_path / "slides" / "good.tif")
    app = serve(ReadyHost(engine), slide_dir=tmp_path / "slides")
    choose(page, app.url, SCANNING_MS)
    expect(page.locator(".cv-refused summary")).to_have_text("9 files cannot be opened")
    sentences = page.locator(".cv-refused li").all_text_contents()
    for name, words in REFUSED.items():
        assert any(words in sentence for sentence in sentences), name
    for name, words in REFUSED.items():
        page.set_input_files(".cv-chooser input[type=file]", SHARED / name)
        toast = page.locator(".toast-body")
        expect(toast).to_contain_text(words)
        expect(toast).to_have_count(1)
        toast.locator("button").click()
        expect(toast).to_have_count(0)
        page.locator(".cv-card").click()
        shown(page)
        page.click(".cv-choose")
    said = page.content()
    assert not [name for name in REFUSED if Path(name).name in said]

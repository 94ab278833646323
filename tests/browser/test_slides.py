"""Whole slides in a real browser, answered by a scripted engine."""

import logging
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from clover_chat.serving import App
from clover_chat.ui.scripts import OPENSEADRAGON_PATH
from tests.browser.conftest import ANSWER, OFFSET, SCAN, Serve
from tests.browser.proxy import served_under
from tests.browser.walks import (
    ANSWERS,
    Fingers,
    ask,
    box_of,
    choose,
    drag,
    draw,
    open_slide,
    refused_to,
    shown,
    tiles_of,
    view,
)
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import PATIENT, SIZE
from tests.slides.pyramids import damage_tile, tissue_picture, write_jpeg_pyramid

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not OPENSEADRAGON_PATH.is_file(), reason="OpenSeadragon is not installed; run `make test`"
    ),
]


@pytest.fixture
def app(serve: Serve, engine: ScriptedEngine, slide_dir: Path) -> App:
    return serve(ReadyHost(engine), slide_dir=slide_dir)


@pytest.fixture
def others(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_slide_opens_whole_with_its_scale(page: Page, app: App) -> None:
    choose(page, app.url)
    expect(page.locator(".cv-label")).to_be_hidden()
    expect(page.locator(".cv-card")).to_have_count(2)
    expect(page.locator(".cv-card").first).to_contain_text("3,000 \u00d7 2,000 px")
    expect(page.locator(".cv-card").first).to_contain_text("20\u00d7")
    expect(page.locator(".cv-card img").first).to_have_js_property("complete", True)
    page.locator(".cv-card").first.click()
    shown(page)
    assert view(page) == [0, 0, *SIZE]
    expect(page.locator(".cv-bar")).to_have_text(re.compile(r"^\d+ (µm|mm)$"))
    expect(page.locator(".cv-navigator")).to_be_visible()


def test_magnifications_are_exact_by_click_and_by_key(page: Page, app: App) -> None:
    open_slide(page, app.url)
    stage = page.locator(".cv-stage").bounding_box()
    assert stage is not None
    for key, name, native in (("4", "10\u00d7", 0.5), ("5", "20\u00d7", 1.0)):
        page.click(f".cv-zoom >> text=/^{name}$/")
        x, y, width, _ = view(page)
        expect(page.locator(".cv-live")).to_have_text(name)
        assert width == pytest.approx(stage["width"] / native, abs=3)
        page.click("[aria-label^='Whole slide']")
        view(page)
        page.locator(".cv-canvas .openseadragon-canvas").first.focus()
        page.keyboard.press(key)
        assert view(page) == pytest.approx([x, y, width, _], abs=3)


def test_one_pans_turns_and_mirrors_with_mouse_and_keys(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.click(".cv-zoom >> text=/^20\u00d7$/")
    x, y, width, height = view(page)
    drag(page, (0.6, 0.6), (0.4, 0.5))
    moved = view(page)
    assert moved[0] > x + 0.15 * width
    assert moved[1] > y + 0.05 * height
    page.keyboard.press("ArrowLeft")
    assert view(page)[0] < moved[0]
    page.keyboard.press("r")
    turned = view(page)
    assert turned[2:] == pytest.approx([height, width], abs=3)
    page.keyboard.press("f")
    assert view(page)[2:] == pytest.approx([height, width], abs=3)
    page.keyboard.press("0")
    assert view(page) == [0, 0, *SIZE]


def test_a_drawn_region_is_asked_about_and_one_click_leads_back(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    open_slide(page, app.url)
    draw(page)
    expect(page.locator(".cv-measure")).to_have_text(
        re.compile(r"^\d+ \u00d7 \d+ µm · [\d,]+ \u00d7 [\d,]+ px$")
    )
    page.click(".cv-popover .is-main")
    expect(page.locator("#pointed .clover-region")).to_have_count(1)
    expect(page.locator("#composer textarea")).to_be_focused()
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#pointed .clover-region")).to_have_count(0)
    card = page.locator("#chat .clover-region")
    expect(card.locator("img")).to_have_js_property("complete", True)
    assert card.locator("img").evaluate("img => img.naturalWidth") > 50
    assert engine.asked[0][0][-1].pictures
    page.click(".cv-zoom >> text=/^20\u00d7$/")
    drag(page, (0.7, 0.7), (0.1, 0.1))
    away = view(page)
    card.click()
    x, y, width, height = box_of(card)
    there = view(page)
    assert there != away
    assert there[0] <= x
    assert there[1] <= y
    assert there[0] + there[2] >= x + width
    assert there[1] + there[3] >= y + height


def test_a_rectangle_too_small_to_be_seen_is_widened(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.click(".cv-zoom >> text=/^40\u00d7$/")
    view(page)
    page.click("[aria-label^='Draw']")
    drag(page, (0.5, 0.5), (0.515, 0.515))
    expect(page.locator(".cv-measure")).to_have_text(re.compile(r"16 \u00d7 16 px$"))


def test_a_card_brings_its_slide_back_after_a_reload(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.click(".cv-ask")
    expect(page.locator("#pointed .clover-region")).to_have_count(1)
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.click("[aria-label='Close the viewer']")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("#side.open")).to_be_attached()  # the list made room meanwhile
    page.reload()
    page.click("#chat .clover-region")
    shown(page)


def test_a_region_whose_slide_is_turned_lies_where_it_was_drawn(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.keyboard.press("r")
    page.keyboard.press("f")
    view(page)
    draw(page)
    drawn = page.locator(".cv-region.is-selected").bounding_box()
    stage = page.locator(".cv-stage").bounding_box()
    assert drawn is not None
    assert stage is not None
    assert drawn["x"] == pytest.approx(stage["x"] + 0.4 * stage["width"], abs=4)
    assert drawn["width"] == pytest.approx(0.2 * stage["width"], abs=6)
    assert drawn["height"] == pytest.approx(0.2 * stage["height"], abs=6)


def test_a_scan_inside_a_larger_slide_is_addressed_from_its_corner(page: Page, app: App) -> None:
    open_slide(page, app.url, place=1)
    assert view(page) == [*OFFSET, *SCAN]
    page.click(".cv-ask")
    expect(page.locator("#pointed .clover-region")).to_have_attribute(
        "data-box", ",".join(map(str, (*OFFSET, *SCAN)))
    )


def test_a_first_question_is_about_what_is_on_screen(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    open_slide(page, app.url)
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    box = page.locator("#chat .clover-region").get_attribute("data-box")
    assert box == f"0,0,{SIZE[0]},{SIZE[1]}"


def test_an_edited_question_keeps_its_region(page: Page, app: App, engine: ScriptedEngine) -> None:
    open_slide(page, app.url)
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.hover("#chat .user-row >> nth=-1")
    page.click("#chat [aria-label='Edit']")
    expect(page.locator("#chat textarea")).to_have_value("What is this?")
    page.fill("#chat textarea", "Which stain is this?")
    page.click("#chat [aria-label='Submit']")
    expect(page.locator(ANSWERS)).to_contain_text("brown on blue")
    expect(page.locator("#chat .user-row").last).to_contain_text("Which stain is this?")
    expect(page.locator("#chat .clover-region")).to_have_count(1)
    assert engine.asked[1][0][-1].pictures


def test_fingers_pan_and_pinch(browser: Browser, app: App) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    open_slide(page, app.url)
    page.locator(".cv-zoom").nth(3).tap()
    x, _, width, _ = view(page)
    fingers = Fingers(page)
    fingers.move([(0.6, 0.6)], [(0.3, 0.6)])
    panned = view(page)
    assert panned[0] > x + 0.15 * width
    assert panned[2] == pytest.approx(width, abs=3)
    fingers.move([(0.45, 0.5), (0.55, 0.5)], [(0.3, 0.5), (0.7, 0.5)])
    assert view(page)[2] < 0.5 * width
    page.locator("[aria-label^='Draw']").tap()
    fingers.move([(0.4, 0.4)], [(0.6, 0.6)])
    expect(page.locator(".cv-popover")).to_be_visible()
    context.close()


def test_the_viewer_fills_the_screen_and_comes_back_to_be_asked(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.keyboard.press("F")
    page.wait_for_function("document.fullscreenElement?.classList.contains('clover-viewer')")
    page.keyboard.press("a")
    page.wait_for_function("document.fullscreenElement === null")
    expect(page.locator("#composer textarea")).to_be_focused()
    expect(page.locator("#pointed .clover-region")).to_have_count(1)


def test_bookmarks_are_kept_and_travel_as_geojson(page: Page, app: App, tmp_path: Path) -> None:
    open_slide(page, app.url)
    draw(page)
    page.click(".cv-popover >> text=Bookmark")
    page.fill(".cv-name", "Deep margin")
    page.keyboard.press("Enter")
    expect(page.locator(".cv-tag")).to_have_text("Deep margin")
    page.click("[aria-label='Bookmarks']")
    with page.expect_download() as downloaded:
        page.click("text=Export")
    file = tmp_path / "regions.geojson"
    downloaded.value.save_as(file)
    assert PATIENT not in file.read_text() + downloaded.value.suggested_filename
    page.click(".cv-panel [aria-label='Remove']")
    expect(page.locator(".cv-tag")).to_have_count(0)
    page.set_input_files("input[accept='.geojson,.json']", file)
    expect(page.locator(".cv-tag")).to_have_text("Deep margin")
    page.reload()
    shown(page)
    expect(page.locator(".cv-tag")).to_have_text("Deep margin")


def test_looking_over_a_slide_numbers_what_it_finds(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.click(".cv-look")
    page.click(".cv-panel .is-main")
    expect(page.locator(".cv-summary")).to_be_visible(timeout=60_000)
    count = page.locator(".cv-panel .cv-row").count()
    assert count >= 1
    expect(page.locator(".cv-tag.is-found")).to_have_count(count)
    page.locator(".cv-panel .cv-go").first.click()
    expect(page.locator(".cv-popover")).to_be_visible()


def test_looking_over_a_slide_can_be_stopped(page: Page, app: App, engine: ScriptedEngine) -> None:
    engine.delay_s = 0.5
    open_slide(page, app.url)
    page.click(".cv-look")
    page.click(".cv-panel .is-main")
    page.click(".cv-panel-foot >> text=Stop")
    expect(page.locator(".cv-panel [role='status']")).to_have_text("Stopped.")
    expect(page.locator(".cv-panel-foot .is-main")).to_be_visible()


def test_tissue_is_shown_and_hidden(page: Page, app: App) -> None:
    open_slide(page, app.url)
    page.keyboard.press("t")
    expect(page.locator(".cv-tissue")).to_have_attribute("href", re.compile("/tissue"))
    page.keyboard.press("t")
    expect(page.locator(".cv-tissue")).to_have_count(0)


def test_a_macro_is_shown_where_the_operator_allows_it(
    page: Page, serve: Serve, engine: ScriptedEngine, slide_dir: Path
) -> None:
    app = serve(ReadyHost(engine), slide_dir=slide_dir, show_slide_labels=True)
    open_slide(page, app.url, place=1)
    page.click("[aria-label='Label and macro'].cv-tool")
    expect(page.locator(".cv-figure img[alt$='macro']")).to_have_js_property("naturalWidth", 128)
    expect(page.locator(".cv-figure").first).to_contain_text("This slide has none.")


def test_a_damaged_file_is_one_sentence_and_no_name_is_anywhere(
    page: Page, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    addresses: list[str] = []
    bodies: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("response", lambda answer: addresses.append(str(answer.headers)))
    with caplog.at_level(logging.INFO):
        choose(page, app.url)
        refused = page.locator(".cv-refused")
        expect(refused).to_contain_text("One file cannot be opened")
        refused.locator("summary").click()
        expect(refused.locator("li")).to_have_count(1)
        page.locator(".cv-card").first.click()
        shown(page)
        bodies.append(page.content())
    assert PATIENT not in "".join(addresses + bodies)
    assert PATIENT not in caplog.text


def test_a_place_that_is_damaged_is_one_sentence_and_the_rest_is_shown(
    page: Page, serve: Serve, engine: ScriptedEngine, tmp_path: Path
) -> None:
    slide_dir = tmp_path / "slides"
    slide_dir.mkdir()
    path = write_jpeg_pyramid(slide_dir / "a.tif", tissue_picture(2560, 2048), (1, 4))
    damage_tile(path, 23)  # of 10 across and 8 down; the corners and the middle stay as they are
    app = serve(ReadyHost(engine), slide_dir=slide_dir)
    open_slide(page, app.url)
    page.click(".cv-zoom >> text=/^10\u00d7$/")
    view(page)
    drag(page, (0.3, 0.3), (0.6, 0.6))
    expect(page.locator(".cv-note")).to_contain_text("damaged at this place")
    with page.expect_response(lambda answer: "/tiles/" in answer.url and answer.ok):
        page.click(".cv-zoom >> text=/^20\u00d7$/")


def test_a_slide_is_brought_from_this_computer_under_another_name(
    page: Page, serve: Serve, engine: ScriptedEngine, slide_dir: Path, tmp_path: Path
) -> None:
    app = serve(ReadyHost(engine))
    mine = tmp_path / f"{PATIENT}.tif"
    shutil.copyfile(slide_dir / f"A_{PATIENT}.tif", mine)
    addresses: list[str] = []

    def note(request: Request) -> None:
        addresses.append(f"{request.url} {request.post_data_buffer!r}")

    page.on("request", note)
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("#slides")
    expect(page.locator(".cv-said")).to_have_text("There are no slides yet.")
    page.set_input_files(".cv-chooser input[type=file]", mine)
    shown(page)
    assert PATIENT not in "".join(addresses) + page.content()
    assert not list(app.settings.upload_dir.rglob("*.tif"))
    bad = tmp_path / f"{PATIENT}.svs"
    bad.write_text("not a slide")
    page.click(".cv-choose")
    page.set_input_files(".cv-chooser input[type=file]", bad)
    expect(page.locator(".toast-wrap")).to_contain_text("slide")
    assert PATIENT not in page.content()


def test_a_tile_address_is_worth_nothing_to_anybody_else(
    page: Page, others: Page, serve: Serve, engine: ScriptedEngine, slide_dir: Path
) -> None:
    app = serve(ReadyHost(engine), host="0.0.0.0", slide_dir=slide_dir)  # noqa: S104 - as in a lab
    address = f"http://127.0.0.1:{app.settings.port}/"
    tiles = tiles_of(page)
    open_slide(page, address)
    others.goto(address)
    expect(others.locator("#listing nav")).to_be_attached()
    assert page.request.get(tiles[0]).status == 200
    assert others.request.get(tiles[0]).status == 403
    assert others.request.get(tiles[0].split("?")[0]).status == 403


def test_signing_in_is_needed_for_tiles_too(
    page: Page, others: Page, serve: Serve, engine: ScriptedEngine, slide_dir: Path, tmp_path: Path
) -> None:
    passwords = tmp_path / "people"
    passwords.write_text("ada:lovelace\n")
    app = serve(ReadyHost(engine), auth=passwords, slide_dir=slide_dir)
    page.goto(app.url)
    fields = page.locator("input")
    fields.nth(0).fill("ada")
    fields.nth(1).fill("lovelace")
    page.keyboard.press("Enter")
    expect(page.locator("#composer textarea")).to_be_visible()
    tiles = tiles_of(page)
    open_slide(page, app.url)
    assert page.request.get(tiles[0]).status == 200
    assert others.request.get(tiles[0]).status == 401


def test_a_permission_that_ran_out_is_renewed_while_one_looks(page: Page, app: App) -> None:
    open_slide(page, app.url)
    tokens = app.viewing._tokens
    tokens._clock = lambda: time.time() + 5 * 3600
    with page.expect_response(
        lambda answer: "/tiles/" in answer.url and answer.status == 200, timeout=30_000
    ):
        page.click(".cv-zoom >> text=/^20\u00d7$/")


def test_everything_works_behind_a_path_prefix(
    page: Page, serve: Serve, engine: ScriptedEngine, slide_dir: Path
) -> None:
    app = serve(ReadyHost(engine), slide_dir=slide_dir, root_path="/lab/clover")
    inside = f"http://127.0.0.1:{app.settings.port}"
    with served_under("/lab/clover", inside) as address:
        failed = refused_to(page)
        open_slide(page, address)
        page.keyboard.press("t")
        ask(page, "What is this?")
        expect(page.locator(ANSWERS)).to_have_text(ANSWER)
        picture = page.locator("#chat .clover-region img")
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("img => img.naturalWidth") > 50
        assert [url for url in failed if "/slides/" in url or "file=" in url] == []
        page.goto("about:blank")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_viewer_stands_above_and_the_conversation_still_scrolls(
    page: Page, serve: Serve, slide_dir: Path, scheme: str
) -> None:
    engine = ScriptedEngine(["\n\n".join(["A long answer about many things."] * 40)])
    app = serve(ReadyHost(engine), slide_dir=slide_dir)
    page.set_viewport_size({"width": 390, "height": 780})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.locator("#side .toggle-button").click()
    page.click("#slides")
    page.locator(".cv-card").first.click()
    shown(page)
    ask(page, "What is this?")
    expect(page.locator(ANSWERS)).to_contain_text("many things")
    viewer, composer = (
        page.locator(".cv-stage").bounding_box(),
        page.locator("#composer").bounding_box(),
    )
    assert viewer is not None
    assert composer is not None
    assert viewer["width"] >= 380
    assert viewer["y"] + viewer["height"] < composer["y"]
    assert composer["x"] + composer["width"] <= 390
    for name in ("Draw a region", "Closer", "Close the viewer", "1.25", "40"):
        if (box := page.locator(f"[aria-label^='{name}']").bounding_box()) is not None:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
    scroller = page.locator("#chat .bubble-wrap")
    scroller.evaluate("element => { element.scrollTop = 0; }")
    scroller.hover()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(300)
    assert scroller.evaluate("element => element.scrollTop") > 100

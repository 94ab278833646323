"""What stands in the way of a keyboard or a screen reader, found by axe-core in every state."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clover_chat.serving import App
from tests.browser.conftest import ANSWER, Serve
from tests.browser.walks import ANSWERS, shown
from tests.fakes import ReadyHost, ScriptedEngine

AXE = Path(__file__).parents[2] / "build" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed; run `make test`"),
]

RUN = "axe.run(document, {resultTypes: ['violations']})"
SETTLED_MS = 500  # colours and panels move for a moment
FOCUS = """() => {
    const one = document.activeElement;
    const hasLine = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const seen = (style) => hasLine(style) || style.boxShadow !== "none";
    const around = one.closest(".full-container, .cv-stage") ?? one;
    const after = getComputedStyle(around, "::after");
    const isSeen = [one, around].some((each) => seen(getComputedStyle(each))) || seen(after);
    return {name: one.outerHTML.slice(0, 120), isSeen, isPage: one === document.body};
}"""


def violations(page: Page) -> list[tuple[Any, ...]]:
    """Return what is serious or critical, in light and dark."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.wait_for_timeout(SETTLED_MS)
        found += [
            (scheme, rule["id"], node["html"][:160], node["failureSummary"])
            for rule in page.evaluate(RUN)["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
    return found


@pytest.fixture
def slides(serve: Serve, engine: ScriptedEngine, slide_dir: Path) -> App:
    return serve(ReadyHost(engine), slide_dir=slide_dir)


@pytest.mark.parametrize("width", [1440, 390])
def test_no_state_of_the_page_keeps_anybody_out(page: Page, slides: App, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(slides.url)
    expect(page.locator("#listing nav")).to_be_attached()
    assert violations(page) == []
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#composer .submit-button")).to_be_visible()
    page.locator("#chat .bot-row + .message-buttons [aria-label='Dislike']").click()
    expect(page.locator(".clover-judging")).to_be_visible()
    assert violations(page) == []
    page.click(".clover-judging [data-do='close']")
    page.click("#keys button")
    assert violations(page) == []
    page.keyboard.press("Escape")
    if width < 500:
        page.click("#side .toggle-button")
    page.click("#settings .label-wrap")
    page.click("#compare")
    expect(page.locator(".clover-sides")).to_be_attached()
    assert violations(page) == []
    page.click("#settings .label-wrap")
    page.click("#slides")
    expect(page.locator(".cv-said")).to_be_empty()
    assert violations(page) == []
    page.locator(".cv-card").first.click()
    shown(page)
    assert violations(page) == []
    page.goto(f"{slides.url}shelf/#eosin")
    expect(page.locator("#entry h2")).to_be_visible()
    assert violations(page) == []


def test_whatever_has_the_focus_is_seen_to_have_it(page: Page, slides: App) -> None:
    page.goto(slides.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    page.click("#slides")
    page.locator(".cv-card").first.click()
    shown(page)
    reached: dict[str, bool] = {}
    for _ in range(70):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if not focus["isPage"]:
            reached[focus["name"]] = focus["isSeen"]
    assert len(reached) > 30
    assert [name for name, is_seen in reached.items() if not is_seen] == []


def test_the_beginning_and_the_end_of_an_answer_are_told_and_not_each_word(
    page: Page, app: App, engine: ScriptedEngine
) -> None:
    engine.delay_s = 0.3
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("[data-place='0']")
    told = page.locator("[data-announced]")
    expect(told).to_have_text("An answer is being written.")
    expect(page.locator("#chat [role='log']")).to_have_attribute("aria-live", "off")
    expect(told).to_have_text("The answer is finished.")

"""The page in other languages; answers stay as they were written."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Serve
from tests.browser.walks import ANSWERS
from tests.fakes import ReadyHost, ScriptedEngine

pytestmark = pytest.mark.slow

WORDS = {
    "de-DE": ("Neue Unterhaltung", "Bereit", "Temperatur", "Diese Antwort berichtigen", "Quellen"),
    "zh-CN": ("新对话", "就绪", "温度", "更正此回答", "来源"),
    "fr-FR": ("New conversation", "Ready", "Temperature", "Correct this answer", "Sources"),
}


@pytest.mark.parametrize("locale", list(WORDS))
def test_the_page_speaks_the_browsers_language_and_answers_stay_as_written(
    browser: Browser, serve: Serve, locale: str
) -> None:
    app = serve(ReadyHost(ScriptedEngine(["Unclear"])))  # also a word of the page's own
    new, ready, temperature, correct, sources = WORDS[locale]
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(app.url)
    expect(page.locator("#new")).to_have_text(new)
    expect(page.locator("#state")).to_contain_text(ready)
    page.click("[data-place='0']")
    expect(page.locator(".clover-correct")).to_have_text(correct)
    expect(page.locator(ANSWERS)).to_have_text("Unclear")
    page.click("#settings .label-wrap")
    expect(page.locator("#settings").get_by_text(temperature, exact=True)).to_be_visible()
    page.goto(f"{app.url}shelf/#eosin")
    expect(page.locator("#entry h3").first).to_have_text(sources)
    expect(page.locator("#entry h2")).to_have_text("Eosin")
    context.close()

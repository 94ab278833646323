"""What somebody does with the slide viewer, step by step."""

import json
from collections.abc import Sequence
from typing import TypeAlias

from playwright.sync_api import Locator, Page, Request, Response, expect

ANSWERS = "#chat .bot-row .message"
Share: TypeAlias = tuple[float, float]


def choose(page: Page, address: str, patience_ms: int = 30_000) -> None:
    """Open the list of slides and wait until all of them have been looked for."""
    page.goto(address)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("#slides")
    expect(page.locator(".cv-said")).to_be_empty(timeout=patience_ms)


def open_slide(page: Page, address: str, place: int = 0) -> None:
    choose(page, address)
    page.locator(".cv-card").nth(place).click()
    shown(page)


def shown(page: Page, slide_id: str = "") -> None:
    """Wait for the first pixels of a slide; of any one by default."""
    which = f"[data-shown='{slide_id}']" if slide_id else "[data-shown]"
    expect(page.locator(f".clover-viewer{which}")).to_be_visible()
    expect(page.locator(".cv-chooser")).to_be_hidden()


def view(page: Page) -> list[int]:
    """Return the level-0 rectangle on screen, once nothing moves any more."""
    before = ""
    for _ in range(60):
        now = page.evaluate("window.cloverView()")
        if now and now == before:
            return list(json.loads(now)["box"])
        before = now
        page.wait_for_timeout(150)
    raise AssertionError("the view never comes to rest")


def tiles_of(page: Page) -> list[str]:
    """Return a list that takes up the address of every tile the page asks for."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        if "/tiles/" in request.url:
            addresses.append(request.url)

    page.on("request", note)
    return addresses


def refused_to(page: Page) -> list[str]:
    """Return a list that takes up every address that was refused to the page."""
    addresses: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400:
            addresses.append(answer.url)

    page.on("response", note)
    return addresses


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag between two places, given as shares of the stage."""
    box = page.locator(".cv-stage").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def draw(page: Page) -> None:
    page.click("[aria-label^='Draw']")
    drag(page, (0.4, 0.4), (0.6, 0.6))
    expect(page.locator(".cv-popover")).to_be_visible()


def ask(page: Page, question: str) -> None:
    page.fill("#composer textarea", question)
    page.keyboard.press("Enter")


def placed(page: Page) -> str:
    """Return how the slide lies on the stage, turned and moved, once nothing moves any more."""
    view(page)
    return str(page.locator(".cv-layer > g").get_attribute("transform"))


def box_of(card: Locator) -> tuple[int, int, int, int]:
    """Return the level-0 rectangle that a card in the conversation stands for."""
    x, y, width, height = map(int, str(card.get_attribute("data-box")).split(","))
    return x, y, width, height


class Fingers:
    """Fingers on the stage of the viewer; places are shares of its width and height."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._browser = page.context.new_cdp_session(page)

    def move(self, starts: Sequence[Share], ends: Sequence[Share], steps: int = 8) -> None:
        """Put fingers down, move each from its start to its end, and lift them."""
        self._send("touchStart", starts)
        for step in range(1, steps + 1):
            done = step / steps
            self._send(
                "touchMove", [_between(*way, done) for way in zip(starts, ends, strict=True)]
            )
            self._page.wait_for_timeout(30)
        self._send("touchEnd", [])

    def _send(self, kind: str, places: Sequence[Share]) -> None:
        points = [{"x": x, "y": y} for x, y in map(self._on_screen, places)]
        self._browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def _on_screen(self, place: Share) -> Share:
        box = self._page.locator(".cv-stage").bounding_box()
        assert box is not None
        return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def _between(start: Share, end: Share, done: float) -> Share:
    return start[0] + (end[0] - start[0]) * done, start[1] + (end[1] - start[1]) * done

"""How quick conversations are found and opened, however many and however long they are.

    python -m benchmarks.bench_conversations

In the browser the time runs from the click in the list until the last message has been painted.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.bench_page import PATIENCE_MS, served
from benchmarks.histories import OWNER, add_long, add_many
from benchmarks.rows import Row, at_most, show
from clover_chat.services.listing import ListingService
from clover_chat.services.searching import SearchService
from clover_chat.serving import App
from clover_chat.storage.database import connect, sessions_on

SHORT, LONG = 3, 300
MANY = 5000
ROUNDS = 9
UNTIL_PAINTED = """async ([id, last]) => {
  const row = [...document.querySelectorAll("#listing [data-id]")].find((r) => r.dataset.id === id);
  const isThere = () => document.querySelector("#chat .message-wrap")?.innerText.includes(last);
  const started = performance.now();
  row.querySelector("[data-open]").click();
  while (!isThere()) {
    if (performance.now() - started > 60_000) throw new Error("The conversation never opened.");
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""


def rows() -> Iterator[Row]:
    """Measure and yield every line; those of a browser where there is one."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as app:
        sessions = sessions_on(connect(app.settings.database))
        short = add_long(sessions, "A short look", SHORT)
        long = add_long(sessions, "A long day", LONG)
        yield _at_the_service(app, short, long)
        if shutil.which("chromium") or shutil.which("google-chrome"):
            yield _in_the_browser(app, short, long)
        add_many(sessions, MANY)
        yield from _of_many(sessions)


def _at_the_service(app: App, short: str, long: str) -> Row:
    took = _in_turn(lambda: app.chat.window(OWNER, short), lambda: app.chat.window(OWNER, long))
    return at_most(f"{LONG} messages read at the service, times {SHORT}", took[1] / took[0], 1.5)


def _in_the_browser(app: App, short: str, long: str) -> Row:
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(app.url)
        expect(page.locator("#listing [data-id]")).to_have_count(2, timeout=PATIENCE_MS)
        last = {
            short: f"part {SHORT - 1 - (SHORT - 1) % 2} ",
            long: f"belong. ({LONG - 2})",
        }
        took = _in_turn(*(partial(_open, page, each, last[each]) for each in last))
        browser.close()
    return at_most(f"{LONG} messages opened in the browser, times {SHORT}", took[1] / took[0], 1.5)


def _open(page: Page, conversation_id: str, last: str) -> float:
    return float(page.evaluate(UNTIL_PAINTED, [conversation_id, last])) / 1000


def _of_many(sessions: sessionmaker[Session]) -> Iterator[Row]:
    listing, search = ListingService(sessions), SearchService(sessions)
    listed, common, rare = _in_turn(
        lambda: listing.listing(OWNER),
        lambda: search.search(OWNER, "colon muc"),
        lambda: search.search(OWNER, "4711"),
    )
    yield at_most(f"the list of {MANY} conversations, ms", listed * 1000, 50)
    yield at_most(f"a search that all of {MANY} fit, ms", common * 1000, 250)
    yield at_most(f"a search that one of {MANY} fits, ms", rare * 1000, 150)


def _in_turn(*works: Callable[[], object]) -> list[float]:
    """Return how many seconds each takes, as the median of rounds in which all take turns.

    Where a work returns a number, that is what it took.
    """
    took: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            started = time.perf_counter()
            outcome = work()
            passed = time.perf_counter() - started
            took[place].append(outcome if isinstance(outcome, float) else passed)
    return [statistics.median(each) for each in took]


if __name__ == "__main__":
    show(rows())

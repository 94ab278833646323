"""The addresses of slides, asked for as a browser does, and as somebody who guesses."""

from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clover_chat.services.viewing import ViewingService
from clover_chat.slides.tokens import TileTokens
from clover_chat.ui.people import COOKIE, People
from clover_chat.ui.routes import SlideRoutes
from clover_chat.ui.scripts import Scripts
from tests.services.slides import PATIENT, Bench

ADA, EVE = "a" * 32, "e" * 32
Visit = Callable[[str], TestClient]


@pytest.fixture
def visit(viewing: ViewingService, people: People) -> Visit:
    """Return a maker of browsers, each with the cookie of a visitor."""
    app = Starlette(routes=SlideRoutes(viewing, people, Scripts()).routes())

    def browser(visitor: str) -> TestClient:
        return TestClient(app, cookies={COOKIE: people.signer.sign(visitor)} if visitor else {})

    return browser


@pytest.fixture
def token(bench: Bench) -> str:
    """Return what lets Ada see the slide."""
    return bench.viewing.open(f"visitor:{ADA}", bench.slide_id).token


@pytest.fixture
def tile(bench: Bench) -> str:
    return f"/slides/{bench.slide_id}/tiles/0/0_0"


def test_a_tile_is_kept_by_the_browser_and_not_sent_twice(
    visit: Visit, tile: str, token: str
) -> None:
    first = visit(ADA).get(f"{tile}?t={token}")
    assert first.status_code == 200
    assert first.headers["content-type"] == "image/jpeg"
    assert "immutable" in first.headers["cache-control"]
    assert "private" in first.headers["cache-control"]
    again = visit(ADA).get(f"{tile}?t={token}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("part", "kind"),
    [("tiles/0/0_0", "image/jpeg"), ("thumbnail", "image/jpeg"), ("tissue", "image/png")],
)
def test_every_picture_of_a_slide_asks_for_a_token_of_this_person(
    visit: Visit, bench: Bench, token: str, part: str, kind: str
) -> None:
    address = f"/slides/{bench.slide_id}/{part}"
    assert visit(ADA).get(f"{address}?t={token}").headers["content-type"] == kind
    assert visit(ADA).get(address).status_code == 403
    assert visit(EVE).get(f"{address}?t={token}").status_code == 403
    assert visit("").get(f"{address}?t={token}").status_code == 403
    assert visit("").get(f"{address}?t={token}&page={ADA}").status_code == 403


def test_tampered_and_expired_tokens_are_refused(visit: Visit, bench: Bench, tile: str) -> None:
    token = bench.viewing.open(f"visitor:{ADA}", bench.slide_id).token
    swapped = "A" if token[10] != "A" else "B"
    assert visit(ADA).get(f"{tile}?t={token[:10]}{swapped}{token[11:]}").status_code == 403
    assert visit(ADA).get(f"{tile}?t=~~~").status_code == 403
    long_ago = TileTokens(b"s" * 32, clock=lambda: 0.0)
    old = long_ago.issue(f"visitor:{ADA}", bench.slide_id)
    assert visit(ADA).get(f"{tile}?t={old}").status_code == 403


def test_a_page_without_cookies_sees_with_its_own_name(
    visit: Visit, bench: Bench, tile: str
) -> None:
    token = bench.viewing.open("page:abc", bench.slide_id).token
    assert visit("").get(f"{tile}?t={token}&page=abc").status_code == 200
    assert visit("").get(f"{tile}?t={token}&page=xyz").status_code == 403
    assert visit(EVE).get(f"{tile}?t={token}&page=abc").status_code == 403


def test_a_guessed_slide_is_refused_like_a_foreign_one(visit: Visit, token: str) -> None:
    answer = visit(ADA).get(f"/slides/{'0' * 64}/tiles/0/0_0?t={token}")
    assert answer.status_code in (403, 404)


def test_a_slide_that_has_gone_is_not_found(visit: Visit, bench: Bench, tile: str) -> None:
    gone = "0" * 64
    token = TileTokens(b"s" * 32).issue(f"visitor:{ADA}", gone)
    assert visit(ADA).get(f"/slides/{gone}/tiles/0/0_0?t={token}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "tiles/99/0_0",
        "tiles/0/9_9",
        "tiles/-1/0_0",
        "tiles/0/0_0.jpg",
        "tiles/0/a_b",
        "tiles/0/..%2f..%2fclover.sqlite3",
        "label",
        "macro",
        "associated/label",
        "barcode",
        "../../clover.sqlite3",
        "%2e%2e/%2e%2e/clover.sqlite3",
    ],
)
def test_nothing_else_is_found(visit: Visit, bench: Bench, token: str, path: str) -> None:
    assert visit(ADA).get(f"/slides/{bench.slide_id}/{path}?t={token}").status_code == 404


@pytest.mark.parametrize("slide", ["..", "%2e%2e", "..%2f..", PATIENT, f"{PATIENT}.tif"])
def test_a_slide_is_never_a_path_or_a_name(visit: Visit, token: str, slide: str) -> None:
    for part in ("thumbnail", "tissue", "tiles/0/0_0"):
        answer = visit(ADA).get(f"/slides/{slide}/{part}?t={token}")
        assert answer.status_code in (403, 404)


def test_a_file_name_is_in_no_answer(visit: Visit, bench: Bench, token: str, tile: str) -> None:
    for address in (tile, f"{tile}?t={token}", f"/slides/{bench.slide_id}/thumbnail?t={token}"):
        answer = visit(ADA).get(address)
        assert PATIENT.encode() not in answer.content
        assert PATIENT not in str(answer.headers)


def test_scripts_are_sent_by_name_only_and_kept_by_version(visit: Visit) -> None:
    version = Scripts().version
    script = visit("").get(f"/slides/web/{version}/main.js")
    assert script.status_code == 200
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    assert visit("").get("/slides/web/old/main.js").headers["cache-control"] == "no-cache"
    for name in ("..%2fpage.css", "%2e%2e", "nothing.js"):
        assert visit("").get(f"/slides/web/{version}/{name}").status_code == 404

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clover_chat.knowledge.search import Shelf
from clover_chat.services.reference import LONGEST_CORRECTION, ReferenceService
from clover_chat.storage.database import sessions_on
from clover_chat.ui.people import People, Signer, VisitorCookie
from clover_chat.ui.shelf import LARGEST_JUDGMENT, ShelfRoutes
from tests.services.asking import EOSIN, small_shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = small_shelf(tmp_path / "shelf")
    yield shelf
    shelf.close()


@pytest.fixture
def reference(database: Database, shelf: Shelf) -> ReferenceService:
    return ReferenceService(sessions_on(database), shelf)


@pytest.fixture
def client(reference: ReferenceService, people: People) -> Iterator[TestClient]:
    app = Starlette(routes=ShelfRoutes(reference, people).routes())
    app.add_middleware(VisitorCookie, signer=Signer(b"k" * 32))
    with TestClient(app) as client:
        client.get("/shelf/")  # brings the visitor's cookie
        yield client


def judge(client: TestClient, said: object, entry: str = "eosin", **headers: str) -> int:
    return client.post(f"/shelf/entries/{entry}/judgment", json=said, headers=headers).status_code


def test_the_page_and_what_it_loads_are_served_and_nothing_else(client: TestClient) -> None:
    assert "Reference shelf" in client.get("/shelf").text
    assert client.get("/shelf/shelf.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/shelf/shelf.css").status_code == 200
    assert client.get("/shelf/page.html").status_code == 404
    assert client.get("/shelf/..%2f..%2fcli.py").status_code == 404


def test_entries_are_listed_by_topic_and_found_while_one_types(client: TestClient) -> None:
    (topic,) = client.get("/shelf/topics").json()
    assert [each["id"] for each in topic["entries"]] == ["colon-mucosa", "eosin"]
    for words, found in {"eo": "eosin", "eosin y": "eosin", "muco": "colon-mucosa"}.items():
        assert [each["id"] for each in client.get("/shelf/find", params={"q": words}).json()][
            :1
        ] == [found]
    assert client.get("/shelf/find").json() == []


def test_an_entry_is_read_with_its_sources(client: TestClient) -> None:
    entry = client.get("/shelf/entries/eosin").json()
    assert entry["text"] == EOSIN
    assert "An Atlas" in entry["sources"][0]
    assert entry["is_good"] is None
    assert client.get("/shelf/entries/nothing").status_code == 404


def test_a_judgment_is_kept_for_its_person_and_a_correction_waits_for_review(
    client: TestClient, reference: ReferenceService
) -> None:
    assert judge(client, {"is_good": False, "correction": " It is orange. "}) == 200
    entry = client.get("/shelf/entries/eosin").json()
    assert (entry["is_good"], entry["correction"]) == (False, "It is orange.")
    assert entry["text"] == EOSIN
    (correction,) = reference.corrections()
    assert (correction.entry_id, correction.text) == ("eosin", "It is orange.")
    assert correction.owner.startswith("visitor:")
    assert correction.at.tzinfo is not None
    client.cookies.clear()
    assert client.get("/shelf/entries/eosin").json()["is_good"] is None


@pytest.mark.parametrize(
    "said", [{}, [], "x", {"is_good": "yes"}, {"is_good": True, "correction": 3}]
)
def test_what_is_no_judgment_is_refused(
    client: TestClient, reference: ReferenceService, said: object
) -> None:
    assert judge(client, said) == 422
    assert reference.corrections() == ()


def test_judgments_that_are_too_long_are_refused(client: TestClient) -> None:
    assert judge(client, {"is_good": False, "correction": "x" * (LONGEST_CORRECTION + 1)}) == 422
    assert judge(client, {"is_good": False, "correction": "x" * (LARGEST_JUDGMENT + 1)}) == 422
    assert judge(client, {"is_good": False}, entry="nothing") == 404


def test_another_site_cannot_judge_in_somebody_s_name(
    client: TestClient, reference: ReferenceService
) -> None:
    said = {"is_good": False, "correction": "Mine."}
    assert judge(client, said, origin="http://elsewhere.example") == 403
    assert judge(client, said, **{"sec-fetch-site": "cross-site"}) == 403
    assert judge(client, said, **{"content-type": "text/plain"}) == 403
    assert reference.corrections() == ()

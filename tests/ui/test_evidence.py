from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clover_chat.services.evidence import EvidenceService, Sighting
from clover_chat.services.regions import Place
from clover_chat.slides.geometry import Box
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.ui.evidence import WHAT_IT_SAYS, EvidenceRoutes, caption
from clover_chat.ui.people import COOKIE, People, Signer
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import Bench
from tests.services.transcripts.talks import asked

VISITOR, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture
def client(
    database: Database, bench: Bench, people: People, tmp_path: Path, engine: ScriptedEngine
) -> Iterator[TestClient]:
    service = EvidenceService(
        sessions_on(database),
        ImageStore(tmp_path / "images"),
        ReadyHost(engine),
        bench.viewing.regions,
    )
    with TestClient(Starlette(routes=EvidenceRoutes(service, people).routes())) as client:
        become(client, VISITOR)
        yield client


@pytest.fixture
def answer(bench: Bench) -> str:
    """Return the address of an answer about a region."""
    owner = f"visitor:{VISITOR}"
    begun = asked(bench.chat, "Organ?", regions=(bench.mark(owner=owner),), owner=owner)
    return f"/conversations/{begun.conversation_id}/answers/{begun.answer_id}"


def become(client: TestClient, visitor: str) -> None:
    client.cookies.set(COOKIE, Signer(b"k" * 32).sign(visitor))


def test_an_owner_sees_what_an_answer_rests_on(client: TestClient, answer: str) -> None:
    home, number = answer.rsplit("/", 1)
    assert client.get(home).json() == [int(number)]
    page = client.get(f"{answer}/evidence")
    assert page.status_code == 200
    assert WHAT_IT_SAYS in page.text
    assert 'data-box="1200,800,500,400"' in page.text
    assert f'src="{answer[1:]}/evidence/0.png"' in page.text
    picture = client.get(f"{answer}/evidence/0.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"


def test_somebody_else_is_told_that_there_is_nothing(client: TestClient, answer: str) -> None:
    become(client, OTHER)
    for address in (answer.rsplit("/", 1)[0], f"{answer}/evidence", f"{answer}/evidence/0.png"):
        refused = client.get(address)
        assert refused.status_code == 404
        assert "no such conversation" in refused.text


def test_a_picture_that_was_not_given_is_not_there(client: TestClient, answer: str) -> None:
    assert client.get(f"{answer}/evidence/7.png").status_code == 404


@pytest.mark.parametrize(
    ("magnification", "mpp", "words"),
    [
        (20.0, 0.5, "448 \u00d7 448 px, 20\u00d7, 0.5 \u00b5m/px"),
        (None, None, "448 \u00d7 448 px"),
        (2.5, None, "448 \u00d7 448 px, 2.5\u00d7"),
    ],
)
def test_size_and_magnification_are_those_the_model_got(
    magnification: float | None, mpp: float | None, words: str
) -> None:
    place = Place("s", Box(0, 0, 448, 448))
    assert caption(Sighting(448, 448, magnification, mpp, place, has_map=True)) == words

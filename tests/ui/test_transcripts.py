import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clover_chat.services.transcripts import intake
from clover_chat.services.transcripts.service import FileKind, TranscriptService
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.ui import transcripts as transcripts_module
from clover_chat.ui.people import COOKIE, People, Signer, VisitorCookie
from clover_chat.ui.transcripts import TranscriptRoutes
from tests.services.asking import small_shelf
from tests.services.slides import Bench
from tests.services.transcripts.talks import asked

VISITOR = "ab" * 16
OTHER = "cd" * 16
HOME = "/conversations/import"


@pytest.fixture
def client(
    database: Database, bench: Bench, people: People, tmp_path: Path
) -> Iterator[TestClient]:
    shelf = small_shelf(tmp_path / "shelf")
    service = TranscriptService(
        sessions_on(database),
        ImageStore(tmp_path / "images"),
        shelf,
        bench.viewing.regions,
        bench.viewing.can_see,
    )
    app = Starlette(routes=TranscriptRoutes(service, people).routes())
    app.add_middleware(VisitorCookie, signer=Signer(b"k" * 32))
    with TestClient(app) as client:
        become(client, VISITOR)
        yield client
    shelf.close()


@pytest.fixture
def conversation(bench: Bench) -> str:
    owner = f"visitor:{VISITOR}"
    region = bench.mark(owner=owner)
    return asked(bench.chat, "Organ?", regions=(region,), owner=owner).conversation_id


def become(client: TestClient, visitor: str) -> None:
    client.cookies.set(COOKIE, Signer(b"k" * 32).sign(visitor))


@pytest.mark.parametrize("kind", FileKind)
def test_an_owner_gets_a_conversation_as_a_file(
    client: TestClient, conversation: str, kind: FileKind
) -> None:
    found = client.get(f"/conversations/{conversation}/export.{kind}")
    assert found.status_code == 200
    assert found.headers["content-disposition"].endswith(f'.{kind}"')
    assert found.headers["cache-control"] == "no-store"
    assert "Organ?" in found.text


@pytest.mark.parametrize("kind", FileKind)
def test_somebody_else_is_told_the_same_as_of_one_that_never_was(
    client: TestClient, conversation: str, kind: FileKind
) -> None:
    become(client, OTHER)
    found = client.get(f"/conversations/{conversation}/export.{kind}")
    missing = client.get(f"/conversations/{'0' * 32}/export.{kind}")
    assert found.status_code == missing.status_code == 404
    assert found.text == missing.text
    client.cookies.clear()
    page = {"page": VISITOR}
    assert client.get(found.url.path, params=page).status_code == 404


def test_there_are_three_kinds_of_file(client: TestClient, conversation: str) -> None:
    assert client.get(f"/conversations/{conversation}/export.pdf").status_code == 404


def test_a_file_is_imported_for_whoever_sends_it(client: TestClient, conversation: str) -> None:
    file = client.get(f"/conversations/{conversation}/export.json").json()
    become(client, OTHER)
    kept = client.post(HOME, json=file)
    assert kept.status_code == 200
    assert kept.json()["sentence"].startswith("The conversation was imported.")
    address = f"/conversations/{kept.json()['id']}/export.md"
    assert client.get(address).status_code == 200
    become(client, VISITOR)
    assert client.get(address).status_code == 404


def test_what_cannot_be_imported_is_refused_in_a_sentence(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = client.post(HOME, json={"format": "other"})
    assert (refused.status_code, list(refused.json())) == (422, ["sentence"])
    monkeypatch.setattr(transcripts_module, "LARGEST_FILE", 100)
    monkeypatch.setattr(intake, "LARGEST_FILE", 100)
    refused = client.post(HOME, json="a" * 1000)
    assert "MiB" in refused.json()["sentence"]


def test_no_other_page_can_have_a_file_imported(client: TestClient, conversation: str) -> None:
    file = client.get(f"/conversations/{conversation}/export.json").text
    body = json.dumps(json.loads(file)).encode()
    json_type = {"content-type": "application/json"}
    for headers in (
        {"content-type": "text/plain"},
        json_type | {"sec-fetch-site": "cross-site"},
        json_type | {"origin": "http://elsewhere.example"},
    ):
        assert client.post(HOME, content=body, headers=headers).status_code == 403

from pathlib import Path

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from clover_chat.ui.entrance import AT_HOME, NAME
from clover_chat.ui.headers import PrivateHeaders
from clover_chat.ui.people import COOKIE, People, Signer, VisitorCookie

Known = dict[str, object]


@pytest.fixture
def signer() -> Signer:
    return Signer(b"k" * 32)


def request(
    cookie: str = "", username: str | None = None, known: Known | None = None
) -> gr.Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())]
    scope = {"type": "http", "headers": headers, "method": "GET", "path": "/", **(known or {})}
    return gr.Request(Request(scope), username=username, session_hash="page1")


def client(signer: Signer) -> TestClient:
    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("page")

    middleware = [Middleware(PrivateHeaders), Middleware(VisitorCookie, signer=signer)]
    return TestClient(Starlette(routes=[Route("/", page)], middleware=middleware))


def test_two_browsers_become_two_owners(signer: Signer) -> None:
    people = People(signer)
    cookies = [client(signer).get("/").cookies[COOKIE] for _ in range(2)]
    owners = {people.owner(request(cookie)) for cookie in cookies}
    assert len(owners) == 2
    assert all(owner.startswith("visitor:") for owner in owners)


def test_a_browser_keeps_its_cookie(signer: Signer) -> None:
    browser = client(signer)
    browser.get("/")
    assert "set-cookie" not in browser.get("/").headers


@pytest.mark.parametrize("change", ["", "0" * 32, "x" * 97])
def test_a_forged_cookie_is_worth_nothing(signer: Signer, change: str) -> None:
    real = signer.sign("a" * 32)
    forged = change + real[len(change) :] if change else real[:-1] + "~"
    assert signer.visitor(forged) is None
    assert signer.visitor(real) == "a" * 32
    owner = People(signer).owner(request(forged))
    assert owner == "page:page1"


def test_a_signed_in_person_is_known_by_name_and_a_local_one_is_local(signer: Signer) -> None:
    people = People(signer)
    assert people.owner(request(username="ada")) == "person:ada"
    assert people.owner(request(known={NAME: "ada"})) == "person:ada"
    assert people.owner(request(known={AT_HOME: True})) == "local"


def test_the_key_is_made_once_and_readable_by_us_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    cookie = Signer.from_file(path).sign("b" * 32)
    assert Signer.from_file(path).visitor(cookie) == "b" * 32
    assert path.stat().st_mode & 0o077 == 0


def test_answers_forbid_calls_to_other_hosts(signer: Signer) -> None:
    policy = client(signer).get("/").headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy

"""Who is let in, by name, by key, by proxy or at home."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from clover_chat.errors import ConfigError
from clover_chat.storage import passwords
from clover_chat.storage.sign_in_file import SignInFile, add_person
from clover_chat.ui.attempts import Attempts
from clover_chat.ui.entrance import AT_HOME, NAME, Doorkeeper, Entrance
from clover_chat.ui.proxy import TrustedProxy
from clover_chat.ui.signing_in import SigningIn
from clover_chat.ui.tickets import Tickets

HTML = {"accept": "text/html"}
RIGHT = {"name": "ada", "password": "lovelace 1815"}
WRONG = {"name": "ada", "password": "lovelace 1816"}
PROXY = "10.0.0.2"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(b"k" * 32, clock)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(passwords, "LOG2N", 4)
    add_person(tmp_path / "people", "ada", "lovelace 1815")
    return tmp_path / "people"


@pytest.fixture
def named(tickets: Tickets, file: Path) -> Entrance:
    return Entrance(tickets, SignInFile(file))


async def who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.scope.get(NAME)} {request.scope.get(AT_HOME)}")


def client(
    entrance: Entrance, clock: Clock | None = None, *, host: str = "lab.example", peer: str = "p"
) -> TestClient:
    attempts = Attempts(clock) if clock else None
    routes = [*SigningIn(entrance, attempts).routes(), Route("/{anything:path}", who)]
    app = Starlette(routes=routes, middleware=[Middleware(Doorkeeper, entrance=entrance)])
    return TestClient(app, base_url=f"http://{host}", client=(peer, 1), follow_redirects=False)


def test_nothing_is_answered_before_somebody_signs_in(named: Entrance) -> None:
    browser = client(named)
    assert browser.get("/").status_code == 401
    assert browser.post("/gradio_api/queue/join").status_code == 401
    sent = browser.get("/shelf/?a=b", headers=HTML)
    assert (sent.status_code, sent.headers["location"]) == (303, "../sign-in?to=shelf/%3Fa%3Db")


def test_a_person_signs_in_is_led_on_and_signs_out(named: Entrance) -> None:
    browser = client(named)
    refused = browser.post("/sign-in", data=WRONG)
    assert refused.status_code == 403
    assert "not right" in refused.text
    assert "lovelace" not in refused.text
    welcome = browser.post("/sign-in?to=shelf/", data=RIGHT)
    assert (welcome.status_code, welcome.headers["location"]) == (303, "./shelf/")
    assert "HttpOnly" in welcome.headers["set-cookie"]
    assert browser.get("/").text == "ada False"
    assert browser.get("/sign-in").headers["location"] == "./"
    browser.post("/sign-out")
    assert browser.get("/").status_code == 401


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "\\\\evil.example"])
def test_a_link_cannot_lead_to_another_site(named: Entrance, wanted: str) -> None:
    welcome = client(named).post(f"/sign-in?to={wanted}", data=RIGHT)
    assert welcome.headers["location"].startswith("./")


def test_a_ticket_ends_with_its_time_with_the_password_and_with_the_person(
    named: Entrance, file: Path, clock: Clock
) -> None:
    browser = client(named)
    browser.post("/sign-in", data=RIGHT)
    clock.now += 8 * 24 * 3600
    assert browser.get("/").status_code == 401
    browser.post("/sign-in", data=RIGHT)
    assert browser.get("/").status_code == 200
    add_person(file, "ada", "another password")
    assert browser.get("/").status_code == 401


def test_tickets_cannot_be_made_or_changed(tickets: Tickets) -> None:
    real = tickets.issue("person:ada", "mark", 60)
    assert tickets.is_good(real, "mark")
    assert not tickets.is_good(real, "another mark")
    name, expiry, signature = real.split(".")
    other = Tickets(b"x" * 32, lambda: 1000.0).issue("person:ada", "mark", 60)
    later = f"{name}.{int(expiry) + 1}.{signature}"
    for forged in (other, later, "", "..", "é.1.é", f"{name}.²2.{signature}"):
        assert not tickets.is_good(forged, "mark")


def test_guessing_is_slowed_down_also_for_the_right_password(named: Entrance, clock: Clock) -> None:
    browser = client(named, clock)
    assert [browser.post("/sign-in", data=WRONG).status_code for _ in range(5)] == [403] * 5
    waiting = browser.post("/sign-in", data=RIGHT)
    assert waiting.status_code == 429
    assert "Wait 1 s" in waiting.text
    clock.now += 1
    assert browser.post("/sign-in", data=WRONG).status_code == 403
    assert "Wait 2 s" in browser.post("/sign-in", data=RIGHT).text
    clock.now += 2
    assert browser.post("/sign-in", data=RIGHT).status_code == 303


def test_a_page_of_another_site_gets_no_answer(named: Entrance) -> None:
    browser = client(named)
    browser.post("/sign-in", data=RIGHT)
    from_elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    assert browser.get("/", headers=from_elsewhere).status_code == 403
    assert browser.post("/sign-out", headers={"origin": "https://evil.example"}).status_code == 403
    a_link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert browser.get("/", headers=a_link).status_code == 200


def test_a_proxy_is_believed_from_its_own_address_only(tickets: Tickets) -> None:
    entrance = Entrance(tickets, proxy=TrustedProxy("X-Remote-User", [PROXY, "10.1.0.0/16"]))
    said = {"x-remote-user": "marie"}
    assert client(entrance, peer=PROXY).get("/", headers=said).text == "marie False"
    assert client(entrance, peer="10.1.2.3").get("/", headers=said).text == "marie False"
    assert client(entrance, peer="10.2.0.1").get("/", headers=said).status_code == 401
    assert client(entrance, peer=PROXY).get("/").status_code == 401
    twice = [("x-remote-user", "eve"), ("x-remote-user", "marie")]
    assert client(entrance, peer=PROXY).get("/", headers=twice).status_code == 401
    forwarded = {**said, "x-forwarded-for": PROXY}
    assert client(entrance, peer="10.2.0.1").get("/", headers=forwarded).status_code == 401
    assert "address that they gave you" in " ".join(client(entrance).get("/sign-in").text.split())


@pytest.mark.parametrize("addresses", [[], ["proxy.example"]])
def test_a_header_without_usable_addresses_is_refused(addresses: list[str]) -> None:
    with pytest.raises(ConfigError, match="CLOVER_TRUSTED_PROXIES"):
        TrustedProxy("X-Remote-User", addresses)


def test_at_home_nobody_signs_in_and_another_name_for_this_machine_is_not_home(
    tickets: Tickets,
) -> None:
    entrance = Entrance(tickets, is_home_open=True)
    assert client(entrance, host="127.0.0.1:7860").get("/").text == "None True"
    assert client(entrance, host="localhost").get("/").text == "None True"
    assert client(entrance, host="rebound.example").get("/").text == "None False"


def test_sharing_asks_for_a_key_and_leaves_the_person_at_home_who_they_are(
    tickets: Tickets,
) -> None:
    entrance = Entrance(tickets, is_home_open=True)
    home, guest = client(entrance, host="127.0.0.1"), client(entrance, host="abc.share.example")
    assert home.get(f"/sign-in?key={entrance.home_key}").status_code == 303
    entrance.share(is_public=False)
    assert home.get("/").text == "None True"
    stranger = client(entrance, host="127.0.0.1")
    assert stranger.get("/").status_code == 401
    assert stranger.get("/sign-in?key=guessed").status_code == 403
    assert guest.get(f"/sign-in?key={entrance.guest_key}").status_code == 303
    assert guest.get("/").text == "None False"
    entrance.share(is_public=False)  # another run, another key
    assert guest.get("/").status_code == 401
    entrance.stop_sharing()
    assert stranger.get("/").text == "None True"


def test_a_public_link_lets_everybody_in_as_a_visitor(tickets: Tickets) -> None:
    entrance = Entrance(tickets, is_home_open=True)
    entrance.share(is_public=True)
    assert client(entrance, host="127.0.0.1").get("/").text == "None False"


def test_keys_open_nothing_where_people_sign_in_by_name(named: Entrance) -> None:
    assert client(named).get(f"/sign-in?key={named.home_key}").status_code == 403

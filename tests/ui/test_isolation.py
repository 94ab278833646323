"""Nobody reaches another person's things, by any address and by any event.

Both are enumerated from the running page. An address of ours or an event that is not named below
fails the test: whoever adds one says here how it keeps people apart.
"""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from clover_chat import bootstrap
from clover_chat.config import load_settings
from clover_chat.serving import App
from clover_chat.storage import passwords
from clover_chat.storage.database import connect
from clover_chat.storage.sign_in_file import add_person
from clover_chat.storage.tables import Base
from clover_chat.ui.guard import NEEDED
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import write_sharp
from tests.ui.two_people import (
    ANSWERED,
    API,
    BOX,
    QUESTION,
    SETTINGS,
    Belongings,
    Browser,
    draft,
    furnish,
    name_of,
    view_json,
)

Event = Callable[[Belongings], tuple[list[Any], Any]]
Address = Callable[[Belongings], list[str]]

EVENTS: dict[str, Event] = {
    "Handlers.on_tick": lambda has: ([], None),
    "Handlers.on_stop": lambda has: ([None], None),
    "Handlers.on_load": lambda has: ([has.conversation_id, None], None),
    "Handlers.on_open": lambda has: ([None], {"id": has.conversation_id}),
    "Handlers.on_delete": lambda has: ([None], {"id": has.conversation_id}),
    "Handlers.on_new": lambda has: ([None], None),
    "Handlers.on_ask": lambda has: (
        [draft("What is this?"), view_json(has.slide_id), None, *SETTINGS],
        None,
    ),
    "Handlers.on_sample": lambda has: (
        [draft(""), view_json(has.slide_id), None, *SETTINGS],
        {"place": 0},
    ),
    "Handlers.on_retry": lambda has: ([None, *SETTINGS], {"index": 1, "value": ""}),
    "Handlers.on_edit": lambda has: (
        [None, *SETTINGS],
        {"index": 0, "value": "Other words", "previous_value": ""},
    ),
    "Handlers.on_switch": lambda has: ([None], {"index": 0, "value": str(has.message_ids[0])}),
    "Handlers.on_follow": lambda has: ([None], None),
    "Handlers.on_earlier": lambda has: ([None], None),
    "Handlers.on_restore": lambda has: ([None], {"id": has.conversation_id}),
    "ArrangingHandlers.on_rename": lambda has: (
        [None],
        {"id": has.conversation_id, "title": "hers"},
    ),
    "ArrangingHandlers.on_pin": lambda has: ([None], {"id": has.conversation_id, "isOn": True}),
    "ArrangingHandlers.on_archive": lambda has: (
        [None],
        {"id": has.conversation_id, "isOn": True},
    ),
    "ArrangingHandlers.on_older": lambda has: ([None], None),
    "ArrangingHandlers.on_search": lambda has: ([], {"query": QUESTION}),
    "ComparingHandlers.on_form": lambda has: ([], None),
    "ComparingHandlers.on_contest": lambda has: (
        [draft(""), view_json(has.slide_id), None, *SETTINGS],
        {"left": {}, "right": {}},
    ),
    "ComparingHandlers.on_follow": lambda has: ([None], None),
    "ComparingHandlers.on_choose": lambda has: ([None], {"choice": "left"}),
    "ComparingHandlers.on_close": lambda has: ([], None),
    "ComparingHandlers.on_turn": lambda has: ([None], None),
    "on_turn": lambda has: ([None], None),
    "on_load": lambda has: ([], None),
    "Account.on_load": lambda has: ([], None),
    "JudgingHandlers.on_turn": lambda has: ([None], None),
    "JudgingHandlers.on_load": lambda has: ([], None),
    "JudgingHandlers.on_thumb": lambda has: ([None], {"index": 1, "value": "", "liked": True}),
    "JudgingHandlers.on_open": lambda has: ([None], {"place": 0}),
    "JudgingHandlers.on_close": lambda has: ([None], None),
    "JudgingHandlers.on_keep": lambda has: ([None], {"verdict": "up", "comment": "hers"}),
    "JudgingHandlers.on_withdraw": lambda has: ([None], None),
    "JudgingHandlers.on_undo": lambda has: ([None], None),
    "JudgingHandlers.on_consent": lambda has: ([None], {"isGiven": True}),
    "SlideHandlers.on_list": lambda has: ([], {"isFirst": True}),
    "SlideHandlers.on_open": lambda has: ([], {"slide": has.slide_id}),
    "SlideHandlers.on_renew": lambda has: ([], {"slide": has.slide_id}),
    "SlideHandlers.on_discard": lambda has: ([], {"slide": has.slide_id}),
    "SlideHandlers.on_keep": lambda has: (
        [],
        {"slide": has.slide_id, "region": has.region_id, "name": "hers", "box": list(BOX)},
    ),
    "SlideHandlers.on_forget": lambda has: ([], {"slide": has.slide_id, "region": has.region_id}),
    "SlideHandlers.on_import": lambda has: (
        [],
        {"slide": has.slide_id, "text": '{"type": "FeatureCollection", "features": []}'},
    ),
    "SlideHandlers.on_export": lambda has: ([], {"slide": has.slide_id}),
    "SlideHandlers.on_upload": lambda has: ([], {"path": "/nowhere"}),
    "SlideHandlers.on_point": lambda has: ([None], {"region": has.region_id}),
    "SlideHandlers.on_drop": lambda has: ([None], {"region": has.region_id}),
    "SlideHandlers.on_stop_look": lambda has: ([None], None),
    "SlideHandlers.on_look": lambda has: ([None], {"slide": has.slide_id}),
}
"""What a page that is not Ada's sends to reach her things, by the event it does so with."""

EVIDENCE = "/conversations/{conversation_id}/answers/{answer_id:int}/evidence"
HERS: dict[str, Address] = {
    "/slides/{slide_id}/tiles/{level:int}/{column:int}_{row:int}": lambda has: [
        f"slides/{has.slide_id}/tiles/0/0_0?t={has.permit}"
    ],
    "/slides/{slide_id}/thumbnail": lambda has: [f"slides/{has.slide_id}/thumbnail?t={has.permit}"],
    "/slides/{slide_id}/tissue": lambda has: [f"slides/{has.slide_id}/tissue?t={has.permit}"],
    "/conversations/{conversation_id}/export.{kind}": lambda has: [
        f"conversations/{has.conversation_id}/export.{kind}" for kind in ("html", "md", "json")
    ],
    "/conversations/{conversation_id}/answers": lambda has: [
        f"conversations/{has.conversation_id}/answers"
    ],
    EVIDENCE: lambda has: [
        f"conversations/{has.conversation_id}/answers/{has.message_ids[1]}/evidence"
    ],
    f"{EVIDENCE}/{{place:int}}.png": lambda has: [
        f"conversations/{has.conversation_id}/answers/{has.message_ids[1]}/evidence/0.png"
    ],
    "/slides/{slide_id}/{name}": lambda has: [f"slides/{has.slide_id}/label?t={has.permit}"],
}
"""Our addresses that lead to somebody's things, and how they are asked for with hers."""

NOBODYS = {
    "/conversations/import",
    "/healthz",
    "/readyz",
    "/operator",
    "/operator/",
    "/operator/state",
    "/operator/bridges/promote",
    "/operator/bridges/rollback",
    "/operator/{name}",
    "/robots.txt",
    "/sign-in",
    "/sign-in/style.css",
    "/sign-out",
    "/slides/web/{version}/{name}",
    "/shelf",
    "/shelf/",
    "/shelf/topics",
    "/shelf/find",
    "/shelf/entries/{entry_id}",
    "/shelf/entries/{entry_id}/judgment",
    "/shelf/{name}",
}
"""Our addresses that lead to nothing of anybody, or to the sender's own judgments only."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("GRADIO_TEMP_DIR", "")  # set by the server; put back afterwards
        patch.setenv("FORWARDED_ALLOW_IPS", "")
        patch.setattr(passwords, "LOG2N", 4)
        for name in ("ada", "eve"):
            add_person(folder / "people", name, f"password of {name}")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        settings = load_settings(data_dir=folder / "data", port=port, auth=folder / "people")
        app = bootstrap.build(settings, ReadyHost(ScriptedEngine([ANSWERED])))
        free.close()
        app.launch()
        yield app
        app.close()


@pytest.fixture(scope="module")
def has(app: App, tmp_path_factory: pytest.TempPathFactory) -> Belongings:
    folder = tmp_path_factory.mktemp("ada")
    picture, slide = folder / "DOE_JANE.png", write_sharp(folder / "DOE_JANE.tif")
    Image.effect_noise((64, 48), 40).convert("RGB").save(picture)
    return furnish(Browser(app, "ada", "adaspage"), app, picture, slide)


@pytest.fixture(scope="module")
def eve(app: App, has: Belongings) -> Browser:
    return Browser(app, "eve", "evespage")


def everything_of_ada(app: App) -> list[str]:
    """Return all rows that are hers, as texts."""
    with connect(app.settings.database).connect() as connection:
        return [
            str(row)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table)).all()
            if "person:eve" not in str(row)
        ]


def addresses_in(router: Any) -> Iterator[str]:
    """Yield every address that is registered, in routers within routers too."""
    for route in router.routes:
        if (inner := getattr(route, "original_router", None)) is not None:
            yield from addresses_in(inner)
        else:
            yield route.path


def test_every_event_is_named_here(app: App) -> None:
    assert {name_of(each) for each in app.page.fns.values()} == EVENTS.keys()


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_tells_nothing_of_anothers_things_and_changes_none(
    app: App, has: Belongings, eve: Browser, event: str
) -> None:
    before = everything_of_ada(app)
    data, event_data = EVENTS[event](has)
    page = f"evespage {event}"
    for send in (eve.fire, eve.run):
        status, told = send(event, data, event_data, page=page)
        assert status in (200, 500)
        assert [each for each in has.secrets() if each in told] == []
        assert send(event, data, event_data, page=has.page)[0] == 403
    hers = [row for row in everything_of_ada(app) if row in before]
    assert hers == before


@pytest.mark.parametrize("event", EVENTS)
def test_no_event_takes_a_file_of_another(has: Belongings, eve: Browser, event: str) -> None:
    for path in (has.upload, has.picture):
        for send in (eve.fire, eve.run):
            data = [draft("What is this?", path), "", None, *SETTINGS]
            assert send(event, data, {"path": path})[0] == 403
    assert Path(has.upload).is_file()
    assert Path(has.picture).is_file()


def test_a_file_of_another_is_known_by_whatever_name(has: Belongings, eve: Browser) -> None:
    path = Path(has.upload)
    roundabout = (
        f"{path.parent}/../{path.parent.name}/{path.name}",
        f"{path.parent}/{'./' * 5000}{path.name}",
        f"/proc/self/root{path}",
        os.path.relpath(path),
    )
    for name in roundabout:
        assert eve.fire("SlideHandlers.on_upload", [], {"path": name})[0] == 403
    for harmless in ("/" * 9, "a/b" * 9999, "\ud800/x", "\0/x"):
        assert eve.fire("SlideHandlers.on_upload", [], {"path": harmless})[0] == 200
    assert path.is_file()


def test_every_address_is_closed_or_keeps_people_apart(
    app: App, has: Belongings, eve: Browser
) -> None:
    ours = {getattr(route, "path", "") for route in app.routes}
    assert ours == HERS.keys() | NOBODYS
    for address in ours & HERS.keys():
        for each in HERS[address](has):
            assert eve.http.get(each).status_code in (403, 404)
    gradios = set(addresses_in(app.page.app)) - ours
    assert len(gradios) > 50
    for address in gradios:
        path = address.replace("{", "").replace("}", "").replace(":path", "")
        if not NEEDED.fullmatch(path):
            for method in ("GET", "POST"):
                assert eve.http.request(method, path).status_code == 404, path


def test_what_gradio_still_answers_leads_to_nothing_of_another(
    has: Belongings, eve: Browser, app: App
) -> None:
    for path in (has.upload, has.picture, has.preview, app.settings.database.removeprefix("sqlite:///")):  # fmt: skip  # noqa: E501
        assert eve.file(path) == 403
        assert eve.http.get(f"{API}/file={path}?session_hash={has.page}").status_code == 403
    for path in (
        f"{API}/queue/data?session_hash={has.page}",
        f"{API}/heartbeat/{has.page}",
        f"config?deep_link={has.page}",
    ):
        assert eve.http.get(path).status_code == 403
    for body in (
        {"session_hash": has.page, "fn_index": 0, "event_id": "any"},
        {"session_hash": eve.page, "fn_index": 0, "event_id": "of somebody else"},
    ):
        assert eve.http.post(f"{API}/cancel", json=body).status_code == 403
    for address in ("", "config", f"{API}/info"):
        told = eve.http.get(address).text
        assert [each for each in (*has.secrets(), has.conversation_id) if each in told] == []


def test_ada_herself_reaches_all_of_it(app: App, has: Belongings) -> None:
    ada = Browser(app, "ada", "another page of hers")
    assert [ada.file(path) for path in (has.upload, has.picture, has.preview)] == [200] * 3
    address = f"slides/{has.slide_id}/thumbnail?t={has.permit}"
    assert ada.http.get(address).status_code == 200
    _, told = ada.fire("Handlers.on_load", [has.conversation_id, None])
    assert all(each in told for each in (ANSWERED, has.title))
    _, told = ada.fire("SlideHandlers.on_open", [], {"slide": has.slide_id})
    assert "Unmistakable bookmark" in told

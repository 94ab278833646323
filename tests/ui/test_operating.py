"""The operator's page, and what other programs ask a server."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clover_chat.failures import RecentFailures
from clover_chat.services.bridges import BridgeService
from clover_chat.services.operation import OperationService
from clover_chat.services.retention import Retention
from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.ui.account import Account
from clover_chat.ui.answers import Line
from clover_chat.ui.entrance import AT_HOME, NAME
from clover_chat.ui.health import HealthRoutes
from clover_chat.ui.operating import OperatorRoutes
from clover_chat.ui.people import People
from tests.bridges import write_bridge
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import Bench

PRESET = "clover-tiny"


@pytest.fixture
def bridges(tmp_path: Path) -> BridgeService:
    service = BridgeService(
        tmp_path / "bridges", PRESET, write_bridge(tmp_path / "shipped", 1), lambda _folder: None
    )
    service.promote(str(write_bridge(tmp_path / "round-1", 2)))
    service.promote(str(write_bridge(tmp_path / "round-2", 3)))
    return service


@pytest.fixture
def operation(database: Database, tmp_path: Path) -> OperationService:
    host = ReadyHost(ScriptedEngine())
    return OperationService(
        sessions_on(database), host, tmp_path, {"Pictures": tmp_path / "images"}, RecentFailures()
    )


@pytest.fixture
def routes(
    operation: OperationService,
    bridges: BridgeService,
    bench: Bench,
    people: People,
    database: Database,
    tmp_path: Path,
) -> OperatorRoutes:
    images = ImageStore(tmp_path / "images")
    retention = Retention(sessions_on(database), images, bench.chat, bench.viewing, 30)
    account = Account(people, ["ada"])
    return OperatorRoutes(operation, bridges, retention, lambda: Line(1, 2), people, account)


def client(routes: OperatorRoutes, **known: Any) -> TestClient:
    """Return the browser of somebody of whom the entrance says this."""
    app = Starlette(routes=routes.routes())

    async def told(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, **known}, receive, send)

    return TestClient(told)


@pytest.mark.parametrize("known", [{}, {NAME: "eve"}])
def test_nobody_but_operators_sees_or_changes_anything(
    routes: OperatorRoutes, bridges: BridgeService, known: dict[str, Any]
) -> None:
    browser = client(routes, **known)
    order = {"bridge": "round-1", "before": "round-2"}
    for answer in (
        browser.get("/operator/"),
        browser.get("/operator/state"),
        browser.post("/operator/bridges/promote", json=order),
        browser.post("/operator/bridges/rollback", json=order),
    ):
        assert answer.status_code == 403
        assert "round" not in answer.text
    assert [row.name for row in bridges.rows() if row.is_active] == ["round-2"]


@pytest.mark.parametrize("known", [{NAME: "ada"}, {AT_HOME: True}])
def test_operators_see_how_the_server_is_doing(
    routes: OperatorRoutes, known: dict[str, Any]
) -> None:
    browser = client(routes, **known)
    assert "Operate" in browser.get("/operator").text
    assert browser.get("/operator/operator.js").headers["content-type"].startswith("text/java")
    state = browser.get("/operator/state").json()
    assert state["line"] == {"writing": 1, "waiting": 2}
    assert state["readiness"]["is_database_writable"]
    assert [bridge["name"] for bridge in state["bridges"]] == [PRESET, "round-1", "round-2"]
    assert state["retention"] == {"days": 30, "last": None}


def test_an_operator_puts_a_bridge_to_work_and_goes_back(
    routes: OperatorRoutes, bridges: BridgeService
) -> None:
    browser = client(routes, **{NAME: "ada"})

    def change(verb: str, **order: str) -> Any:
        return browser.post(f"/operator/bridges/{verb}", json=order)

    promoted = change("promote", bridge="round-1", before="round-2").json()
    assert [each["name"] for each in promoted["bridges"] if each["is_active"]] == ["round-1"]
    late = change("rollback", before="round-2")
    assert (late.status_code, "Another bridge" in late.json()["sentence"]) == (422, True)
    assert change("rollback", before="round-1").status_code == 200
    assert [row.name for row in bridges.rows() if row.is_active] == ["round-2"]


def test_a_page_never_names_a_folder_nor_comes_from_another_site(
    routes: OperatorRoutes, bridges: BridgeService, tmp_path: Path
) -> None:
    browser = client(routes, **{NAME: "ada"})
    folder = str(write_bridge(tmp_path / "elsewhere", 4))
    for order in ({"bridge": folder, "before": "round-2"}, {"bridge": "round-1"}, ["round-1"]):
        assert browser.post("/operator/bridges/promote", json=order).status_code == 422
    right = {"bridge": "round-1", "before": "round-2"}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = browser.post("/operator/bridges/promote", json=right, headers=headers)
        assert answer.status_code == 403
    assert [row.name for row in bridges.rows() if row.is_active] == ["round-2"]


def health(operation: OperationService, *, has_metrics: bool = False) -> TestClient:
    routes = HealthRoutes(operation, lambda: Line(1, 2), has_metrics=has_metrics)
    return TestClient(Starlette(routes=routes.routes()))


def test_health_and_readiness_are_told(operation: OperationService) -> None:
    assert health(operation).get("/healthz").text == "ok\n"
    ready = health(operation).get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"model": True, "database": True, "disk": True},
    )


def test_a_server_that_is_not_ready_says_so_by_its_status(
    operation: OperationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clover_chat.services.operation.LEAST_FREE_BYTES", 10**18)
    answer = health(operation).get("/readyz")
    assert (answer.status_code, answer.json()["disk"]) == (503, False)


def test_metrics_are_there_on_demand_only(operation: OperationService) -> None:
    assert health(operation).get("/metrics").status_code == 404
    answer = health(operation, has_metrics=True).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "clover_answers_waiting 2" in lines
    assert 'clover_storage_bytes{place="Pictures"} 0' in lines
    assert all(line.startswith(("#", "clover_")) for line in lines)

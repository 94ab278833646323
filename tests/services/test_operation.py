import logging
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.failures import RecentFailures
from clover_chat.services import operation
from clover_chat.services.chat import ChatService, PatchView
from clover_chat.services.operation import OperationService
from clover_chat.types import ModelState, Sampling, Stage
from tests.databases import sqlite_only
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost


@pytest.fixture
def failures() -> RecentFailures:
    return RecentFailures()


@pytest.fixture
def service(
    sessions: sessionmaker[Session], tmp_path: Path, failures: RecentFailures
) -> OperationService:
    places = {"Pictures": tmp_path / "images", "Database": tmp_path / "clover.sqlite"}
    return OperationService(sessions, ReadyHost(ScriptedEngine()), tmp_path, places, failures)


def test_a_server_with_model_database_and_room_is_ready(service: OperationService) -> None:
    assert service.readiness().is_ready


def test_a_full_disk_is_not_ready(
    service: OperationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation, "LEAST_FREE_BYTES", 10**18)
    found = service.readiness()
    assert (found.has_room, found.is_database_writable, found.is_ready) == (False, True, False)


def test_a_model_that_is_being_loaded_and_a_database_that_has_gone_are_not_ready(
    sessions: sessionmaker[Session], tmp_path: Path, failures: RecentFailures
) -> None:
    host = SlowHost([ModelState(Stage.READY)], ScriptedEngine())
    with sessions.begin() as session:
        session.connection().exec_driver_sql("DROP TABLE alembic_version")
    found = OperationService(sessions, host, tmp_path, {}, failures).readiness()
    assert (found.is_model_ready, found.is_database_writable) == (False, False)


@sqlite_only
def test_room_and_counts_say_how_much_and_not_whose(
    service: OperationService, chat: ChatService, patch: PatchView
) -> None:
    list(chat.ask("ada", None, "Which organ?", [patch.key], Sampling()))
    pictures, database = service.places()
    assert (pictures.size, pictures.files) == (patch.path.stat().st_size, 1)
    assert database.size > 0
    counts = service.counts()
    assert (counts.people, counts.conversations, counts.answers) == (1, 1, {"complete": 1})


def test_failures_are_counted_by_kind_and_their_words_are_not_kept(
    service: OperationService, failures: RecentFailures
) -> None:
    logger = logging.getLogger("clover_chat.somewhere")
    logger.addHandler(failures)
    try:
        for patient in ("Doe", "Roe"):
            try:
                raise ValueError(patient)
            except ValueError:
                logger.exception("Failed for %s", patient)
        logger.error("Another one")
        logger.warning("No failure")
    finally:
        logger.removeHandler(failures)
    seen = service.failures()
    assert [(each.kind, each.number) for each in seen] == [
        ("somewhere: error", 1),
        ("somewhere: ValueError", 2),
    ]
    assert "Doe" not in repr(seen)

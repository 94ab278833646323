"""Migrated databases for tests; the migrations run once and their result is copied.

They are SQLite's; with `CLOVER_TEST_DATABASE=postgresql` in the environment they are PostgreSQL's.
"""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.migrate import upgrade
from tests import postgresql

IS_POSTGRESQL = os.environ.get("CLOVER_TEST_DATABASE") == "postgresql"
sqlite_only = pytest.mark.skipif(IS_POSTGRESQL, reason="is about SQLite's own file")


def url_of(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{path}"


def fresh_database(directory: Path) -> Engine:
    """Return an engine on an empty database of the present schema."""
    if IS_POSTGRESQL:
        return postgresql.kept(connect(postgresql.fresh_url(_migrated_postgresql())))
    path = directory / "clover.sqlite"
    path.write_bytes(_migrated())
    return connect(url_of(path))


def fresh_sessions(directory: Path) -> sessionmaker[Session]:
    """Return sessions on an empty database of the present schema."""
    return sessions_on(fresh_database(directory))


@cache
def _migrated_postgresql() -> str:
    url = postgresql.fresh_url()
    upgrade(url)
    return str(make_url(url).database)


@cache
def _migrated() -> bytes:
    directory = Path(tempfile.mkdtemp())
    try:
        upgrade(url_of(directory / "template.sqlite"))
        return (directory / "template.sqlite").read_bytes()
    finally:
        shutil.rmtree(directory)

"""Migrated databases for tests; the migrations run once and their result is copied."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.migrate import upgrade


def url_of(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{path}"


def fresh_database(directory: Path) -> Engine:
    """Return an engine on an empty database of the present schema."""
    path = directory / "clover.sqlite"
    path.write_bytes(_migrated())
    return connect(url_of(path))


def fresh_sessions(directory: Path) -> sessionmaker[Session]:
    """Return sessions on an empty database of the present schema."""
    return sessions_on(fresh_database(directory))


@cache
def _migrated() -> bytes:
    directory = Path(tempfile.mkdtemp())
    try:
        upgrade(url_of(directory / "template.sqlite"))
        return (directory / "template.sqlite").read_bytes()
    finally:
        shutil.rmtree(directory)

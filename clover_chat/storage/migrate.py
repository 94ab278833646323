"""The schema brought up to date when the program starts, with a copy of the old file kept.

Everything happens in one transaction that holds a lock: of two programs started at once one
migrates and the other finds it done, and a migration that fails half-way leaves the database as
it was.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, literal, select, table
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from clover_chat.errors import MigrationError, StorageError
from clover_chat.resources import resource_dir
from clover_chat.storage.database import BUSY_TIMEOUT_MS, make_engine, parse_url, sqlite_path
from clover_chat.storage.search import is_index
from clover_chat.storage.tables import Base

VERSION_TABLE = "alembic_version"
POSTGRESQL_LOCK = 0x434C4F56  # any number, as long as every version of the program agrees on it


def upgrade(database_url: str, script_dir: Path | None = None) -> Path | None:
    """Bring the schema of a database up to date, or create it.

    Args:
        database_url: Which database.
        script_dir: Where the migrations lie, if not where the program keeps its own.

    Returns:
        The copy that was made first, if the schema of an SQLite file with rows had to change.

    Raises:
        MigrationError: The database is from a newer version, is no database of ours, or a
            migration failed. It is then as it was.
    """
    config = alembic_config(script_dir)
    try:
        with migration_connection(database_url) as connection:
            if not _is_behind(connection, ScriptDirectory.from_config(config)):
                return None
            copy = backup(database_url) if _needs_copy(connection) else None
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection)
            return copy
    except DatabaseError as error:
        raise MigrationError(
            f"The database could not be brought up to date and was left as it was: {error.orig}."
        ) from error


def backup(database_url: str) -> Path:
    """Copy an SQLite database beside itself, also while it is in use.

    Returns:
        The copy.

    Raises:
        StorageError: It is no SQLite file, or there is none yet.
    """
    path = sqlite_path(parse_url(database_url))
    if path is None:
        raise StorageError("Only SQLite files are copied here; a server has means of its own.")
    if not path.is_file():
        raise StorageError(f"There is no database at {path} to copy.")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = path.with_name(f"{path.stem}.backup-{moment}{path.suffix}")
    unfinished = copy.with_name(f"{copy.name}.part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    return unfinished.replace(copy)


def alembic_config(script_dir: Path | None = None) -> Config:
    """Return Alembic's settings, made here so that no file has to be found."""
    config = Config()
    location = str(script_dir or resource_dir("migrations"))
    config.set_main_option("script_location", location.replace("%", "%%"))
    return config


@contextmanager
def migration_connection(database_url: str) -> Iterator[Connection]:
    """Open a transaction to change the schema in.

    Foreign keys are not enforced meanwhile: SQLite changes a table by copying and dropping it,
    and an enforced key would take the rows that refer to it along.
    """
    engine = make_engine(database_url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRESQL_LOCK})")
            yield connection
    finally:
        engine.dispose()


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 must not begin by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_behind(connection: Connection, script: ScriptDirectory) -> bool:
    """Say whether migrations are due, and refuse what this version cannot migrate."""
    heads = set(MigrationContext.configure(connection).get_current_heads())
    known = {revision.revision for revision in script.walk_revisions()}
    if unknown := heads - known:
        raise MigrationError(
            f"The database was written by a newer version of CLOVER Chat (its schema is "
            f"{', '.join(sorted(unknown))}, this version knows up to "
            f"{script.get_current_head()}). Update CLOVER Chat, or choose another data directory."
        )
    if not heads and (taken := _our_tables(connection)):
        raise MigrationError(
            f"The database holds tables that CLOVER Chat did not make ({', '.join(taken)}). "
            "Choose another database."
        )
    return heads != set(script.get_heads())


def _our_tables(connection: Connection) -> list[str]:
    return sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))


def _needs_copy(connection: Connection) -> bool:
    """Say whether an SQLite file holds rows, of whatever table, that a change could cost."""
    if connection.dialect.name != "sqlite":
        return False
    names = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
    rows = (name for name in names if not is_index(name))
    queries = (select(literal(1)).select_from(table(name)).limit(1) for name in rows)
    return any(connection.execute(query).first() for query in queries)


def _check_references(connection: Connection) -> None:
    """Make sure that no migration left a row pointing at nothing, while keys were not enforced."""
    if connection.dialect.name != "sqlite":
        return
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise MigrationError(
            f"A row of {broken[0]} would point at a missing row of {broken[2]} after bringing the "
            "database up to date; it was left as it was."
        )

"""The way to the database: an engine set up for many people at once, and sessions on it.

A transaction takes the one write lock when it begins: what it reads stays true until it commits,
and it never fails half-way because somebody else wrote in between. Reading only goes through
`reading`, which takes no lock. Who waits has five seconds of patience.

SQLite is the default, with a write-ahead log and enforced foreign keys; its write lock is the
file's. PostgreSQL works through the same models; its write lock is an advisory one, for by
itself it lets two transactions read the same row and then write it, one over the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from clover_chat.errors import StorageError

BUSY_TIMEOUT_MS = 5000
POSTGRESQL_WRITE_LOCK = 0x434C4F57
"""Number of the advisory lock that whoever writes holds."""


def connect(database_url: str) -> Engine:
    """Return an engine for the database; nothing is opened before it is first used.

    Raises:
        StorageError: The URL names no database that can be used.
    """
    engine = make_engine(database_url, poolclass=None)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def make_engine(database_url: str, *, poolclass: type[Pool] | None) -> Engine:
    """Return a bare engine, and make sure that the directory of an SQLite file exists.

    Raises:
        StorageError: The URL names no database that can be used.
    """
    url = parse_url(database_url)
    try:
        if path := sqlite_path(url):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # hide_parameters: an error in the log must not quote what a person asked.
        return create_engine(url, poolclass=poolclass, hide_parameters=True)
    except OSError as error:
        raise StorageError(f"{error.filename} cannot be made: {error.strerror}.") from error
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError(f"No driver is installed for {url.drivername!r} databases.") from error


def sessions_on(engine: Engine) -> sessionmaker[Session]:
    """Return the factory of sessions that services are given."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Open a session that only reads; it waits for no writer and no writer waits for it."""
    with sessions() as session:
        session.connection(execution_options={"is_reading": True})
        yield session


def parse_url(database_url: str) -> URL:
    """Read a database URL.

    Raises:
        StorageError: The text is no database URL.
    """
    try:
        return make_url(database_url)
    except ArgumentError as error:
        raise StorageError(
            "The database URL cannot be read. It looks like sqlite:////path/to/clover.sqlite."
        ) from error


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for any other database."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 must not begin by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED" if _is_reading(connection) else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if _is_reading(connection):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRESQL_WRITE_LOCK})")


def _is_reading(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("is_reading", False))

"""A PostgreSQL server of our own for tests: a folder, a socket in it, and nobody else."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, create_engine

ADMINISTRATOR = "postgres"
OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off"
_NUMBERS = count(1)
_ENGINES: list[Engine] = []


def fresh_url(template: str = "template1") -> str:
    """Return the URL of a new database, a copy of `template`."""
    name = f"clover_{next(_NUMBERS)}"
    engine = create_engine(_url("postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f'CREATE DATABASE {name} TEMPLATE "{template}"')
    engine.dispose()
    return _url(name)


def is_installed() -> bool:
    """Say whether there is a PostgreSQL that can be started."""
    return _found("initdb") is not None and find_spec("psycopg") is not None


def kept(engine: Engine) -> Engine:
    """Return an engine that is disposed of at the end, for psycopg minds being forgotten."""
    _ENGINES.append(engine)
    return engine


def _url(name: str) -> str:
    return f"postgresql+psycopg://{ADMINISTRATOR}@/{name}?host={_server()}"


@cache
def _server() -> Path:
    """Start a server and return the folder its socket lies in."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="clover-pg-"))
    is_root = os.geteuid() == 0  # the server refuses to run as root
    if is_root:
        shutil.chown(folder, ADMINISTRATOR)
    user = ADMINISTRATOR if is_root else None
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(
            command, user=user, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def stop() -> None:
        for engine in _ENGINES:
            engine.dispose()
        run(pg_ctl, "stop", "-D", str(data), "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)

    how = ("-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    run(initdb, "-D", str(data), "-U", ADMINISTRATOR, *how)
    log, options = str(folder / "log"), f"{OPTIONS} -k {folder}"
    run(pg_ctl, "start", "-w", "-D", str(data), "-l", log, "-o", options)
    atexit.register(stop)
    return folder


def _program(name: str) -> str:
    found = _found(name)
    assert found, f"PostgreSQL is not installed: there is no {name}."
    return found


def _found(name: str) -> str | None:
    known = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(known[-1]) if known else None)

"""What an operator can see of a running server, and whether it is ready: counts, never contents."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.failures import Failure, RecentFailures
from clover_chat.storage.counts import Counts, counts, touch
from clover_chat.storage.database import reading
from clover_chat.types import ModelHost, Stage

LEAST_FREE_BYTES = 512 * 1024 * 1024
"""A disk with less is full: an upload may be larger."""

_KEPT_S = 2.0
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A folder or file that takes room.

    Attributes:
        name: What lies there.
        size: Bytes.
        files: How many files that is.
    """

    name: str
    size: int
    files: int


@dataclass(frozen=True)
class Readiness:
    """Whether the server can do its work.

    Attributes:
        is_model_ready: The model answers.
        is_database_writable: So conversations can be kept.
        has_room: On the disk.
    """

    is_model_ready: bool
    is_database_writable: bool
    has_room: bool

    @property
    def is_ready(self) -> bool:
        """All of it."""
        return self.is_model_ready and self.is_database_writable and self.has_room


class OperationService:
    """Sees how a server is doing.

    Args:
        sessions: The database.
        host: Where answers come from.
        data_dir: Where data are kept; its disk must not be full.
        places: What takes room, by name; a file counts with those whose names it begins.
        failures: What went wrong.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        host: ModelHost,
        data_dir: Path,
        places: Mapping[str, Path],
        failures: RecentFailures,
    ) -> None:
        self._sessions = sessions
        self._data_dir = data_dir
        self._places = places
        self._failures = failures
        self._readiness = _Kept(self._look)
        self._rooms = _Kept(self._measure)
        self.host = host

    def readiness(self) -> Readiness:
        """Return whether the server can do its work; looked at again every few seconds only."""
        return self._readiness.get()

    def places(self) -> tuple[Place, ...]:
        """Return what takes room; looked at again every few seconds only."""
        return self._rooms.get()

    def free_bytes(self) -> int:
        """Return how much room is left on the disk with the data."""
        return shutil.disk_usage(self._data_dir).free

    def counts(self) -> Counts:
        """Return how much there is of everything."""
        with reading(self._sessions) as session:
            return counts(session)

    def failures(self) -> tuple[Failure, ...]:
        """Return what went wrong since the server started, the latest first."""
        return self._failures.seen()

    def _look(self) -> Readiness:
        is_ready = self.host.state.stage is Stage.READY
        return Readiness(is_ready, self._is_writable(), self.free_bytes() >= LEAST_FREE_BYTES)

    def _is_writable(self) -> bool:
        try:
            with self._sessions() as session:
                touch(session)
                session.rollback()
        except SQLAlchemyError:
            return False
        return True

    def _measure(self) -> tuple[Place, ...]:
        return tuple(_place(name, path) for name, path in self._places.items())


class _Kept(Generic[T]):
    """Remembers what was found for a moment, so that nobody can keep the disk busy by asking."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._found: tuple[float, T] | None = None

    def get(self) -> T:
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > _KEPT_S:
                self._found = time.monotonic(), self._find()
            return self._found[1]


def _place(name: str, path: Path) -> Place:
    sizes = []
    folder = path if path.is_dir() else path.parent
    for each in folder.rglob("*") if path.is_dir() else folder.glob(f"{path.name}*"):
        try:
            if each.is_file() and not each.is_symlink():
                sizes.append(each.stat().st_size)
        except OSError:  # gone meanwhile
            continue
    return Place(name, sum(sizes), len(sizes))

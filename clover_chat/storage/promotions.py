"""Which bridge answers, and which did before: `promotions.json` beside the installed bridges.

A file and not a table: it speaks of folders that lie beside it on this machine, so it must be
copied, kept and lost together with them, while a database may serve several machines; it is read
before there is a database; and a running server sees with one look at the directory whether
anything changed.

The file is replaced as a whole (written beside, flushed to disk, renamed), so that whoever reads it
finds the state before a change or after it. Entries are only ever added; going back is one more.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from clover_chat.errors import StorageError
from clover_chat.storage.files import settle, write_whole

NAME = "promotions.json"
FORMAT = 1
BEGINNING = 0
"""Stands for the state before any promotion."""
_PATIENCE_S = 10.0


class Act(StrEnum):
    """How a bridge came to be the active one."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back to"


class Gate(StrEnum):
    """What the gate had said of a bridge that was promoted."""

    PASSED = "passed"
    NONE = "none"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True)
class Promotion:
    """A bridge that became the active one of its preset.

    Attributes:
        number: Counted from 1, over all presets.
        act: How.
        preset: The combination it answers for.
        bridge: Its name.
        version: Its version then.
        sha256: Of its tensors then; "" for a bridge without a folder.
        at: When.
        gate: What the gate had said.
        back_to: Number of the promotion that a rollback goes back to; `BEGINNING` for the state
            before any, None where there is nothing further back.
    """

    number: int
    act: Act
    preset: str
    bridge: str
    version: str
    sha256: str
    at: datetime
    gate: Gate
    back_to: int | None


class Promotions:
    """The history of promotions; safe to use from several threads and processes.

    Args:
        directory: Of the installed bridges; made when something is first written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / NAME
        self._seen: tuple[tuple[int, int, int] | None, tuple[Promotion, ...]] = None, ()

    def history(self) -> tuple[Promotion, ...]:
        """Return all promotions, oldest first; the file is read again only if it was replaced.

        Raises:
            StorageError: It is damaged.
        """
        try:
            found = self._path.stat()
            stamp = found.st_ino, found.st_mtime_ns, found.st_size
            seen, known = self._seen
            if stamp != seen:
                known = _parsed(self._path.read_text(encoding="utf-8"))
                self._seen = stamp, known
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(
                f"The history of bridges in {self._path} cannot be read ({error}). "
                "Put back a copy of it, or move it away to begin with the bridge that came with "
                "the program."
            ) from error
        return known

    def active(self, preset: str) -> Promotion | None:
        """Return the last promotion of a preset, None before any."""
        own = [each for each in self.history() if each.preset == preset]
        return own[-1] if own else None

    def numbered(self, number: int) -> Promotion:
        """Return a promotion by its number, counted from 1."""
        return self.history()[number - 1]

    def add(self, promotion: Promotion) -> None:
        """Add a promotion; to be called within `changing`.

        Raises:
            StorageError: It cannot be written; nothing changed then.
        """
        entries = [asdict(each) for each in (*self.history(), promotion)]
        text = json.dumps({"format": FORMAT, "promotions": entries}, indent=2, default=_plain)
        try:
            write_whole(self._path, f"{text}\n".encode())
            settle(self._directory)
        except OSError as error:
            raise StorageError(
                f"The history of bridges in {self._path} cannot be written: {error.strerror}."
            ) from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep others from changing anything meanwhile; a process that is killed lets go.

        What such a process has left half written is thrown away.

        Raises:
            StorageError: Somebody else has been changing something for long, or the directory
                cannot be used.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self._directory / ".lock", timeout=_PATIENCE_S)
            lock.acquire()
        except Timeout as error:
            raise StorageError(
                "Somebody else is promoting a bridge right now. Try again in a moment."
            ) from error
        except OSError as error:
            raise StorageError(
                f"The directory {self._directory} cannot be used: {error.strerror}."
            ) from error
        try:
            for left in self._directory.glob(".*.part"):
                left.unlink()
            yield
        finally:
            lock.release()


def _parsed(text: str) -> tuple[Promotion, ...]:
    found = json.loads(text)
    if found["format"] != FORMAT:
        raise ValueError(f"its format is {found['format']!r}, expected {FORMAT}")
    promotions = tuple(_promotion(values) for values in found["promotions"])
    if [each.number for each in promotions] != list(range(1, len(promotions) + 1)):
        raise ValueError("its entries are not numbered one after the other")
    return promotions


def _promotion(values: dict[str, Any]) -> Promotion:
    typed = {
        "act": Act(values["act"]),
        "gate": Gate(values["gate"]),
        "at": datetime.fromisoformat(values["at"]),
    }
    return Promotion(**{**values, **typed})


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="seconds")

"""What an export has to remember of what went before, in a file, so that memory does not grow.

Kept are the records, which sights ever appear together, who said what about the same answer, which
rows have been written, and the hash of each file.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from clover_chat.services.feedback.likeness import ALIKE, bands, digest, likeness, telling, triples
from clover_chat.services.feedback.records import Record
from clover_chat.types import Thumb

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE records (body TEXT, group_key TEXT, content TEXT);
    CREATE TABLE groups (key TEXT PRIMARY KEY, parent TEXT) WITHOUT ROWID;
    CREATE TABLE stances (content TEXT, is_liked INTEGER, correction TEXT);
    CREATE TABLE written (exact TEXT UNIQUE, texts TEXT, name TEXT);
    CREATE TABLE bands (key TEXT, row INTEGER, PRIMARY KEY (key, row)) WITHOUT ROWID;
    CREATE TABLE pictures (sight TEXT PRIMARY KEY, names TEXT) WITHOUT ROWID;
    CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, size INTEGER) WITHOUT ROWID;
"""
_CANDIDATES = 20  # texts that share a band and are compared word by word, at most


class Worktable:
    """Remembers, in a file that is thrown away afterwards.

    Args:
        path: Where; the file must not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.executescript(_TABLES)
        self._base.execute("BEGIN")

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    # Records

    def add_record(self, record: Record) -> None:
        """Remember a record, that its sights belong together, and what it says of its answer."""
        first, *others = record.groups
        for other in others:
            self._join(first, other)
        content = _content(record)
        self._base.execute(
            "INSERT INTO records VALUES (?, ?, ?)", (record.to_json(), first, content)
        )
        if record.verdict != Thumb.NONE or record.correction:
            is_liked = record.verdict == Thumb.UP
            correction = digest(record.correction) if record.correction else None
            self._base.execute(
                "INSERT INTO stances VALUES (?, ?, ?)", (content, is_liked, correction)
            )

    def index(self) -> None:
        """Prepare for questions, once all records have been added."""
        self._base.execute("CREATE INDEX by_content ON stances (content)")

    def records(self) -> Iterator[tuple[Record, str, bool]]:
        """Yield records in the order in which they came, with group and whether people disagree."""
        for body, group, content in self._base.execute("SELECT * FROM records ORDER BY rowid"):
            yield Record.from_json(body), self._root(group), self._is_disputed(content)

    # Rows

    def likeness_to_earlier(
        self, key: Sequence[str], texts: Sequence[str], name: str
    ) -> tuple[str, str] | None:
        """Say what earlier row a row is a copy of, and remember it where it is none.

        Args:
            key: What has to agree for rows to be copies at all, such as their sights.
            texts: Their texts; each has to be alike.
            name: What to call the row if it is remembered.

        Returns:
            "exact" or "near" with the name of the earlier row, or None.
        """
        exact = digest(json.dumps(key), *texts)
        if found := self._one("SELECT name FROM written WHERE exact = ?", exact):
            return "exact", found
        parts = [triples(text) for text in texts]
        frame = digest(json.dumps(key), telling(texts))
        keys = [f"{frame} {at} {band}" for at, band in enumerate(bands(frozenset().union(*parts)))]
        for at in self._known(keys):
            for other, other_name in self._sharing(at):
                if all(likeness(a, triples(b)) >= ALIKE for a, b in zip(parts, other, strict=True)):
                    return "near", other_name
        row = self._base.execute(
            "INSERT INTO written VALUES (?, ?, ?)", (exact, json.dumps(list(texts)), name)
        ).lastrowid
        self._base.executemany("INSERT INTO bands VALUES (?, ?)", [(at, row) for at in keys])
        return None

    # Files

    def pictures(self, sight: str) -> tuple[str, ...] | None:
        """Return the files in which a sight was written, None where it was not yet."""
        found = self._one("SELECT names FROM pictures WHERE sight = ?", sight)
        return None if found is None else tuple(json.loads(found))

    def add_pictures(self, sight: str, names: Sequence[str]) -> None:
        """Remember the files of a sight; none say that it cannot be had."""
        self._base.execute("INSERT INTO pictures VALUES (?, ?)", (sight, json.dumps(list(names))))

    def add_file(self, path: str, sha256: str, size: int) -> None:
        """Remember the hash of a file; the same file may come again."""
        self._base.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, sha256, size))

    def files(self) -> Iterator[tuple[str, str, int]]:
        """Yield path, SHA-256 and size of each file, by path."""
        yield from self._base.execute("SELECT path, sha256, size FROM files ORDER BY path")

    def _known(self, keys: Sequence[str]) -> list[str]:
        """Return the bands that some earlier row has; most have none."""
        query = f"SELECT DISTINCT key FROM bands WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - question marks only
        known = {key for (key,) in self._base.execute(query, keys)}
        return [key for key in keys if key in known]

    def _sharing(self, key: str) -> Iterable[tuple[list[str], str]]:
        query = (
            "SELECT texts, name FROM bands JOIN written ON written.rowid = bands.row "
            "WHERE key = ? ORDER BY row LIMIT ?"
        )
        found = self._base.execute(query, (key, _CANDIDATES)).fetchall()
        return ((json.loads(texts), name) for texts, name in found)

    def _is_disputed(self, content: str) -> bool:
        query = (
            "SELECT COUNT(DISTINCT is_liked) > 1 OR COUNT(DISTINCT correction) > 1 "
            "FROM stances WHERE content = ?"
        )
        return bool(self._base.execute(query, (content,)).fetchone()[0])

    def _join(self, one: str, other: str) -> None:
        """Note that two groups appear together; the smaller name stands for both."""
        least, largest = sorted((self._root(one), self._root(other)))
        if least != largest:
            self._base.execute("INSERT OR REPLACE INTO groups VALUES (?, ?)", (largest, least))

    def _root(self, key: str) -> str:
        while parent := self._one("SELECT parent FROM groups WHERE key = ?", key):
            key = parent
        return key

    def _one(self, query: str, value: str) -> str | None:
        found = self._base.execute(query, (value,)).fetchone()
        return None if found is None else str(found[0])


def _content(record: Record) -> str:
    """Return a name for the judged answer, the same wherever the same was asked and answered."""
    told = [text for turn in record.turns for text in (turn.question, turn.answer)]
    return digest(repr(record.sights), *told, record.whole_answer)

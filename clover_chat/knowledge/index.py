"""Full text search over the shelf's passages, in a database that lives in memory."""

import sqlite3
import threading
from collections.abc import Sequence

from clover_chat.knowledge.lexicon import Passage

_SCHEMA = "CREATE VIRTUAL TABLE passages USING fts5(title, synonyms, body, tokenize='unicode61')"
_INSERT = "INSERT INTO passages(rowid, title, synonyms, body) VALUES (?, ?, ?, ?)"
_SELECT = (
    "SELECT rowid, -bm25(passages, 8.0, 6.0, 1.0) FROM passages WHERE passages MATCH ? "
    "ORDER BY bm25(passages, 8.0, 6.0, 1.0) LIMIT ?"
)


class PassageIndex:
    """Finds the passages that share words with a question; safe to use from several threads.

    Args:
        shelf: All passages; what is found is their position in this sequence.
    """

    def __init__(self, shelf: Sequence[Passage]) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        with self._database:
            self._database.execute(_SCHEMA)
            self._database.executemany(_INSERT, map(_row, range(len(shelf)), shelf))

    def matching(self, stems: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Return the positions of the best passages with their bm25, the best first.

        Args:
            stems: Words of which a passage must hold at least one.
            limit: Passages returned at most.
        """
        if not stems:
            return []
        query = " OR ".join(f'"{stem}"' for stem in stems)
        with self._lock:
            return self._database.execute(_SELECT, (query, limit)).fetchall()

    def close(self) -> None:
        """Let go of the memory."""
        with self._lock:
            self._database.close()


def _row(position: int, passage: Passage) -> tuple[int, str, str, str]:
    title, *synonyms = passage.names
    once = dict.fromkeys(word for name in synonyms for word in name)  # many names are no merit
    return position, " ".join(title), " ".join(once), " ".join(passage.body)

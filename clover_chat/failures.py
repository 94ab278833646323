"""What went wrong lately: which kind, how often and when, and nothing of what was asked.

Error lines of the log are counted by where they come from and the class of their exception; their
text, which may quote something, is not looked at.
"""

import logging
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import NamedTuple

_MOST_KINDS = 50


class Failure(NamedTuple):
    """One kind of failure since the server started."""

    kind: str
    number: int
    last_at: datetime


class RecentFailures(logging.Handler):
    """Counts the errors that reach a logger."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._counting = threading.Lock()
        self._kinds: OrderedDict[str, Failure] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Count an error; the last kinds of them are kept."""
        raised = record.exc_info[0] if record.exc_info else None
        what = raised.__name__ if raised else "error"
        kind = f"{record.name.removeprefix('clover_chat.')}: {what}"
        at = datetime.fromtimestamp(record.created, UTC)
        with self._counting:
            before = self._kinds.pop(kind, None)
            self._kinds[kind] = Failure(kind, before.number + 1 if before else 1, at)
            if len(self._kinds) > _MOST_KINDS:
                self._kinds.popitem(last=False)

    def seen(self) -> tuple[Failure, ...]:
        """Return the kinds, the latest first."""
        with self._counting:
            return tuple(reversed(self._kinds.values()))

"""Slows guessing down: who keeps getting a password wrong has to wait, longer each time."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

FREE_TRIES = 5
LONGEST_WAIT_S = 60.0
FORGOTTEN_AFTER_S = 900.0
_MOST_REMEMBERED = 10_000


class _Failures(NamedTuple):
    number: int
    last_s: float

    def until_s(self) -> float:
        if self.number < FREE_TRIES:
            return 0.0
        wait = min(2.0 ** (self.number - FREE_TRIES), LONGEST_WAIT_S)
        return self.last_s + wait


class Attempts:
    """Counts failures under names and addresses, each on its own; a bounded number of them.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, *whose: str) -> int:
        """Return for how many seconds nothing more is tried, 0 if that may be done now."""
        now = self._clock()
        with self._lock:
            until = max((self._known(each, now).until_s() for each in whose), default=0.0)
        return max(math.ceil(until - now), 0)

    def failed(self, *whose: str) -> None:
        """Note a failure."""
        now = self._clock()
        with self._lock:
            for each in whose:
                self._failures[each] = _Failures(self._known(each, now).number + 1, now)
                self._failures.move_to_end(each)
            while len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, *whose: str) -> None:
        """Forget the failures."""
        with self._lock:
            for each in whose:
                self._failures.pop(each, None)

    def _known(self, whose: str, now: float) -> _Failures:
        known = self._failures.get(whose, _Failures(0, now))
        return known if now - known.last_s < FORGOTTEN_AFTER_S else _Failures(0, now)

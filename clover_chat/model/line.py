"""A fair line in front of the model: first come, first served, and everybody sees their place."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

RENEWAL_S = 0.5


class Line:
    """Lets one in at a time, in order of arrival."""

    def __init__(self) -> None:
        self._tickets: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def ticket(self) -> Iterator[Iterator[int]]:
        """Take a place; iterate what is given to wait, and leave the line at the end of the block.

        The iterator yields one's place (1 is the next to be let in) whenever it changes and at
        least every `RENEWAL_S` seconds, so that a waiting person can give up; it ends when it is
        one's turn.
        """
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        try:
            yield self._places(ticket)
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _places(self, ticket: object) -> Iterator[int]:
        while place := self._place(ticket):
            yield place
            self._wait_for_a_move(ticket, place)

    def _wait_for_a_move(self, ticket: object, place: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._tickets.index(ticket) != place, RENEWAL_S)

    def _place(self, ticket: object) -> int:
        with self._changed:
            return self._tickets.index(ticket)

    def __len__(self) -> int:
        with self._changed:
            return len(self._tickets)

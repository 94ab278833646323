"""Keys and values of conversations read before, so that a new turn reads only what is new.

An entry is found by its content (token ids, pictures, questions), never by whose it is; while an
answer uses one it is taken out, so no two answers share it.
"""

import threading
from dataclasses import dataclass
from itertools import takewhile

from transformers import DynamicCache


@dataclass
class Prefix:
    """A stretch of conversation the language model has read.

    Attributes:
        atoms: One comparable value a position (`Prompt.atoms`).
        cache: Keys and values of those positions.
    """

    atoms: list[object]
    cache: DynamicCache


class PrefixCache:
    """Holds the most recent prefixes within a limit of positions.

    Args:
        max_positions: All entries together hold at most this many positions.
    """

    def __init__(self, max_positions: int = 8192) -> None:
        self._max_positions = max_positions
        self._prefixes: list[Prefix] = []
        self._lock = threading.Lock()

    def take(self, atoms: list[object]) -> Prefix:
        """Return the longest fitting beginning of `atoms`; an empty one if none fits.

        At least one atom is left to be read, and an entry is only taken when most of it can be
        used.
        """
        with self._lock:
            shared, chosen = 0, None
            for prefix in self._prefixes:
                length = min(_shared(prefix.atoms, atoms), len(atoms) - 1)
                if length > shared and 2 * length >= len(prefix.atoms):
                    shared, chosen = length, prefix
            if chosen is None:
                return Prefix([], DynamicCache())
            self._prefixes.remove(chosen)
        if surplus := len(chosen.atoms) - shared:
            chosen.cache.crop(-surplus)
        return Prefix(atoms[:shared], chosen.cache)

    def put(self, prefix: Prefix) -> None:
        """Keep a prefix for the next turn of its conversation."""
        with self._lock:
            self._prefixes.append(prefix)
            while self._prefixes and self._positions() > self._max_positions:
                self._prefixes.pop(0)

    def _positions(self) -> int:
        return sum(len(prefix.atoms) for prefix in self._prefixes)


def _shared(left: list[object], right: list[object]) -> int:
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

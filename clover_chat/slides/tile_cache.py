"""Encoded tiles in memory, bounded in bytes; what was asked for longest ago goes first."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """An encoded image, ready to send.

    Attributes:
        data: The encoded bytes.
        media_type: For example `image/jpeg`.
        etag: Strong entity tag, quotes included; equal bytes have equal tags.
    """

    data: bytes
    media_type: str
    etag: str


def tile_of(data: bytes, media_type: str) -> Tile:
    """Wrap encoded bytes with their entity tag."""
    return Tile(data, media_type, f'"{hashlib.sha256(data).hexdigest()[:32]}"')


class TileCache:
    """A dictionary of tiles that forgets; safe to use from several threads.

    Args:
        max_bytes: Encoded bytes kept at most; a larger tile is not kept at all.
    """

    def __init__(self, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._tiles: OrderedDict[Hashable, Tile] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tiles)

    @property
    def size(self) -> int:
        """Encoded bytes kept now."""
        return self._size

    def get(self, key: Hashable) -> Tile | None:
        """Return a tile that is still kept, None otherwise."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: Hashable, tile: Tile) -> None:
        """Keep a tile, at the cost of those that were asked for longest ago."""
        with self._lock:
            previous = self._tiles.pop(key, None)
            self._size -= len(previous.data) if previous else 0
            if len(tile.data) > self._max_bytes:
                return
            self._tiles[key] = tile
            self._size += len(tile.data)
            while self._size > self._max_bytes:
                _, oldest = self._tiles.popitem(last=False)
                self._size -= len(oldest.data)

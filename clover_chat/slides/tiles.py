"""Reads, encodes and keeps tiles; where they lie is left to `tile_source`."""

import io
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from PIL import Image

from clover_chat.errors import SlideError
from clover_chat.slides.geometry import Box, Size
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.reader import Slide
from clover_chat.slides.tile_cache import Tile, TileCache, tile_of
from clover_chat.slides.tile_source import TileLevel, TileSource

OVERVIEW_SIDE = 2048
"""Added levels up to this size are cut from one picture of the whole slide that is read once."""

_OVERVIEWS_KEPT = 8


class TileDropped(SlideError):
    """Nobody waits for the tile any more."""


class TileFormat(StrEnum):
    """How a tile is encoded; PNG loses nothing."""

    JPEG = "jpeg"
    WEBP = "webp"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """The name browsers know it by."""
        return f"image/{self}"


def encode(
    image: Image.Image, tile_format: TileFormat = TileFormat.JPEG, quality: int = 82
) -> bytes:
    """Return an image as the bytes of a file, without any metadata."""
    buffer = io.BytesIO()
    options: dict[str, int] = {} if tile_format is TileFormat.PNG else {"quality": quality}
    image.save(buffer, tile_format.name, **options)
    return buffer.getvalue()


class TileReader:
    """Makes the tiles of any slide.

    More threads than cores make nothing faster and would starve a running answer, so only a few
    tiles are read at a time; a request that nobody waits for any more when its turn comes is
    dropped.

    Args:
        pool: Where open slides come from.
        cache: Where encoded tiles are kept.
        workers: Tiles read at a time; half of the processor's cores by default.
        tile_format: How tiles are encoded.
    """

    def __init__(
        self,
        pool: SlidePool,
        cache: TileCache | None = None,
        workers: int | None = None,
        tile_format: TileFormat = TileFormat.JPEG,
    ) -> None:
        self._pool = pool
        self._cache = cache if cache is not None else TileCache()
        self._turns = threading.BoundedSemaphore(workers or max(1, (os.cpu_count() or 2) // 2))
        self._format = tile_format
        self._overviews: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = threading.Lock()

    def tile(
        self,
        path: Path,
        source: TileSource,
        level: int,
        column: int,
        row: int,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Tile:
        """Return an encoded tile.

        Args:
            path: The slide's file.
            source: The slide's layout.
            level: Index into the layout's levels, 0 is the smallest.
            column: Counted from the left.
            row: Counted from the top.
            is_wanted: Asked when the tile's turn has come.

        Raises:
            SlideNotFound: There is no such tile.
            TileDropped: It is not wanted any more.
            SlideError: The slide cannot be read there.
        """
        box = source.tile_box(level, column, row)
        key = (source.slide_id, level, column, row)
        if (kept := self._cache.get(key)) is not None:
            return kept
        with self._turns:
            if (kept := self._cache.get(key)) is not None:
                return kept
            if not is_wanted():
                raise TileDropped("This tile is not wanted any more.")
            tile = self._encoded(
                self._pool.read(path, lambda slide: self._read(slide, source, level, box))
            )
        self._cache.put(key, tile)
        return tile

    def _encoded(self, image: Image.Image) -> Tile:
        return tile_of(encode(image, self._format), self._format.media_type)

    def _read(self, slide: Slide, source: TileSource, level: int, box: Box) -> Image.Image:
        wanted = source.levels[level]
        if wanted.factor > 1 and max(wanted.size) <= OVERVIEW_SIDE:
            return self._from_overview(slide, source, wanted, box)
        x0 = source.bounds.x + round(box.x * wanted.downsample)
        y0 = source.bounds.y + round(box.y * wanted.downsample)
        if wanted.factor == 1:
            return slide.read_region(x0, y0, wanted.source_level, box.size)
        size = Size(box.width * wanted.factor, box.height * wanted.factor)
        return slide.read_reduced(x0, y0, wanted.source_level, size, wanted.factor)

    def _from_overview(
        self, slide: Slide, source: TileSource, wanted: TileLevel, box: Box
    ) -> Image.Image:
        largest = max(
            (each for each in source.levels if _is_cut_from_overview(each, wanted.source_level)),
            key=lambda each: each.size,
        )
        overview = self._overview(slide, source, largest)
        ratio = wanted.factor // largest.factor
        left, top = box.x * ratio, box.y * ratio
        right = min(left + box.width * ratio, overview.width)
        bottom = min(top + box.height * ratio, overview.height)
        part = overview.crop((left, top, right, bottom))
        return part if ratio == 1 else part.reduce(ratio)

    def _overview(self, slide: Slide, source: TileSource, largest: TileLevel) -> Image.Image:
        key = f"{source.slide_id}/{largest.source_level}"
        with self._lock:
            if key in self._overviews:
                self._overviews.move_to_end(key)
                return self._overviews[key]
        stored = next(
            each
            for each in source.levels
            if each.source_level == largest.source_level and each.factor == 1
        )
        x0, y0 = source.bounds.x, source.bounds.y
        overview = slide.read_reduced(x0, y0, stored.source_level, stored.size, largest.factor)
        with self._lock:
            self._overviews[key] = overview
            if len(self._overviews) > _OVERVIEWS_KEPT:
                self._overviews.popitem(last=False)
        return overview


def _is_cut_from_overview(level: TileLevel, source_level: int) -> bool:
    return (
        level.source_level == source_level and level.factor > 1 and max(level.size) <= OVERVIEW_SIDE
    )

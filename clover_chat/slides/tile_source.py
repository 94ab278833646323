"""Which tiles a slide has: the layout that a viewer is told, and where each tile lies. No pixels.

A viewer such as OpenSeadragon takes levels of any ratio, so the slide's stored levels are offered
as they are. Levels are added only where a viewer would otherwise need hundreds of tiles at once:
below the smallest stored one, and in gaps wider than four times.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from clover_chat.errors import SlideNotFound
from clover_chat.slides.description import LevelInfo, SlideDescription
from clover_chat.slides.geometry import Box, Mpp, Size, size_at

WIDEST_GAP = 4.5
"""Largest ratio between neighbouring levels that a viewer bridges well by itself."""


@dataclass(frozen=True)
class TileLevel:
    """One resolution that tiles are offered in.

    Attributes:
        size: Pixels of the scanned area at this level.
        source_level: The stored level it is read from.
        factor: How many stored pixels become one, across and down; 1 where it is stored as it is.
        downsample: Level-0 pixels per pixel of this level.
    """

    size: Size
    source_level: int
    factor: int
    downsample: float


@dataclass(frozen=True)
class TileSource:
    """The layout of a slide's tiles, for a viewer.

    Attributes:
        slide_id: The slide's id.
        bounds: The scanned area in level-0 pixels; tile (0, 0) begins at its corner.
        tile_size: Side of a tile; those at the right and bottom edge are smaller.
        levels: Smallest first.
        mpp: Micrometres per level-0 pixel, None where unknown.
        magnification: Of level 0, None where unknown.
    """

    slide_id: str
    bounds: Box
    tile_size: int
    levels: tuple[TileLevel, ...]
    mpp: Mpp | None
    magnification: float | None

    def grid(self, level: int) -> Size:
        """Return columns and rows of a level.

        Raises:
            SlideNotFound: There is no such level.
        """
        if not 0 <= level < len(self.levels):
            raise SlideNotFound(
                f"There is no tile level {level}, only 0 to {len(self.levels) - 1}."
            )
        width, height = self.levels[level].size
        return Size(math.ceil(width / self.tile_size), math.ceil(height / self.tile_size))

    def tile_box(self, level: int, column: int, row: int) -> Box:
        """Return the pixels of the level that a tile shows, counted from the bounds' corner.

        Raises:
            SlideNotFound: The tile lies outside.
        """
        columns, rows = self.grid(level)
        if not (0 <= column < columns and 0 <= row < rows):
            raise SlideNotFound(f"There is no tile {column}, {row} at level {level}.")
        x, y = column * self.tile_size, row * self.tile_size
        width, height = self.levels[level].size
        return Box(x, y, min(self.tile_size, width - x), min(self.tile_size, height - y))


def tile_source(description: SlideDescription) -> TileSource:
    """Lay out the tiles of a slide."""
    stored = [_stored(description, index) for index in range(len(description.levels))]
    added = [level for finer, coarser in pairwise(stored) for level in _between(finer, coarser)]
    added += _below(stored[-1], description.tile_size)
    return TileSource(
        slide_id=description.id,
        bounds=description.bounds,
        tile_size=description.tile_size,
        levels=tuple(sorted([*stored, *added], key=lambda level: level.size)),
        mpp=description.mpp,
        magnification=description.magnification,
    )


def _stored(description: SlideDescription, index: int) -> TileLevel:
    info: LevelInfo = description.levels[index]
    is_whole = description.bounds == Box(0, 0, *description.size)
    size = info.size if is_whole else size_at(description.bounds.size, info.downsample)
    return TileLevel(size, index, 1, info.downsample)


def _between(finer: TileLevel, coarser: TileLevel) -> list[TileLevel]:
    """Return levels that fill a wide gap, each a quarter of the one before."""
    levels = []
    factor = 4
    while coarser.downsample / finer.downsample > WIDEST_GAP and (
        factor * finer.downsample * 1.5 < coarser.downsample
    ):
        levels.append(_reduced(finer, factor))
        factor *= 4
    return levels


def _below(smallest: TileLevel, tile_size: int) -> list[TileLevel]:
    """Return levels of half the size each, down to the one that is a single tile."""
    levels: list[TileLevel] = []
    factor = 1
    while math.ceil(max(smallest.size) / factor) > tile_size:
        factor *= 2
        levels.append(_reduced(smallest, factor))
    return levels


def _reduced(level: TileLevel, factor: int) -> TileLevel:
    width, height = (math.ceil(side / factor) for side in level.size)
    return TileLevel(Size(width, height), level.source_level, factor, level.downsample * factor)

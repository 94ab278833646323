"""How fast tiles are, against OpenSlide's own DeepZoomGenerator in the same run.

    python -m benchmarks.bench_slides

The slide is generated: JPEG tiles of 256 pixels in levels 1, 4 and 16, as many scanners write them.
"""

import io
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import openslide
from openslide.deepzoom import DeepZoomGenerator

from benchmarks.rows import Row, at_most, faster, show
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.probe import probe
from clover_chat.slides.reader import Slide
from clover_chat.slides.tile_cache import TileCache
from clover_chat.slides.tile_source import TileSource, tile_source
from clover_chat.slides.tiles import TileReader
from tests.slides.pyramids import tissue_picture, write_jpeg_pyramid

SIZE = (5120, 4096)
SAMPLES = 120
QUALITY = 82

Place = tuple[int, int, int]

_chance = random.Random(0)  # noqa: S311 - only has to vary


def rows() -> list[Row]:
    """Run everything; takes about ten seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slide.tif"
        write_jpeg_pyramid(path, tissue_picture(*SIZE), (1, 4, 16))
        return [
            *_tile_rows(path),
            _opening_row(path),
        ]


def _tile_rows(path: Path) -> list[Row]:
    """Measure the kinds of tiles in turn, so that whatever else the machine does meets them all."""
    with Slide.open(path) as slide:
        source = tile_source(slide.description)
    reader = TileReader(SlidePool(), TileCache())
    places = _stored_places(source)
    with openslide.OpenSlide(path) as handle:
        zoom = DeepZoomGenerator(handle)

        def ours(place: Place) -> None:
            reader.tile(path, source, *place)

        def theirs(place: Place) -> None:
            tile = zoom.get_tile(place[0], (place[1], place[2]))
            tile.save(io.BytesIO(), "JPEG", quality=QUALITY)

        uncached, stored, between, cached = _medians_ms(
            (ours, places),
            (theirs, _deep_zoom_places(zoom, is_stored=True)),
            (theirs, _deep_zoom_places(zoom, is_stored=False)),
            (ours, [places[0], *places]),  # one behind, so that each is there already
        )
    return [
        faster("stored-level tile against an in-between one, ms", uncached, between, 4.0),
        faster("stored-level tile against a stored one, ms", uncached, stored, 1.0),
        faster("cached tile against an uncached one, ms", cached, uncached, 10.0),
    ]


def _stored_places(source: TileSource) -> list[Place]:
    places = []
    for index, level in enumerate(source.levels):
        columns, rows = source.grid(index)
        if level.factor == 1:
            places += [(index, column, row) for column in range(columns) for row in range(rows)]
    return _chance.sample(places, SAMPLES)


def _deep_zoom_places(zoom: DeepZoomGenerator, *, is_stored: bool) -> list[Place]:
    places = []
    for steps in (0, 2, 4) if is_stored else (1, 3):
        level = zoom.level_count - 1 - steps
        columns, rows = zoom.level_tiles[level]
        places += [(level, column, row) for column in range(columns) for row in range(rows)]
    return _chance.sample(places, min(SAMPLES, len(places)))


def _opening_row(path: Path) -> Row:
    """Probe, open and make the tiles of a first view of 1024 pixels."""

    def open_and_show() -> None:
        source = tile_source(probe(path))
        reader = TileReader(SlidePool(), TileCache())
        level = max(i for i, each in enumerate(source.levels) if max(each.size) <= 1536)
        columns, rows = source.grid(level)
        for column in range(columns):
            for row in range(rows):
                reader.tile(path, source, level, column, row)

    return at_most("probing, opening and the first view, s", _once_ms(open_and_show) / 1000, 1.5)


def _medians_ms(*kinds: tuple[Callable[[Place], None], list[Place]]) -> list[float]:
    """Return the median time of each kind, measured in turn, place after place."""
    for action, places in kinds:
        action(places[0])  # opens the slide
    took: list[list[float]] = [[] for _ in kinds]
    for round_of_places in zip(*(places[1:] for _, places in kinds), strict=False):
        for (action, _), place, times in zip(kinds, round_of_places, took, strict=True):
            times.append(_once_ms(partial(action, place)))
    return [statistics.median(times) for times in took]


def _once_ms(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    show(rows())

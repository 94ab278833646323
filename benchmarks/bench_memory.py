"""What memory the server takes when many slides are opened one after the other.

    python -m benchmarks.bench_memory

The slides are generated and all differ. Each is opened, all its finest tiles are read, and its
tissue is shown. The caches of tiles are so small that the first slides fill them: what grows after
that would grow for ever.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.rows import Row, show
from clover_chat.services.viewing import ViewingService
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.thumbnails import ThumbnailStore
from clover_chat.slides.tile_cache import TileCache
from clover_chat.slides.tiles import TileReader
from clover_chat.slides.tokens import TileTokens
from clover_chat.storage import migrate
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.images import ImageStore
from tests.services.slides import describe
from tests.slides.pyramids import tissue_picture, write_jpeg_pyramid

OPENED = (20, 200)
SIZE = (1000, 800)
CACHE_MIB = 4
MOST_GROWN_MIB = 50
OWNER = "local"


def rows() -> Iterator[Row]:
    """Measure and yield the line; takes about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        viewing = _viewing(Path(folder))
        used = {}
        for count, slide in enumerate(viewing.slides(OWNER), 1):
            _look_at(viewing, slide.id)
            if count in OPENED:
                used[count] = psutil.Process().memory_info().rss / 2**20
    first, last = (used[count] for count in OPENED)
    name = f"memory after {OPENED[1]} slides opened / after {OPENED[0]}, MiB"
    target = f"at most {MOST_GROWN_MIB} MiB more"
    yield Row(name, last, first, first / last, target, last - first <= MOST_GROWN_MIB)


def _viewing(folder: Path) -> ViewingService:
    """Return a service over many slides, with small caches."""
    database = f"sqlite:///{folder / 'clover.sqlite3'}"
    migrate.upgrade(database)
    slide_dir = folder / "slides"
    slide_dir.mkdir()
    _write_slides(slide_dir)
    library = SlideLibrary(slide_dir, folder, describe=describe)
    library.refresh()
    pool = SlidePool(cache_mib=CACHE_MIB)
    return ViewingService(
        sessions_on(connect(database)),
        ImageStore(folder / "images"),
        library,
        pool,
        TileReader(pool, TileCache(CACHE_MIB * 2**20)),
        ThumbnailStore(folder / "thumbnails"),
        TileTokens(b"b" * 32),
    )


def _write_slides(slide_dir: Path) -> None:
    """Write slides that differ in bytes behind the last picture only, which no reader minds."""
    original = write_jpeg_pyramid(slide_dir / "0.tif", tissue_picture(*SIZE), (1, 4))
    for number in range(1, OPENED[-1]):
        copy = Path(shutil.copy(original, slide_dir / f"{number}.tif"))
        with copy.open("ab") as file:
            file.write(number.to_bytes(8, "big"))


def _look_at(viewing: ViewingService, slide_id: str) -> None:
    opened = viewing.open(OWNER, slide_id)
    viewing.thumbnail(OWNER, opened.token, slide_id)
    viewing.tissue_overlay(OWNER, opened.token, slide_id)
    finest = len(opened.source.levels) - 1
    columns, rows = opened.source.grid(finest)
    for column in range(columns):
        for row in range(rows):
            viewing.tile(OWNER, opened.token, slide_id, finest, column, row)


if __name__ == "__main__":
    show(rows())

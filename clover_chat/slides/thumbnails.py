"""Small pictures of whole slides, kept on disk because making one takes half a second."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from clover_chat.slides.tile_cache import Tile, tile_of
from clover_chat.slides.tiles import TileFormat, encode

SIDE = 1024


class ThumbnailStore:
    """Thumbnails by slide id, as JPEG files.

    Args:
        folder: Where they lie; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, slide_id: str, make: Callable[[int], Image.Image]) -> Tile:
        """Return the thumbnail of a slide.

        Args:
            slide_id: The slide's id; a hash, so it is safe as a file name.
            make: Reads the slide at most so many pixels long, called only where none is kept.
        """
        path = self._folder / f"{slide_id}.jpg"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = encode(make(SIDE))
            write_atomically(path, data)
        return tile_of(data, TileFormat.JPEG.media_type)

    def forget(self, slide_id: str) -> None:
        """Delete the thumbnail of a slide that was taken back."""
        (self._folder / f"{slide_id}.jpg").unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that others see either complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

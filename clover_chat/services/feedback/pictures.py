"""The pixels that judgments are about, as PNG files named by their content."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from clover_chat.errors import ImageError, SlideError
from clover_chat.services.feedback.folder import IMAGES
from clover_chat.services.feedback.records import Sight
from clover_chat.services.feedback.worktable import Worktable
from clover_chat.services.patches import pixel_hash, png_bytes
from clover_chat.services.regions import Place, SlideRegions
from clover_chat.slides.geometry import Box
from clover_chat.storage.images import ImageStore


class PictureFiles:
    """Writes each sight once, at full quality, the first time it is asked for.

    A region is written as the model was shown it: all of it, then its details.

    Args:
        images: Where patches lie.
        regions: Returns what reads regions of slides; called once a region is needed.
        folder: The export.
        table: Remembers what was written.
    """

    def __init__(
        self,
        images: ImageStore,
        regions: Callable[[], SlideRegions],
        folder: Path,
        table: Worktable,
    ) -> None:
        self._images = images
        self._regions = regions
        self._folder = folder
        self._table = table

    def of(self, sight: Sight) -> tuple[str, ...]:
        """Return the files of a sight, relative to the export; none where it cannot be had."""
        key = repr(sight)
        names = self._table.pictures(key)
        if names is None:
            names = self._write(sight)
            self._table.add_pictures(key, names)
        return names

    def _write(self, sight: Sight) -> tuple[str, ...]:
        try:
            return self._patch(sight.source) if sight.box is None else self._region(sight)
        except (ImageError, SlideError, FileNotFoundError):
            return ()

    def _patch(self, key: str) -> tuple[str, ...]:
        return (self._keep(key, self._images.path(key).read_bytes()),)

    def _region(self, sight: Sight) -> tuple[str, ...]:
        assert sight.box is not None
        place = Place(sight.source, Box(*sight.box))
        pictures = [picture.load() for picture in self._regions().pictures(place)]
        return tuple(self._keep(pixel_hash(each), png_bytes(each)) for each in pictures)

    def _keep(self, key: str, data: bytes) -> str:
        name = f"{IMAGES}/{key}.png"
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self._table.add_file(name, sha256(data).hexdigest(), len(data))
        return name

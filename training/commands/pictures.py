"""Opening the pictures of records for a report."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from training.evaluation.asking import image_name
from training.instructions.pictures import Gallery
from training.instructions.records import ImageRef, Record
from training.sights import open_image


class RecordPictures:
    """Opens the pictures of records by the name their predictions give them.

    Args:
        records: Whose pictures.
        roots: Folders the pictures' paths start from.
        more: Other pictures.
    """

    def __init__(
        self, records: Sequence[Record], roots: Sequence[Path], more: Sequence[ImageRef] = ()
    ) -> None:
        shown = [*(image for record in records for image in record.images), *more]
        self._images = {image_name(image): image for image in shown}
        self._gallery = Gallery(tuple(roots))

    def __call__(self, name: str) -> Image.Image | None:
        """Return a picture, None where it is not among them or not at hand."""
        image = self._images.get(name)
        if image is None or self._gallery.find(image.path) is None:
            return None
        return open_image(image, self._gallery)

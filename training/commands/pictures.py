"""Opening the pictures of records for a report."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from training.evaluation.asking import image_name
from training.instructions.pictures import Gallery
from training.instructions.records import Record
from training.sights import open_image


class RecordPictures:
    """Opens the pictures of records by the name their predictions give them.

    Args:
        records: Whose pictures.
        roots: Folders the pictures' paths start from.
    """

    def __init__(self, records: Sequence[Record], roots: Sequence[Path]) -> None:
        self._images = {image_name(image): image for record in records for image in record.images}
        self._gallery = Gallery(tuple(roots))

    def __call__(self, name: str) -> Image.Image | None:
        """Return a picture, None where it is not among them."""
        image = self._images.get(name)
        return None if image is None else open_image(image, self._gallery)

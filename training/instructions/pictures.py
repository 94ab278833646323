"""Whether the pictures of records are there and usable, seen from their headers and bytes."""

import hashlib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from training.instructions.records import ImageRef

MOST_MEGAPIXELS = 50


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a picture: in a few words, and exactly."""

    kind: str
    detail: str


@dataclass(frozen=True)
class _File:
    """What is known of a picture's file."""

    sha256: str
    width: int
    height: int


class Gallery:
    """The folders in which pictures of records lie; each file is looked at once.

    Args:
        roots: Where paths start, tried in this order.
        most_megapixels: Larger pictures are complained about, without decoding them.
    """

    def __init__(self, roots: tuple[Path, ...], most_megapixels: float = MOST_MEGAPIXELS) -> None:
        self._roots = roots
        self._most_megapixels = most_megapixels
        self._seen: dict[str, _File | Complaint] = {}

    def find(self, path: str) -> Path | None:
        """Return the file a relative path means, or None where no root holds it."""
        return next((root / path for root in self._roots if (root / path).is_file()), None)

    def complaint(self, image: ImageRef) -> Complaint | None:
        """Return what is wrong with a picture of a record, or None."""
        found = self._file(image.path)
        if isinstance(found, Complaint):
            return found
        if found.sha256 != image.sha256:
            detail = f"{image.path} has the hash {found.sha256[:12]}, not {image.sha256[:12]}"
            return Complaint("changed image", f"{detail}; make the records again")
        if image.crop is not None and not _fits(image.crop, found):
            detail = f"{list(image.crop)} of {image.path}, which is {found.width} x {found.height}"
            return Complaint("impossible crop", detail)
        return None

    def refer(self, path: str, group: str) -> ImageRef | Complaint:
        """Return a picture as a record names it, or what is wrong with it."""
        found = self._file(path)
        return found if isinstance(found, Complaint) else ImageRef(path, found.sha256, group)

    def _file(self, path: str) -> _File | Complaint:
        if path not in self._seen:
            self._seen[path] = self._look(path)
        return self._seen[path]

    def _look(self, path: str) -> _File | Complaint:
        file = self.find(path)
        if file is None:
            roots = ", ".join(str(root) for root in self._roots)
            return Complaint("missing image", f"no {path} under {roots}")
        size = image_size(file)
        if size is None:
            return Complaint("unreadable image", f"{path} is no picture that can be read")
        megapixels = size[0] * size[1] / 1e6
        if megapixels > self._most_megapixels:
            most = f"up to {self._most_megapixels:g} are read; cut patches out of it"
            return Complaint("huge image", f"{path} has {megapixels:.0f} megapixels, {most}")
        return _File(hashlib.sha256(file.read_bytes()).hexdigest(), *size)


def image_size(file: Path) -> tuple[int, int] | None:
    """Return width and height from a picture's header, or None if it is no picture.

    Beyond what Pillow would open, only the number of pixels is known: it is given as a width.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                return image.size
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        return int(pixels[0]) if pixels else 10**12, 1
    except (OSError, ValueError, SyntaxError):
        return None


def _fits(crop: tuple[int, int, int, int], file: _File) -> bool:
    left, top, right, bottom = crop
    return left < right <= file.width and top < bottom <= file.height

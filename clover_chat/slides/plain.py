"""Plain PNG, JPEG and TIFF images that OpenSlide refuses, opened as slides of one level.

Only files that are named as such are tried: a scanner's own format may well be readable as an
image, but the picture found first in it is often the label. For the same reason the largest page of
a TIFF is taken.
"""

import warnings
from pathlib import Path
from typing import NamedTuple, cast

import openslide
from PIL import Image, ImageOps, UnidentifiedImageError

from clover_chat.errors import UnsupportedSlide
from clover_chat.slides.geometry import Mpp
from clover_chat.slides.metadata import mpp_from_dpi

FORMATS = ("PNG", "JPEG", "TIFF")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})

MAX_PIXELS = 170_000_000
"""Plain images are decoded whole; this many pixels take about 700 MB."""

_UNKNOWN = (
    "No reader here can open this file: it is neither a slide that OpenSlide knows "
    "nor a PNG, JPEG or TIFF image."
)
_PILLOW_ERRORS = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


class PlainSlide(NamedTuple):
    """A decoded image in OpenSlide's interface, and the resolution it states."""

    handle: openslide.ImageSlide
    mpp: Mpp | None


def open_plain(path: Path) -> PlainSlide:
    """Decode an image, upright and in RGB.

    Raises:
        UnsupportedSlide: It is no such image, damaged, or too large to hold in memory.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UnsupportedSlide(_UNKNOWN)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            warnings.simplefilter(
                "ignore", UserWarning
            )  # odd metadata of a file that opens all the same
            return _decoded(path)
    except UnidentifiedImageError as error:
        raise UnsupportedSlide(_UNKNOWN) from error
    except Image.DecompressionBombError as error:
        raise UnsupportedSlide(_too_large()) from error
    except _PILLOW_ERRORS as error:
        raise UnsupportedSlide("This image file is damaged or cut short.") from error


def _decoded(path: Path) -> PlainSlide:
    with Image.open(path, formats=FORMATS) as image:
        _turn_to_largest_page(image)
        if image.width * image.height > MAX_PIXELS:
            raise UnsupportedSlide(_too_large(image.width * image.height))
        mpp = mpp_from_dpi(image.info.get("dpi"))
        profile = image.info.get("icc_profile")
        upright = _rgb(ImageOps.exif_transpose(image))
    upright.info = {"icc_profile": profile}
    return PlainSlide(openslide.ImageSlide(upright), mpp)


def _turn_to_largest_page(image: Image.Image) -> None:
    def pixels(page: int) -> int:
        image.seek(page)
        return image.width * image.height

    image.seek(max(range(getattr(image, "n_frames", 1)), key=pixels))


def _too_large(pixels: int | None = None) -> str:
    found = "" if pixels is None else f" of {pixels / 1e6:.0f} megapixels"
    return (
        f"This plain image{found} is too large: the limit is {MAX_PIXELS / 1e6:.0f} megapixels. "
        "Save it as a pyramidal TIFF to view all of it."
    )


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(ground, seen).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale deep grey values so that their likely full range (10, 12 or 16 bits) is used."""
    grey = image.convert("F")
    _, high = cast("tuple[float, float]", grey.getextrema())
    full = 255
    while full < min(high, 65535):
        full = full * 2 + 1
    return grey.point(lambda value: value * (255 / full)).convert("L")

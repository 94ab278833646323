"""An uploaded file read as a patch: upright RGB pixels, or one sentence that says why not.

Uploads come from anywhere. Whatever a decoder stumbles over becomes an `ImageError`, and nothing
but pixels leaves this module: no text, no EXIF, no profile. Messages leave file names out, as
these may name a patient.
"""

import hashlib
import io
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from clover_chat.errors import ImageError
from clover_chat.services.headers import open_header

logger = logging.getLogger(__name__)

PREVIEW_SIDE = 1024
"""Longest side of what a page shows of a large patch, in pixels."""


def read_patch(path: Path) -> Image.Image:
    """Read an image file as upright RGB pixels, without anything else the file holds.

    Of an animation or of several pages the first is taken; transparent parts become white.

    Raises:
        ImageError: The file is no usable patch; the message says why and what to do.
    """
    with _damage_told(), path.open("rb") as file:
        return _pixels(file)


def patch_of(data: bytes) -> Image.Image:
    """Read the bytes of an image file as `read_patch` reads a file.

    Raises:
        ImageError: They are no usable patch; the message says why and what to do.
    """
    with _damage_told():
        return _pixels(io.BytesIO(data))


def load_patch(path: Path) -> Image.Image:
    """Read the pixels of a stored patch.

    Raises:
        ImageError: The file is gone.
    """
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return image.convert("RGB")
    except FileNotFoundError as error:
        raise ImageError("A patch of this conversation is no longer kept.") from error


def pixel_hash(image: Image.Image) -> str:
    """Return the SHA-256 of mode, size and pixels: of what is seen, however it was saved."""
    digest = hashlib.sha256(f"{image.mode} {image.width}x{image.height}\n".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def png_bytes(image: Image.Image) -> bytes:
    """Return a picture as a PNG file that holds its pixels and nothing else."""
    bare = image.copy()
    bare.info = {}
    buffer = io.BytesIO()
    bare.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def preview_bytes(image: Image.Image) -> bytes | None:
    """Return a small WebP file for pages, or None where the picture is small itself."""
    if max(image.size) <= PREVIEW_SIDE:
        return None
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.info = {}
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=85)
    return buffer.getvalue()


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except ImageError:
        raise
    except Exception as error:  # damaged files make decoders raise nearly anything
        logger.info("An upload could not be decoded: %s", type(error).__name__)
        raise ImageError(
            "The picture is damaged or incomplete and cannot be read. Save or export it once more."
        ) from error


def _pixels(file: BinaryIO) -> Image.Image:
    with open_header(file) as image:
        image.load()
        pixels = _on_white(_to_eight_bits(_upright(image)))
    pixels.info = {}
    return pixels


def _upright(image: Image.Image) -> Image.Image:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        logger.info("The EXIF of an upload cannot be read; it is taken as upright.")
    return image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey values, which a plain conversion would clip."""
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((values + 128) // 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ImageError(
            "The picture has 32 bits per pixel, and which of them are black and white is not said. "
            "Save it with 8 or 16 bits per channel."
        )
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", colours.size, "white")
    white.paste(colours, mask=colours)
    return white

"""What an image file claims to be, judged from its first bytes, before any pixel is decoded.

Pillow's readers are used one by one and not through `Image.open`: its warning about large
pictures would reach the log although such pictures are refused here, and its WebP reader reserves
room for every pixel when it opens a file, so that size is read beforehand.
"""

from typing import BinaryIO

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from clover_chat.errors import ImageError

MOST_MEGAPIXELS = 50
LONGEST_SIDE = 20_000
SHORTEST_SIDE = 16

_READERS: dict[bytes, type[ImageFile]] = {
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"\xff\xd8\xff": JpegImageFile,
    b"II*\x00": TiffImageFile,
    b"MM\x00*": TiffImageFile,
    b"II+\x00": TiffImageFile,  # BigTIFF
    b"MM\x00+": TiffImageFile,
}


def open_header(file: BinaryIO) -> ImageFile:
    """Open an image whose size is acceptable; its pixels have not been decoded.

    Raises:
        ImageError: It is empty, of another format, too large or too small.
    """
    head = file.read(32)
    file.seek(0)
    if not head:
        raise ImageError("The file is empty. Save or export the picture once more.")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        check_size(*_webp_size(head))
        return WebPImageFile(file)
    image = _reader(head)(file)
    check_size(*image.size)
    return image


def check_size(width: int, height: int) -> None:
    """Judge a picture by its size.

    Raises:
        ImageError: It is too large to decode or too small to show anything.
    """
    size = f"The picture has {width:,} x {height:,} pixels"
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        raise ImageError(
            f"{size}; up to {MOST_MEGAPIXELS} megapixels can be read. Cut out a patch of it."
        )
    if max(width, height) > LONGEST_SIDE:
        raise ImageError(f"{size}; a side may have up to {LONGEST_SIDE:,}. Cut out a patch of it.")
    if min(width, height) < SHORTEST_SIDE:
        raise ImageError(f"{size}; each side needs {SHORTEST_SIDE} or more. Add a larger patch.")


def _reader(head: bytes) -> type[ImageFile]:
    for signature, reader in _READERS.items():
        if head.startswith(signature):
            return reader
    raise ImageError(
        "The file is no picture that can be read. A patch is a PNG, JPEG, TIFF or WebP file."
    )


def _webp_size(head: bytes) -> tuple[int, int]:
    """Return the size an extended, a lossless or a lossy WebP file begins with."""
    kind = head[12:16]
    if kind == b"VP8X":
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")

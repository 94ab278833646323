"""Image files of every kind that somebody may upload, made on the spot."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

PATIENT = "Erika Mustermann, 1957-03-14"


def tissue(width: int = 64, height: int = 48) -> Image.Image:
    """Return something pink and violet in which no two corners look alike."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 - 120 * x // width
    green = 60 + 160 * y // height
    blue = 180 + 0 * x
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8))


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def write(directory: Path, data: bytes, name: str = "upload") -> Path:
    """Write bytes into a file; what it is called must not matter."""
    path = directory / name
    path.write_bytes(data)
    return path


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size, with next to nothing behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def tiff_claiming(width: int, height: int) -> bytes:
    """Return an RGB TIFF whose directory claims a size, with next to nothing behind it."""
    long, short = 4, 3
    tags = [
        (256, long, width),
        (257, long, height),
        (258, short, 8),
        (259, short, 1),
        (262, short, 2),
        (273, long, 8),
        (277, short, 3),
        (278, long, height),
        (279, long, width * height * 3 & 0xFFFFFFFF),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)


def jpeg_claiming(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header claims a size."""
    data = encoded(tissue(), "JPEG")
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def webp_claiming(width: int, height: int) -> bytes:
    """Return an extended WebP whose header claims a canvas."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<II", 10, 0) + canvas
    frame = encoded(tissue(), "WEBP")[12:]
    body = b"WEBP" + extended + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


CLAIMING: dict[str, Callable[[int, int], bytes]] = {
    "PNG": png_claiming,
    "TIFF": tiff_claiming,
    "JPEG": jpeg_claiming,
    "WebP": webp_claiming,
}


def png_chunks(data: bytes) -> list[str]:
    """Return the kinds of chunks a PNG consists of."""
    kinds, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kinds.append(data[at + 4 : at + 8].decode())
        at += 12 + length
    return kinds


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

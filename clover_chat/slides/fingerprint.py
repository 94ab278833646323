"""What a slide file is called inside the program: a hash of its content, never of its name.

Slides are gigabytes, so the hash covers the size and evenly spread samples, not every byte. The
reader adds OpenSlide's own quick hash of the smallest level. A folder hashes its files in an order
that no name decides.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

SAMPLE_BYTES = 32 * 1024
SAMPLES = 8


def fingerprint(path: Path) -> str:
    """Return a SHA-256 over samples of a file or of all files in a folder, hexadecimal."""
    if path.is_dir():
        inside = (each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
        return combined(sorted(_of_file(each) for each in inside))
    return _of_file(path)


def combined(parts: Iterable[str]) -> str:
    """Return one SHA-256 for several texts, hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        digest = hashlib.sha256(size.to_bytes(8, "big"))
        for offset in _offsets(size):
            file.seek(offset)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


def _offsets(size: int) -> Iterable[int]:
    """Yield where to read: everything of a small file, else samples from head to tail."""
    if size <= SAMPLES * SAMPLE_BYTES:
        return range(0, size, SAMPLE_BYTES)
    last = size - SAMPLE_BYTES
    return (last * i // (SAMPLES - 1) for i in range(SAMPLES))

"""Keeps what probing found out about a file, until the file changes; holds no file names."""

import hashlib
import os
from pathlib import Path

from clover_chat.slides.description import SlideDescription
from clover_chat.slides.formats import INDEX_FILE, companion_dir
from clover_chat.slides.thumbnails import write_atomically


class DescriptionStore:
    """Descriptions on disk, by a hash of where and when the file was.

    Args:
        folder: Where they lie; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, path: Path) -> SlideDescription | None:
        """Return the description of an unchanged file, None where it has to be probed."""
        try:
            return SlideDescription.from_json(self._kept_at(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def put(self, path: Path, description: SlideDescription) -> None:
        """Keep a description for as long as the file stays as it is."""
        write_atomically(self._kept_at(path), description.to_json().encode())

    def _kept_at(self, path: Path) -> Path:
        return self._folder / f"{signature(path)}.json"


def signature(path: Path) -> str:
    """Return a hash that changes when a slide's files are replaced, edited or moved.

    Raises:
        OSError: The file is not there any more.
    """
    parts = [path]
    if path.suffix.lower() in INDEX_FILE | {".dcm", ""}:
        parts.append(companion_dir(path) or path.parent)
    digest = hashlib.sha256()
    for part in parts:
        stat = part.stat()
        digest.update(os.fsencode(part.absolute()) + b"\0")
        digest.update(f"{stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()

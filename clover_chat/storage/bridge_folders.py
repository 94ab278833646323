"""Bridge folders that were installed in the data directory, each under a name of its own.

A folder is copied beside its place, flushed to disk and renamed: a name stands for a whole folder
or for none. Copies that were cut off begin with a dot and are swept away by the next one.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clover_chat.errors import PromotionError, StorageError
from clover_chat.storage.files import settle

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PART = ".part-"


class BridgeFolders:
    """A directory of installed bridges.

    Args:
        directory: Where they lie; made with the first.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def names(self) -> list[str]:
        """Return the names of all installed bridges."""
        if not self._directory.is_dir():
            return []
        found = (each.name for each in self._directory.iterdir() if each.is_dir())
        return sorted(name for name in found if _NAME.fullmatch(name))

    def path(self, name: str) -> Path:
        """Return where a bridge of that name lies, or would lie.

        Raises:
            PromotionError: A bridge cannot be called so.
        """
        if not _NAME.fullmatch(name):
            raise PromotionError(
                f"A bridge cannot be called {name!r}: take up to 64 letters, digits, dots, dashes "
                "and underscores, the first a letter or digit."
            )
        return self._directory / name

    def install(self, source: Path, name: str, files: Mapping[str, str]) -> None:
        """Copy files of a folder under a name that is free, all of them or none.

        Args:
            source: The folder.
            name: Of the bridge.
            files: SHA-256 of each file to copy, by its name.

        Raises:
            PromotionError: A bridge cannot be called so.
            StorageError: It cannot be copied; nothing changed then.
        """
        target = self.path(name)
        try:
            self._sweep()
            part = Path(tempfile.mkdtemp(dir=self._directory, prefix=_PART))
            for file, expected in files.items():
                if _copy(source / file, part / file) != expected:
                    raise StorageError(
                        f"{file} in the bridge folder {str(source)!r} was changed while it was "
                        "copied. Try again when nobody writes there."
                    )
            settle(part)
            part.rename(target)
            settle(self._directory)
        except OSError as error:
            raise StorageError(
                f"The bridge folder {str(source)!r} cannot be copied: {error.strerror}."
            ) from error

    def _sweep(self) -> None:
        for left in self._directory.glob(f"{_PART}*"):
            shutil.rmtree(left)


def _copy(source: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of the copy."""
    with source.open("rb") as reading, target.open("w+b") as writing:
        shutil.copyfileobj(reading, writing)
        writing.flush()
        os.fsync(writing.fileno())
        writing.seek(0)
        return hashlib.file_digest(writing, "sha256").hexdigest()

"""Pictures as files that are named by their content: the same picture is kept once.

The store knows bytes and keys; what the bytes mean is for others to say.
"""

import re
from pathlib import Path

from clover_chat.errors import StorageError
from clover_chat.storage.files import write_whole

_KEY = re.compile(r"[0-9a-f]{64}")


class ImageStore:
    """A directory of PNG files, each under the first two digits of its key.

    Beside a large picture lies a preview, a small WebP file for pages.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def directory(self) -> Path:
        """Where the pictures lie."""
        return self._directory.resolve()

    def paths(self, key: str) -> tuple[Path, ...]:
        """Return the files that belong to a picture, none for what is no key."""
        is_key = _KEY.fullmatch(key) is not None
        return (self.path(key), self._preview_path(key)) if is_key else ()

    def path(self, key: str) -> Path:
        """Return where the picture lies, or would lie.

        Raises:
            StorageError: The key is no SHA-256; a path must never be made from anything else.
        """
        if not _KEY.fullmatch(key):
            raise StorageError("A picture is named by 64 hexadecimal digits; this key is not.")
        return self._directory / key[:2] / f"{key}.png"

    def shown_path(self, key: str) -> Path:
        """Return what a page shows: the preview, or the picture itself where that is small."""
        preview = self._preview_path(key)
        return preview if preview.is_file() else self.path(key)

    def exists(self, key: str) -> bool:
        """Say whether the picture is kept."""
        return self.path(key).is_file()

    def put(self, key: str, data: bytes, preview: bytes | None = None) -> Path:
        """Keep a picture, whole or not at all, and return where it lies."""
        path = self.path(key)
        if preview is not None:
            self._keep(self._preview_path(key), preview)
        self._keep(path, data)
        return path

    def remove(self, key: str) -> None:
        """Forget a picture; one that is not there is no mistake."""
        self.path(key).unlink(missing_ok=True)
        self._preview_path(key).unlink(missing_ok=True)

    def _preview_path(self, key: str) -> Path:
        return self.path(key).with_suffix(".webp")

    def _keep(self, path: Path, data: bytes) -> None:
        if path.is_file():
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise StorageError(f"The picture cannot be kept: {error.strerror}.") from error

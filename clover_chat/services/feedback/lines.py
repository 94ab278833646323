"""A file of JSON objects, one a line, that is hashed while it is written."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clover_chat.services.feedback.worktable import Worktable


class LineFile:
    """Writes lines; without any there is no file.

    Args:
        path: Where.
        table: Takes the hash of the finished file.

    Attributes:
        lines: How many were written.
    """

    def __init__(self, path: Path, table: Worktable) -> None:
        self.lines = 0
        self._path = path
        self._table = table
        self._digest = sha256()
        self._size = 0
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file and note its hash."""
        self._file.close()
        if not self.lines:
            self._path.unlink()
        else:
            self._table.add_file(self._path.name, self._digest.hexdigest(), self._size)

    def write(self, values: Mapping[str, Any]) -> None:
        """Add a line."""
        line = json.dumps(values, ensure_ascii=False).encode() + b"\n"
        self._file.write(line)
        self._digest.update(line)
        self._size += len(line)
        self.lines += 1

"""Encoder features are a function of the pixels: computed once, kept in memory and on disk.

Features lie under the picture's content hash in a folder named after the encoder's own hash, so
that another encoder never meets them.
"""

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor


class FeatureStore:
    """Keeps encoder features by picture, the most recent ones in memory.

    Args:
        directory: Folder for one encoder's features; None keeps them in memory only.
        memory_bytes: Features beyond this many bytes leave memory, oldest first.
        disk_bytes: Files beyond this many bytes are deleted, oldest first, when the store is
            opened.
    """

    def __init__(
        self,
        directory: Path | None,
        memory_bytes: int = 64 << 20,
        disk_bytes: int = 4 << 30,
    ) -> None:
        self._directory = directory
        self._memory_bytes = memory_bytes
        self._held: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()
        if directory is not None:
            _trim(directory, disk_bytes)

    def get(self, key: str, compute: Callable[[], Tensor]) -> Tensor:
        """Return the features of a picture, [P, V], computing them if nobody has.

        They are laid out alike whether computed or read, for sums over another layout round
        otherwise, and what is learnt from them would depend on who looked first.

        Args:
            key: Content hash of the picture, with anything else that changes its features.
            compute: Runs the encoder; called only when neither memory nor disk holds the features.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        features = self._read(key)
        if features is None:
            features = compute().to(torch.float16).contiguous()
            self._write(key, features)
        self._hold(key, features)
        return features

    def _hold(self, key: str, features: Tensor) -> None:
        with self._lock:
            self._held[key] = features
            while len(self._held) > 1 and self._bytes_held() > self._memory_bytes:
                self._held.popitem(last=False)

    def _bytes_held(self) -> int:
        return sum(features.nbytes for features in self._held.values())

    def _path(self, key: str) -> Path | None:
        return self._directory / key[:2] / f"{key}.safetensors" if self._directory else None

    def _read(self, key: str) -> Tensor | None:
        path = self._path(key)
        if path is None or not path.exists():
            return None
        try:
            return load_file(path)["features"]
        except (OSError, SafetensorError, KeyError):
            path.unlink(missing_ok=True)
            return None

    def _write(self, key: str, features: Tensor) -> None:
        if (path := self._path(key)) is not None:
            save_whole({"features": features}, path)


def save_whole(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors, whole or not at all, whoever else may be writing the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    save_file(tensors, name)
    Path(name).replace(path)


def _trim(directory: Path, limit: int) -> None:
    """Delete the oldest files until the folder holds at most `limit` bytes."""
    files = sorted(directory.glob("*/*.safetensors"), key=lambda path: path.stat().st_mtime)
    total = sum(path.stat().st_size for path in files)
    for path in files:
        if total <= limit:
            return
        total -= path.stat().st_size
        path.unlink(missing_ok=True)

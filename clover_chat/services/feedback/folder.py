"""A folder that is replaced as a whole: whoever looks finds the old one or the new one, complete.

The new one is written beside the old one and takes its name in one step, so that a program that is
killed at any moment leaves nothing half-done under that name.
"""

import ctypes
import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clover_chat.errors import ExportError

MANIFEST, SCHEMA, LINEAGE, IMAGES = "manifest.json", "schema.json", "lineage.jsonl", "images"
NAMES = {MANIFEST, SCHEMA, LINEAGE, IMAGES, "train.jsonl", "val.jsonl", "records.jsonl"}
"""What an export may hold."""

KIND = "clover-chat feedback export"
_AT_WORKING_DIRECTORY = -100
_EXCHANGE = 2


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, and put it in place of another once the block is through.

    Args:
        folder: What is replaced: an earlier export, an empty folder, or nothing yet.

    Raises:
        ExportError: It holds something else, or cannot be written.
    """
    folder = folder.resolve()
    _check(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder.parent):
            yield from _written(folder.with_name(f".{folder.name}.unfinished"), folder)
    except OSError as error:
        raise ExportError(f"The export cannot be written: {error.strerror}.") from error


def _written(unfinished: Path, folder: Path) -> Iterator[Path]:
    try:
        shutil.rmtree(unfinished, ignore_errors=True)  # of a program that was killed
        unfinished.mkdir(mode=0o700)
        yield unfinished
        _sync(unfinished)
        _put_in_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Wait until no other program writes an export there; the system lets go of the dead."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{str(folder)!r} is a file; name a folder.")
    inside = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if inside and not (inside <= NAMES and _is_ours(folder / MANIFEST)):
        raise ExportError(
            f"{str(folder)!r} holds something that is no earlier export; name another folder."
        )


def _is_ours(manifest: Path) -> bool:
    try:
        return bool(json.loads(manifest.read_text(encoding="utf-8"))["kind"] == KIND)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _put_in_place(unfinished: Path, folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        unfinished.replace(folder)
    elif not _exchange(unfinished, folder):
        retired = folder.with_name(f".{folder.name}.retired")
        shutil.rmtree(retired, ignore_errors=True)
        folder.replace(retired)
        unfinished.replace(folder)
        shutil.rmtree(retired)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders swap names in one step; False where the system does not know how."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    here = _AT_WORKING_DIRECTORY
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), _EXCHANGE) == 0)


def _sync(folder: Path) -> None:
    """Have the files on the disk before the name leads to them."""
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

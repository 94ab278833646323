"""What becomes of uploads: good pictures go into the store, files and names are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from clover_chat.errors import ImageError, SlideError
from clover_chat.services.chat import ChatService


class Draft(TypedDict):
    """What the composer holds."""

    text: str
    files: list[str]


@dataclass(frozen=True)
class Kept:
    """The pictures of a message that can be used, and a sentence for each that cannot."""

    keys: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def is_worth_asking(self) -> bool:
        """Whether the question still makes sense: not if every one of its pictures was refused."""
        return bool(self.keys) or not self.problems


def keep(chat: ChatService, files: Sequence[str], max_bytes: int) -> Kept:
    """Store the pictures of a message; one that cannot be used does not hinder the others."""
    keys: list[str] = []
    problems: list[str] = []
    for place, file in enumerate(files, start=1):
        try:
            _check_size(Path(file), max_bytes)
            keys.append(chat.add_patch(Path(file)).key)
        except ImageError as error:
            which = f"Picture {place}: " if len(files) > 1 else ""
            problems.append(f"{which}{error}")
    return Kept(tuple(dict.fromkeys(keys)), tuple(problems))


def check_ours(path: Path, upload_dir: Path) -> None:
    """Refuse a path from a browser that does not name an upload.

    Raises:
        SlideError: It lies elsewhere, or is gone.
    """
    if not _is_upload(path, upload_dir):
        raise SlideError("This upload did not arrive; try it once more.")


def _check_size(path: Path, max_bytes: int) -> None:
    """Refuse a picture that is only small enough for a slide."""
    if path.is_file() and path.stat().st_size > max_bytes:
        raise ImageError(
            f"This picture has {path.stat().st_size / 2**20:.0f} MiB; "
            f"at most {max_bytes / 2**20:.0f} MiB are taken. A slide is opened in the viewer."
        )


def discard(files: Sequence[str], upload_dir: Path) -> None:
    """Delete uploads once they are dealt with; anything outside the upload directory stays."""
    for file in map(Path, files):
        if _is_upload(file, upload_dir):
            file.unlink(missing_ok=True)


def _is_upload(file: Path, upload_dir: Path) -> bool:
    """Say whether a path that a browser named is a file in the upload directory."""
    try:
        return file.resolve().is_relative_to(upload_dir.resolve()) and file.is_file()
    except (OSError, ValueError, RuntimeError):  # no name that a file can have
        return False

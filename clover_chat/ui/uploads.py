"""What becomes of uploads: good pictures go into the store, files and names are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from clover_chat.errors import ImageError
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


def keep(chat: ChatService, files: Sequence[str]) -> Kept:
    """Store the pictures of a message; one that cannot be used does not hinder the others."""
    keys: list[str] = []
    problems: list[str] = []
    for place, file in enumerate(files, start=1):
        try:
            keys.append(chat.add_patch(Path(file)).key)
        except ImageError as error:
            which = f"Picture {place}: " if len(files) > 1 else ""
            problems.append(f"{which}{error}")
    return Kept(tuple(dict.fromkeys(keys)), tuple(problems))


def discard(files: Sequence[str], upload_dir: Path) -> None:
    """Delete uploads once they are dealt with; anything outside the upload directory stays."""
    for file in map(Path, files):
        if file.resolve().is_relative_to(upload_dir.resolve()):
            file.unlink(missing_ok=True)

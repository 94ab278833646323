"""What belongs to whom while the server runs: pages, uploads on their way, events in the queue.

Whatever names them in a request is a random text that a browser or Gradio made up. It belongs to
whoever used it first, and to nobody else.
"""

import os
import threading
from collections import OrderedDict
from pathlib import Path

from clover_chat.services.rights import PictureRights
from clover_chat.storage.images import ImageStore

_MOST_REMEMBERED = 50_000
_LONGEST_PATH = 4096


class Claims:
    """Remembers who used a name first; a bounded number of names, the last used ones."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, owner: str, name: str) -> bool:
        """Take a name that nobody has used yet; return whether it is this person's."""
        with self._lock:
            owners = self._owners.setdefault(name, {owner})
            self._owners.move_to_end(name)
            while len(self._owners) > _MOST_REMEMBERED:
                self._owners.popitem(last=False)
            return owner in owners

    def give(self, owner: str, name: str) -> None:
        """Let a person have a name, beside those who have it already."""
        with self._lock:
            self._owners.setdefault(name, set()).add(owner)

    def holds(self, owner: str, name: str) -> bool:
        """Return whether a name is this person's."""
        with self._lock:
            return owner in self._owners.get(name, set())


class Files:
    """Says whose a file is that a browser names.

    Args:
        images: Where pictures are kept.
        rights: Who may see which of them.
        upload_dir: Where uploads lie until they are dealt with.
    """

    def __init__(self, images: ImageStore, rights: PictureRights, upload_dir: Path) -> None:
        self._images = images
        self._rights = rights
        self._upload_dir = upload_dir.resolve()
        self._uploads = Claims()

    def arrived(self, owner: str, path: str) -> None:
        """Note who brought an upload."""
        self._uploads.give(owner, path)

    def may_see(self, owner: str, path: str) -> bool:
        """Say whether a file is a person's: an upload of theirs, or a picture they may see."""
        if self._uploads.holds(owner, path):
            return True
        key = Path(path).stem
        if path not in map(str, self._images.paths(key)):
            return False
        return self._rights.may_see(owner, key)

    def is_ours(self, text: str) -> bool:
        """Say whether a text leads to a file that this server keeps for somebody.

        One that no system call would take as a path leads nowhere.
        """
        if "/" not in text or "\0" in text:
            return False
        path = Path(text)
        try:
            if len(os.fsencode(path)) > _LONGEST_PATH:
                return False
            found = path.resolve()
        except ValueError:  # letters that no file has
            return False
        except (OSError, RuntimeError):
            return True
        return any(
            found.is_relative_to(each) for each in (self._upload_dir, self._images.directory)
        )

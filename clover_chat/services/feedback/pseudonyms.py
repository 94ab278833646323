"""Names that stand for persons and rows outside this server, the same in every export.

Only who has the key can tell which name stands for whom, even where the candidates can be listed.
"""

import hmac
from hashlib import sha256
from pathlib import Path

from clover_chat.storage.files import own_key

_LENGTH = 32


class Pseudonyms:
    """Makes names with a key of this server.

    Args:
        key: Any bytes; other keys make other names.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> "Pseudonyms":
        """Use the key in a file that only we may read; write a new one where there is none."""
        return cls(own_key(path))

    def of(self, kind: str, value: str | int) -> str:
        """Return what stands for a value of a kind, 32 hexadecimal digits."""
        return hmac.new(self._key, f"{kind} {value}".encode(), sha256).hexdigest()[:_LENGTH]

"""Two files that lie beside a bridge and belong to it: facts as JSON, numbers as safetensors.

Both are optional; a folder may have neither.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.features import save_whole

FORMAT = 1


class Held(NamedTuple):
    """What the two files hold.

    Attributes:
        facts: As they were written; whoever reads them checks them.
        tensors: By name.
    """

    facts: dict[str, Any]
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class Companion:
    """A pair of files of one kind.

    Attributes:
        facts: Name of the JSON file.
        tensors: Name of the other one.
        verb: The verb of `clover-train` that writes them.
    """

    facts: str
    tensors: str
    verb: str

    def save(
        self, folder: Path, bridge: str, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]
    ) -> None:
        """Write both beside a bridge; older ones are replaced.

        Args:
            folder: The bridge folder.
            bridge: SHA-256 of the bridge in it, hexadecimal.
            facts: What JSON can hold.
            tensors: By name; kept as float32.
        """
        rows = {name: each.float().contiguous() for name, each in tensors.items()}
        save_whole(rows, folder / self.tensors)
        told = {"format": FORMAT, "bridge": bridge, **facts}
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        (folder / self.facts).write_text(text, encoding="utf-8")

    def load(self, folder: Path, bridge: str) -> Held | None:
        """Return what lies beside a bridge, None if the folder has neither file.

        Args:
            folder: The bridge folder.
            bridge: SHA-256 of the bridge that was loaded from it, hexadecimal.

        Raises:
            BridgeMismatch: They belong to another bridge.
            BridgeError: One of them is missing or damaged.
        """
        if not (folder / self.facts).exists() and not (folder / self.tensors).exists():
            return None
        facts, tensors = self._facts(folder), self._tensors(folder)
        if facts["bridge"] != bridge:
            raise BridgeMismatch(
                f"{self.facts} in {folder.name!r} belongs to another bridge: expected SHA-256 "
                f"{bridge[:12]}, found {facts['bridge'][:12]}. {self._advice}"
            )
        return Held(facts, tensors)

    def problem(self, folder: Path, what: str) -> BridgeError:
        """Return the error that says what is wrong in a folder, and what to do."""
        return BridgeError(f"In the bridge folder {folder.name!r}, {what}. {self._advice}")

    @property
    def _advice(self) -> str:
        return (
            f"Run clover-train {self.verb} for this bridge, or remove {self.facts} and "
            f"{self.tensors}."
        )

    def _facts(self, folder: Path) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads((folder / self.facts).read_text(encoding="utf-8"))
            if facts["format"] != FORMAT:
                raise ValueError(f"its format is {facts['format']!r}, expected {FORMAT}")
            if not isinstance(facts["bridge"], str):
                raise TypeError("bridge should be a text")
        except OSError as error:
            raise self.problem(folder, f"{self.facts} cannot be used ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.problem(folder, f"{self.facts} cannot be used ({error})") from error
        return facts

    def _tensors(self, folder: Path) -> dict[str, Tensor]:
        try:
            return load_file(folder / self.tensors)
        except (OSError, SafetensorError) as error:
            raise self.problem(folder, f"{self.tensors} is missing or damaged") from error

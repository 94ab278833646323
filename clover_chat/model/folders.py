"""A folder in the model hub's own layout: config.json, safetensors and tokenizer.json.

What is missing or damaged is said in a sentence. Pickled weights are never read.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, uint8

from clover_chat.errors import WeightsError

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"


class ModelFolder:
    """A folder with a published model.

    Args:
        path: The folder.
        title: What a person calls the model.

    Raises:
        WeightsError: A file is missing or damaged.
    """

    def __init__(self, path: Path, title: str) -> None:
        self.path = path
        self.title = title
        self.read_json(CONFIG)
        self._homes = {name: file for file in self._files() for name in self._names(file)}

    def problem(self, what: str) -> WeightsError:
        """Return an error about this folder, such as "lacks config.json"."""
        return WeightsError(
            f"The folder {self.path.name!r} of {self.title} {what}. Fetch its files again."
        )

    def read_json(self, name: str) -> dict[str, Any]:
        """Return what a JSON file of the folder holds.

        Raises:
            WeightsError: It is missing or damaged.
        """
        try:
            found = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self.problem(f"lacks {name}, or it is damaged") from error
        if not isinstance(found, dict):
            raise self.problem(f"has a damaged {name}")
        return found

    @property
    def names(self) -> list[str]:
        """Names of all tensors."""
        return sorted(self._homes)

    def tensors(self, *prefixes: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin so."""
        return dict(self._read(prefixes))

    def digest(self, *prefixes: str) -> str:
        """Return the SHA-256 of those tensors with their names and shapes, hexadecimal.

        How they are spread over files does not matter.
        """
        whole = hashlib.sha256()
        for name, tensor in self._read(prefixes):
            whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            whole.update(tensor.flatten().view(uint8).numpy().data)
        return whole.hexdigest()

    def stamp(self, *prefixes: str) -> str:
        """Return what changes whenever `digest` may, without reading the tensors."""
        facts = [str(self.path.resolve()), *prefixes]
        for file in sorted(set(self._homes.values())):
            state = file.stat()
            facts.append(f"{file.name} {state.st_size} {state.st_mtime_ns}")
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    def _files(self) -> list[Path]:
        """Return the safetensors, one or as many as the index names."""
        if (self.path / WEIGHTS).exists():
            return [self.path / WEIGHTS]
        if not (self.path / INDEX).exists():
            raise self.problem(f"lacks {WEIGHTS} (pickled weights are never read)")
        named = self.read_json(INDEX).get("weight_map", {})
        files = [self.path / name for name in sorted(set(named.values()))]
        for file in files:
            if not file.exists():
                raise self.problem(f"lacks {file.name}")
        return files

    def _names(self, file: Path) -> list[str]:
        """Return the names of a file's tensors; a file that was cut off fails here."""
        try:
            with safe_open(file, "pt") as opened:
                return list(opened.keys())
        except (OSError, SafetensorError) as error:
            raise self.problem(f"has a damaged {file.name}") from error

    def _read(self, prefixes: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        for name in (name for name in self.names if name.startswith(prefixes)):
            with safe_open(self._homes[name], "pt") as opened:
                yield name, opened.get_tensor(name)

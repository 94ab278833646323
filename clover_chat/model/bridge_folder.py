"""What a bridge folder says of itself, read without torch and without opening its tensors.

    config.json           architecture, version, and the frozen models it belongs to, by SHA-256
    bridge.safetensors    the trained tensors; the SHA-256 of this file names the bridge
    tokenizer.json        the Q-Former's vocabulary
    reading.json, reading.safetensors   its own reading of pictures, where it has one
    familiar.json, familiar.safetensors  what it remembers of the pictures it learnt from, likewise
    README.md             the model card
    metrics.json          what was measured, and what it was made from
    gate.json             whether it was found better than the bridge it would replace

The last three may be missing. `metrics.json` is an object of objects that end in figures: a number,
or an object with `value` and perhaps `low` and `high`. One name in it is no figure:

    "lineage": {
        "parent": SHA-256 of the bridge.safetensors that training went on from,
        "data": {file name: SHA-256 of a file that was learnt from},
        "recipe": {setting: value}
    }

each part of which may be left out. `gate.json` holds `passed` (true or false), `candidate` (SHA-256
of this bridge) and `parent` (SHA-256 of the bridge it was compared with); what else it holds is for
people.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.errors import BridgeError

CONFIG, TENSORS, VOCABULARY = "config.json", "bridge.safetensors", "tokenizer.json"
READING_NAMES, READING_TENSORS = "reading.json", "reading.safetensors"
FAMILIAR_FACTS, FAMILIAR_TENSORS = "familiar.json", "familiar.safetensors"
CARD, METRICS, GATE = "README.md", "metrics.json", "gate.json"
FILES = (
    CONFIG,
    TENSORS,
    VOCABULARY,
    READING_NAMES,
    READING_TENSORS,
    FAMILIAR_FACTS,
    FAMILIAR_TENSORS,
    CARD,
    METRICS,
    GATE,
)
LINEAGE = "lineage"
_LENGTH_BYTES = 8


@dataclass(frozen=True)
class Chosen:
    """Which bridge is to answer.

    Attributes:
        folder: Where it lies; None for the one a preset has without a folder.
        sha256: What its tensors must hash to; "" where anything will do.
        number: Of the promotion that chose it; 0 before any.
    """

    folder: Path | None
    sha256: str = ""
    number: int = 0


Choose = Callable[[], Chosen]
"""Says which bridge is to answer now; asked before every answer, so it has to be quick.

Raises `CloverError` where that cannot be known.
"""


@dataclass(frozen=True)
class Figure:
    """Something measured, with its interval where there is one."""

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.4g}"
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"


@dataclass(frozen=True)
class Lineage:
    """What a bridge was made from; empty where nobody wrote it down."""

    parent: str
    data: Mapping[str, str]
    recipe: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What a gate found.

    Attributes:
        has_passed: Whether the candidate may take the other's place.
        candidate: SHA-256 of the bridge that was tried.
        parent: SHA-256 of the bridge it was compared with.
    """

    has_passed: bool
    candidate: str
    parent: str


@dataclass(frozen=True)
class BridgeFolder:
    """A bridge folder as it describes itself.

    Attributes:
        path: Where it lies.
        preset: The combination it belongs to.
        version: As shown with its answers.
        frozen: SHA-256 of the frozen models it belongs to.
        files: SHA-256 of each of its files, by name.
        summary: Title and first paragraph of the card, "" without one.
        figures: By dotted name, in the order of the file.
        lineage: What it was made from.
        verdict: Of the gate, None without one.
    """

    path: Path
    preset: str
    version: str
    frozen: Mapping[str, str]
    files: Mapping[str, str]
    summary: str
    figures: Mapping[str, Figure]
    lineage: Lineage
    verdict: Verdict | None

    @property
    def sha256(self) -> str:
        """What names the bridge: the SHA-256 of its tensors' file."""
        return self.files[TENSORS]


def read_bridge(path: Path) -> BridgeFolder:
    """Return what a bridge folder says of itself.

    Raises:
        BridgeError: There is no such folder, or one of its files is missing or damaged.
    """
    if not path.is_dir():
        raise BridgeError(
            f"There is no bridge folder {path}. Name one that holds {CONFIG} and {TENSORS}."
        )
    _check_length(path)
    config = _read_object(path, CONFIG)
    metrics = _read_object(path, METRICS) if (path / METRICS).exists() else {}
    try:
        return BridgeFolder(
            path=path,
            preset=str(config["preset"]),
            version=str(config["version"]),
            frozen=dict(config["frozen"]),
            files=hashes(path),
            summary=_summary(path / CARD),
            figures=dict(_figures(metrics)),
            lineage=_lineage(metrics.get(LINEAGE, {})),
            verdict=_verdict(path) if (path / GATE).exists() else None,
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BridgeError(
            f"The bridge folder {path.name!r} cannot be read ({error}). Copy the whole folder "
            "again."
        ) from error


def hashes(path: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that a bridge folder has, by name."""
    found: dict[str, str] = {}
    for name in FILES:
        if (path / name).is_file():
            with (path / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _check_length(path: Path) -> None:
    """Refuse tensors whose file was cut off: its head says how long it should be."""
    try:
        with (path / TENSORS).open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            room = (path / TENSORS).stat().st_size - _LENGTH_BYTES - length
            head = json.loads(file.read(length)) if room >= 0 else {}
        ends = [each["data_offsets"][1] for name, each in head.items() if name != "__metadata__"]
        is_whole = max(ends, default=-1) == room
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        is_whole = False
    if not is_whole:
        raise BridgeError(
            f"{TENSORS} in the bridge folder {path.name!r} is missing or damaged. "
            "Copy the folder again."
        )


def _read_object(path: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((path / name).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError("it should be an object")
    except (OSError, ValueError, TypeError) as error:
        raise BridgeError(
            f"{name} in the bridge folder {path.name!r} is missing or damaged ({error}). "
            "Copy the whole folder again."
        ) from error
    return found


def _figures(metrics: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Figure]]:
    for key, found in metrics.items():
        name = f"{above}{key}"
        if name == LINEAGE:
            continue
        if isinstance(found, int | float) and not isinstance(found, bool):
            yield name, Figure(float(found))
        elif isinstance(found, dict) and "value" in found:
            yield name, Figure(float(found["value"]), found.get("low"), found.get("high"))
        elif isinstance(found, dict):
            yield from _figures(found, f"{name}.")


def _lineage(found: Mapping[str, Any]) -> Lineage:
    data = {str(name): str(digest) for name, digest in found.get("data", {}).items()}
    return Lineage(str(found.get("parent") or ""), data, dict(found.get("recipe", {})))


def _verdict(path: Path) -> Verdict:
    found = _read_object(path, GATE)
    return Verdict(found["passed"] is True, str(found["candidate"]), str(found["parent"]))


def _summary(card: Path) -> str:
    """Return the title of a card and the paragraph below it."""
    if not card.is_file():
        return ""
    body = card.read_text(encoding="utf-8")
    if body.startswith("---\n"):  # what the model hub wants to know stands before the text
        body = body.partition("\n---\n")[2]
    blocks = [" ".join(block.split()) for block in body.split("\n\n") if block.strip()]
    return "\n".join(block.lstrip("# ") for block in blocks[:2])

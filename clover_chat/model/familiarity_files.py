"""What a bridge remembers of its pictures on disk: `familiar.json` and `familiar.safetensors`.

Both are optional; a folder without them holds a bridge that takes every picture alike.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.bridge_folder import FAMILIAR_FACTS, FAMILIAR_TENSORS
from clover_chat.model.familiarity import FamiliarPictures

FORMAT = 1
FACTS, TENSORS = FAMILIAR_FACTS, FAMILIAR_TENSORS
_PARTS = ("center", "scale", "basis", "whitening", "means", "limits")


def save_familiar(folder: Path, familiar: FamiliarPictures) -> None:
    """Write what is remembered beside its bridge; an older one is replaced."""
    tensors = {name: getattr(familiar, name).float().contiguous() for name in _PARTS}
    part = folder / (TENSORS + ".part")
    save_file(tensors, part)
    part.replace(folder / TENSORS)
    facts = {"format": FORMAT, "bridge": familiar.bridge, "rest": familiar.rest}
    (folder / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def load_familiar(folder: Path, bridge: str, width: int) -> FamiliarPictures | None:
    """Return what a bridge remembers of its pictures, None if the folder has nothing of it.

    Args:
        folder: The bridge folder.
        bridge: SHA-256 of the bridge that was loaded from it, hexadecimal.
        width: V of that bridge.

    Raises:
        BridgeMismatch: It belongs to another bridge.
        BridgeError: One of its files is missing or damaged, or both do not agree.
    """
    if not (folder / FACTS).exists() and not (folder / TENSORS).exists():
        return None
    facts, tensors = _facts(folder), _tensors(folder)
    if facts["bridge"] != bridge:
        raise BridgeMismatch(
            f"{FACTS} in {folder.name!r} belongs to another bridge: expected SHA-256 "
            f"{bridge[:12]}, found {facts['bridge'][:12]}. Run clover-train familiar for this "
            f"bridge, or remove {FACTS} and {TENSORS}."
        )
    _check(folder, tensors, 2 * width)
    parts = {name: tensors[name].double() for name in _PARTS}
    return FamiliarPictures(bridge=bridge, **parts, rest=float(facts["rest"]))


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ValueError(f"its format is {facts['format']!r}, expected {FORMAT}")
        if not isinstance(facts["bridge"], str):
            raise TypeError("bridge should be a text")
        if not 0 < float(facts["rest"]) < math.inf:
            raise ValueError(f"rest is {facts['rest']}, expected above 0")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _problem(folder, f"{FACTS} cannot be used ({error})") from error
    return facts


def _tensors(folder: Path) -> Mapping[str, Tensor]:
    try:
        return load_file(folder / TENSORS)
    except (OSError, SafetensorError) as error:
        raise _problem(folder, f"{TENSORS} is missing or damaged") from error


def _check(folder: Path, tensors: Mapping[str, Tensor], numbers: int) -> None:
    """Refuse tensors that do not fit together, or hold what is no number."""
    if set(tensors) != set(_PARTS):
        raise _problem(folder, f"{TENSORS} should hold {', '.join(_PARTS)} and nothing else")
    directions, labels = len(tensors["basis"]), len(tensors["means"])
    expected = {
        "center": (numbers,),
        "scale": (numbers,),
        "basis": (directions, numbers),
        "whitening": (directions, directions),
        "means": (labels, directions),
        "limits": (labels,),
    }
    for name, tensor in tensors.items():
        if tuple(tensor.shape) != expected[name] or not tensor.numel():
            raise _problem(
                folder, f"{name!r} has shape {tuple(tensor.shape)}, expected {expected[name]}"
            )
        if not torch.isfinite(tensor).all():
            raise _problem(folder, f"{name!r} has numbers that are not finite")
    for name in ("scale", "limits"):
        if not (tensors[name] > 0).all():
            raise _problem(folder, f"{name!r} has numbers that are not above 0")


def _problem(folder: Path, what: str) -> BridgeError:
    return BridgeError(
        f"In the bridge folder {folder.name!r}, {what}. Run clover-train familiar for this bridge, "
        f"or remove {FACTS} and {TENSORS}."
    )

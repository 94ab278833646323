"""What a bridge remembers of its pictures on disk: `familiar.json` and `familiar.safetensors`.

Both are optional; a folder without them holds a bridge that takes every picture alike.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from clover_chat.model.bridge_folder import FAMILIAR_FACTS, FAMILIAR_TENSORS
from clover_chat.model.companion import Companion
from clover_chat.model.familiarity import FamiliarPictures

FACTS, TENSORS = FAMILIAR_FACTS, FAMILIAR_TENSORS
FILES = Companion(FACTS, TENSORS, "familiar")
_PARTS = ("center", "scale", "basis", "whitening", "means", "limits")


def save_familiar(folder: Path, familiar: FamiliarPictures) -> None:
    """Write what is remembered beside its bridge; an older one is replaced."""
    tensors = {name: getattr(familiar, name) for name in _PARTS}
    FILES.save(folder, familiar.bridge, {"rest": familiar.rest}, tensors)


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
    if (held := FILES.load(folder, bridge)) is None:
        return None
    rest = _rest(folder, held.facts)
    _check(folder, held.tensors, 2 * width)
    parts = {name: held.tensors[name].double() for name in _PARTS}
    return FamiliarPictures(bridge=bridge, **parts, rest=rest)


def _rest(folder: Path, facts: Mapping[str, Any]) -> float:
    try:
        rest = float(facts["rest"])
        if not 0 < rest < math.inf:
            raise ValueError(f"rest is {rest}, expected above 0")
    except (ValueError, KeyError, TypeError) as error:
        raise FILES.problem(folder, f"{FACTS} cannot be used ({error})") from error
    return rest


def _check(folder: Path, tensors: Mapping[str, Tensor], numbers: int) -> None:
    """Refuse tensors that do not fit together, or hold what is no number."""
    if set(tensors) != set(_PARTS):
        raise FILES.problem(folder, f"{TENSORS} should hold {', '.join(_PARTS)} and nothing else")
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
            raise FILES.problem(
                folder, f"{name!r} has shape {tuple(tensor.shape)}, expected {expected[name]}"
            )
        if not torch.isfinite(tensor).all():
            raise FILES.problem(folder, f"{name!r} has numbers that are not finite")
    for name in ("scale", "limits"):
        if not (tensors[name] > 0).all():
            raise FILES.problem(folder, f"{name!r} has numbers that are not above 0")

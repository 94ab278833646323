"""A bridge's reading on disk: `reading.json` and `reading.safetensors` in the bridge's folder.

Both are optional; a folder without them holds a bridge that answers and does not read.
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
from clover_chat.model.bridge_folder import READING_NAMES, READING_TENSORS
from clover_chat.model.reading import QUESTIONS, Choice, ReadingHead

FORMAT = 1
NAMES, TENSORS = READING_NAMES, READING_TENSORS
_CHOICES = ("organ", "stain", "source")


def save_reading(folder: Path, head: ReadingHead) -> None:
    """Write a reading beside its bridge; an older one is replaced."""
    choices = _all_choices(head)
    described = {
        "format": FORMAT,
        "bridge": head.bridge,
        "questions": dict(head.questions),
        "choices": {
            name: {"names": list(choice.names), "temperature": choice.temperature}
            for name, choice in choices.items()
        },
    }
    tensors = {
        f"{name}.{part}": getattr(choice, part).float().contiguous()
        for name, choice in choices.items()
        for part in ("weight", "bias")
    }
    part = folder / (TENSORS + ".part")
    save_file(tensors, part)
    part.replace(folder / TENSORS)
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    (folder / NAMES).write_text(text, encoding="utf-8")


def load_reading(folder: Path, bridge: str, width: int) -> ReadingHead | None:
    """Return the reading of a bridge folder, None if the folder has none.

    Args:
        folder: The bridge folder.
        bridge: SHA-256 of the bridge that was loaded from it, hexadecimal.
        width: S of that bridge.

    Raises:
        BridgeMismatch: It belongs to another bridge.
        BridgeError: One of its files is missing or damaged, or names and tensors do not agree.
    """
    if not (folder / NAMES).exists() and not (folder / TENSORS).exists():
        return None
    described, tensors = _read_names(folder), _read_tensors(folder)
    if described["bridge"] != bridge:
        raise BridgeMismatch(
            f"The reading in {folder.name!r} belongs to another bridge: expected SHA-256 "
            f"{bridge[:12]}, found {described['bridge'][:12]}. Run clover-train read for this "
            f"bridge, or remove {NAMES} and {TENSORS}."
        )
    choices = {
        name: _choice(folder, name, values, tensors, width)
        for name, values in described["choices"].items()
    }
    expected = {f"{name}.{part}" for name in choices for part in ("weight", "bias")}
    if foreign := sorted(set(tensors) - expected):
        raise _problem(folder, f"holds {foreign[0]!r}, which belongs to no reading")
    return _head(folder, described, choices)


def _all_choices(head: ReadingHead) -> dict[str, Choice]:
    labels = {f"label/{source}": choice for source, choice in head.labels.items()}
    return {"organ": head.organ, "stain": head.stain, "source": head.source, **labels}


def _head(folder: Path, described: dict[str, Any], choices: dict[str, Choice]) -> ReadingHead:
    organ, stain, source = (choices[name] for name in _CHOICES)
    if set(choices) != {*_CHOICES, *(f"label/{name}" for name in source.names)}:
        raise _problem(folder, f"does not have the labels of every source in {NAMES}")
    labels = {name: choices[f"label/{name}"] for name in source.names}
    return ReadingHead(described["bridge"], described["questions"], organ, stain, source, labels)


def _read_names(folder: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise ValueError(f"its format is {described['format']!r}, expected {FORMAT}")
        questions, choices = described["questions"], described["choices"]
        if not isinstance(questions, dict) or set(questions) != set(QUESTIONS):
            raise ValueError(f"it should have a question for each of {', '.join(QUESTIONS)}")
        if not all(isinstance(text, str) for text in (described["bridge"], *questions.values())):
            raise TypeError("bridge and questions should be texts")
        if not isinstance(choices, dict) or not set(_CHOICES) <= set(choices):
            raise ValueError(f"it should have choices for {', '.join(_CHOICES)}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _problem(folder, f"has no usable {NAMES} ({error})") from error
    return described


def _read_tensors(folder: Path) -> Mapping[str, Tensor]:
    try:
        return load_file(folder / TENSORS)
    except (OSError, SafetensorError) as error:
        raise _problem(folder, f"has no usable {TENSORS}") from error


def _choice(
    folder: Path, name: str, values: Any, tensors: Mapping[str, Tensor], width: int
) -> Choice:
    try:
        names, temperature = tuple(values["names"]), float(values["temperature"])
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    except (KeyError, TypeError, ValueError) as error:
        raise _problem(folder, f"is incomplete at {name!r} ({error})") from error
    if not names or not all(isinstance(each, str) for each in names) or _repeats(names):
        raise _problem(folder, f"has names at {name!r} that are empty, repeated or no texts")
    if not (math.isfinite(temperature) and temperature > 0):
        raise _problem(folder, f"has a temperature of {temperature} at {name!r}, expected above 0")
    if weight.shape != (len(names), width) or bias.shape != (len(names),):
        raise _problem(
            folder,
            f"has {name!r} as {tuple(weight.shape)} and {tuple(bias.shape)}, "
            f"expected {(len(names), width)} and {(len(names),)}",
        )
    if not (torch.isfinite(weight).all() and torch.isfinite(bias).all()):
        raise _problem(folder, f"has numbers at {name!r} that are not finite")
    return Choice(names, weight.double(), bias.double(), temperature)


def _repeats(names: tuple[str, ...]) -> bool:
    return len(set(names)) != len(names)


def _problem(folder: Path, what: str) -> BridgeError:
    return BridgeError(
        f"The reading in the bridge folder {folder.name!r} {what}. Run clover-train read for this "
        f"bridge again, or remove {NAMES} and {TENSORS}."
    )

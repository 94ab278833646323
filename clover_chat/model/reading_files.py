"""A bridge's reading on disk: `reading.json` and `reading.safetensors` in the bridge's folder.

Both are optional; a folder without them holds a bridge that answers and does not read.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from clover_chat.model.bridge_folder import READING_NAMES, READING_TENSORS
from clover_chat.model.companion import Companion
from clover_chat.model.reading import QUESTIONS, Choice, DecidedBy, ReadingHead, ReadingRecipe

NAMES, TENSORS = READING_NAMES, READING_TENSORS
FILES = Companion(NAMES, TENSORS, "read")
_CHOICES = ("organ", "stain", "source")


def save_reading(folder: Path, head: ReadingHead) -> None:
    """Write a reading beside its bridge; an older one is replaced."""
    choices = _all_choices(head)
    described = {
        "recipe": asdict(head.recipe),
        "questions": dict(head.questions),
        "choices": {
            name: {"names": list(choice.names), "temperature": choice.temperature}
            for name, choice in choices.items()
        },
    }
    tensors = {
        f"{name}.{part}": getattr(choice, part)
        for name, choice in choices.items()
        for part in ("weight", "bias")
    }
    FILES.save(folder, head.bridge, described, tensors)


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
    if (held := FILES.load(folder, bridge)) is None:
        return None
    described, tensors = _checked(folder, held.facts), held.tensors
    choices = {
        name: _choice(folder, name, values, tensors, width)
        for name, values in described["choices"].items()
    }
    expected = {f"{name}.{part}" for name in choices for part in ("weight", "bias")}
    if foreign := sorted(set(tensors) - expected):
        raise FILES.problem(folder, f"{TENSORS} holds {foreign[0]!r}, which belongs to no reading")
    return _head(folder, described, choices)


def _all_choices(head: ReadingHead) -> dict[str, Choice]:
    labels = {f"label/{source}": choice for source, choice in head.labels.items()}
    return {"organ": head.organ, "stain": head.stain, "source": head.source, **labels}


def _head(folder: Path, described: dict[str, Any], choices: dict[str, Choice]) -> ReadingHead:
    organ, stain, source = (choices[name] for name in _CHOICES)
    if set(choices) != {*_CHOICES, *(f"label/{name}" for name in source.names)}:
        raise FILES.problem(folder, f"{NAMES} does not have the labels of every source")
    labels = {name: choices[f"label/{name}"] for name in source.names}
    return ReadingHead(
        bridge=described["bridge"],
        questions=described["questions"],
        organ=organ,
        stain=stain,
        source=source,
        labels=labels,
        recipe=_recipe(folder, described.get("recipe", {})),
    )


def _recipe(folder: Path, held: Any) -> ReadingRecipe:
    """Return how a reading was fitted; older ones, which do not say, were by the defaults."""
    try:
        recipe = ReadingRecipe(**held)
        return ReadingRecipe(int(recipe.views), DecidedBy(recipe.strength))
    except (TypeError, ValueError) as error:
        raise FILES.problem(folder, f"{NAMES} has no usable recipe ({error})") from error


def _checked(folder: Path, described: dict[str, Any]) -> dict[str, Any]:
    try:
        questions, choices = described["questions"], described["choices"]
        if not isinstance(questions, dict) or set(questions) != set(QUESTIONS):
            raise ValueError(f"it should have a question for each of {', '.join(QUESTIONS)}")
        if not all(isinstance(text, str) for text in questions.values()):
            raise TypeError("questions should be texts")
        if not isinstance(choices, dict) or not set(_CHOICES) <= set(choices):
            raise ValueError(f"it should have choices for {', '.join(_CHOICES)}")
    except (ValueError, KeyError, TypeError) as error:
        raise FILES.problem(folder, f"{NAMES} cannot be used ({error})") from error
    return described


def _choice(
    folder: Path, name: str, values: Any, tensors: Mapping[str, Tensor], width: int
) -> Choice:
    try:
        names, temperature = tuple(values["names"]), float(values["temperature"])
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    except (KeyError, TypeError, ValueError) as error:
        raise FILES.problem(folder, f"the reading is incomplete at {name!r} ({error})") from error
    if not names or not all(isinstance(each, str) for each in names) or _repeats(names):
        raise FILES.problem(folder, f"the names at {name!r} are empty, repeated or no texts")
    if not (math.isfinite(temperature) and temperature > 0):
        raise FILES.problem(
            folder, f"the temperature at {name!r} is {temperature}, expected above 0"
        )
    if weight.shape != (len(names), width) or bias.shape != (len(names),):
        raise FILES.problem(
            folder,
            f"{name!r} has the shapes {tuple(weight.shape)} and {tuple(bias.shape)}, "
            f"expected {(len(names), width)} and {(len(names),)}",
        )
    if not (torch.isfinite(weight).all() and torch.isfinite(bias).all()):
        raise FILES.problem(folder, f"{name!r} has numbers that are not finite")
    return Choice(names, weight.double(), bias.double(), temperature)


def _repeats(names: tuple[str, ...]) -> bool:
    return len(set(names)) != len(names)

"""How sure one can be that a passage answers a question.

Two steps, both learned from the tuning part of the questions (fitting.py): the *fit* orders the
passages; the *belief* is the estimated chance that a passage is right, given its fit, how far it
lies ahead of the others and how much of the question it leaves unanswered.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clover_chat.knowledge.evidence import Doubt, Evidence
from clover_chat.knowledge.sources import ShelfDamaged

WEIGHTS_PATH = Path(__file__).with_name("weights.json")

_MARGIN_LIMIT = 4.0
_STEEPEST = 30.0


@dataclass(frozen=True)
class Weights:
    """What was learned: one number for each piece of evidence and doubt.

    Attributes:
        fit: By field of Evidence.
        belief: By name in what `traits` returns.
        threshold: Belief from which on a passage is quoted.
    """

    fit: Mapping[str, float]
    belief: Mapping[str, float]
    threshold: float


@cache
def learned() -> Weights:
    """Return the weights that come with the program.

    Raises:
        ShelfDamaged: The file is missing or incomplete.
    """
    try:
        return Weights(**json.loads(WEIGHTS_PATH.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ShelfDamaged(f"{WEIGHTS_PATH} cannot be used: {error}. Install again.") from error


def fit(found: Evidence, weights: Mapping[str, float]) -> float:
    """Return how well a passage fits, on a scale without meaning of its own."""
    return _weighted(found._asdict(), weights)


def traits(found: Evidence, against: Doubt, fitness: float, margin: float) -> dict[str, float]:
    """Return everything that the belief rests on.

    Args:
        found: What speaks for a passage.
        against: What speaks against it.
        fitness: Its fit.
        margin: How far that lies above the fit of the best other passage; negative where below.
    """
    limited = max(-_MARGIN_LIMIT, min(_MARGIN_LIMIT, margin))
    return {
        "constant": 1.0,
        "fit": fitness,
        "margin": limited,
        **found._asdict(),
        **against._asdict(),
    }


def belief(seen: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the estimated chance, from 0 to 1, that a passage with these traits is right."""
    evidence = _weighted(seen, weights)
    return 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, evidence))))


def _weighted(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(value * weights[name] for name, value in values.items())

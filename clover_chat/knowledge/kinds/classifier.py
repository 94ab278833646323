"""Tells what kind of question somebody asks, and how sure that is.

A linear classifier over features of the question (features.py), learned with a penalty on large
weights (fitting.py). Its chances are calibrated by one temperature (Guo et al. 2017). Classes are
kinds with a topic, such as "tool/privacy"; the chance of a kind is the sum over its topics.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from clover_chat.errors import CloverError
from clover_chat.knowledge.entries import Entry, read_shelf
from clover_chat.knowledge.kinds.features import Context, Features
from clover_chat.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["Context", "KindClassifier", "Learned", "Verdict"]

WEIGHTS_PATH = Path(__file__).with_name("weights.safetensors")
CLASSES_PATH = Path(__file__).with_name("classes.json")


class KindsDamaged(CloverError):
    """What the classifier has learned cannot be used."""


@dataclass(frozen=True)
class Verdict:
    """What a question is taken for.

    Attributes:
        kind: The likeliest kind.
        topic: The likeliest topic within it; empty where a kind has none.
        confidence: The estimated chance, 0 to 1, that the kind is right.
        chances: That chance for every kind; they add up to 1.
    """

    kind: Kind
    topic: str
    confidence: float
    chances: Mapping[Kind, float]

    @property
    def ordered(self) -> tuple[Kind, ...]:
        """All kinds, the likeliest first."""
        return tuple(sorted(self.chances, key=lambda kind: -self.chances[kind]))


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Attributes:
        classes: Kinds with their topics, in the order of the columns.
        weights: [features, classes].
        temperature: What the scores are divided by before they become chances.
    """

    classes: tuple[tuple[Kind, str], ...]
    weights: "Array"
    temperature: float


class KindClassifier:
    """Says what kind a question is; safe to use from several threads.

    Args:
        entries: The reference shelf, whose names it knows; the one of the program if None.
        learned: What was learned; what comes with the program if None.
    """

    def __init__(
        self, entries: Sequence[Entry] | None = None, learned: Learned | None = None
    ) -> None:
        self._features = Features(read_shelf() if entries is None else entries)
        self._learned = learned or shipped()

    def judge(self, question: str, context: Context) -> Verdict:
        """Return what a question is taken for.

        Args:
            question: Anything a person, or a file, may contain.
            context: What else is known when it is asked.
        """
        learned = self._learned
        row = self._features.row(question, context)
        scores = row.values @ learned.weights[row.places] / learned.temperature
        return verdict_of(chances(scores[None])[0], learned.classes)


def chances(scores: "Array") -> "Array":
    """Return the softmax of scores, [questions, classes]."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def verdict_of(by_class: "Array", classes: Sequence[tuple[Kind, str]]) -> Verdict:
    """Return the verdict that goes with the chances of the classes."""
    by_kind = dict.fromkeys(Kind, 0.0)
    for (kind, _), chance in zip(classes, by_class, strict=True):
        by_kind[kind] += float(chance)
    kind = max(by_kind, key=by_kind.__getitem__)
    topics = {
        topic: float(c) for (of, topic), c in zip(classes, by_class, strict=True) if of is kind
    }
    return Verdict(kind, max(topics, key=topics.__getitem__), by_kind[kind], by_kind)


@cache
def shipped() -> Learned:
    """Return what comes with the program.

    Raises:
        KindsDamaged: A file is missing, incomplete or does not fit the others.
    """
    try:
        described = json.loads(CLASSES_PATH.read_text(encoding="utf-8"))
        classes = tuple((Kind(kind), str(topic)) for kind, topic in described["classes"])
        weights = load_file(WEIGHTS_PATH)["weights"].astype(np.float32)
        temperature = float(described["temperature"])
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise KindsDamaged(
            f"{WEIGHTS_PATH.parent} cannot be used: {error}. Install again."
        ) from error
    if weights.shape[1:] != (len(classes),):
        raise KindsDamaged(f"{WEIGHTS_PATH} does not fit {CLASSES_PATH}. Install again.")
    return Learned(classes, weights, temperature)

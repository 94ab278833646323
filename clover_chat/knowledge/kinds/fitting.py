r"""Learns the classifier's weights from questions written and questions composed.

    python -m clover_chat.knowledge.kinds.fitting tests/knowledge/kinds/questions.jsonl \
        tests/knowledge/questions.jsonl tests/knowledge/kinds/patterns.toml \
        tests/knowledge/kinds/held_back.jsonl

A multinomial logistic regression with a penalty on large weights. A written question that is of
its kind in any situation counts in several; a composed one in the one it was composed for. The
temperature makes the chances true (Guo et al. 2017) on a fifth of the written questions that a
first fit has not seen; the second fit sees all. Of questions held back the wording alone is read,
so that none with the same words is learned from. The same files always give the same weights.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.classifier import CLASSES_PATH, WEIGHTS_PATH, Learned, chances
from clover_chat.knowledge.kinds.composing import compose
from clover_chat.knowledge.kinds.features import Context, Features
from clover_chat.knowledge.kinds.questions import Labelled, as_general, read_labelled
from clover_chat.knowledge.questions import HELD_BACK, TUNING, read_questions
from clover_chat.knowledge.words import words
from clover_chat.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Class = tuple[Kind, str]
Asked = tuple[Labelled, Context, float]
"""A question, the situation it may be asked in, and how much it counts there."""

_PENALTY = 5e-6
_STEPS = 100
_OWN_WEIGHT = 8.0  # of a written question, where a composed one counts 1
_GENERAL_WEIGHT = 4.0  # questions to the shelf are many, and all of one kind
_LEFT_OUT = 5
_TEMPERATURES = np.arange(0.4, 3.01, 0.05)
_ALONE = (
    (Context(), 0.45),
    (Context(has_picture=True, has_earlier=True), 0.35),
    (Context(has_picture=True, brings_picture=True), 0.1),
    (Context(has_earlier=True), 0.1),
)
_BESIDE_A_PICTURE = (
    (Context(has_picture=True, brings_picture=True), 0.5),
    (Context(has_picture=True, has_earlier=True), 0.4),
    (Context(has_picture=True, brings_picture=True, has_earlier=True), 0.1),
)


def learn(own: Sequence[Labelled], further: Sequence[Asked], features: Features) -> Learned:
    """Return what is learned from questions of known kind.

    Args:
        own: Written questions of all kinds.
        further: What else is learned from, as `further_asked` makes it.
        features: What is seen of them.
    """
    classes = sorted({(each.kind, each.topic) for each in own})
    unseen = own[::_LEFT_OUT]
    seen = [each for at, each in enumerate(own) if at % _LEFT_OUT]
    apart = unlike(further, unseen)
    first = _weights([*_asked(seen, _OWN_WEIGHT), *apart], classes, features)
    temperature = _temperature(first, unseen, classes, features)
    weights = _weights([*_asked(own, _OWN_WEIGHT), *further], classes, features)
    return Learned(tuple(classes), weights.astype(np.float32), temperature)


def further_asked(general: Iterable[Labelled], composed: Iterable[Labelled]) -> list[Asked]:
    """Return general questions in all their situations, and composed ones in their own."""
    return [*_asked(general, _GENERAL_WEIGHT), *((each, each.context, 1.0) for each in composed)]


def unlike(further: Iterable[Asked], unseen: Iterable[Labelled]) -> list[Asked]:
    """Return what shares its words, in whatever order, with none of the unseen questions."""
    kept_apart = {frozenset(words(each.question)) for each in unseen}
    return [asked for asked in further if frozenset(words(asked[0].question)) not in kept_apart]


def matrix(questions: Iterable[tuple[str, Context]], features: Features) -> csr_matrix:
    """Return the features of questions, [questions, features]."""
    rows = [features.row(question, context) for question, context in questions]
    starts = np.cumsum([0, *(len(row.places) for row in rows)])
    places = np.concatenate([row.places for row in rows])
    values = np.concatenate([row.values for row in rows]).astype(np.float64)
    return csr_matrix((values, places, starts), shape=(len(rows), features.width))


def _weights(asked: Sequence[Asked], classes: Sequence[Class], features: Features) -> "Array":
    values = matrix(((each.question, context) for each, context, _ in asked), features)
    counts = np.array([weight for _, _, weight in asked])
    truth = np.zeros((len(asked), len(classes)))
    for row, (each, _, _) in enumerate(asked):
        truth[row, classes.index((each.kind, each.topic))] = 1
    return _fit(values, truth, counts / counts.sum())


def _asked(questions: Iterable[Labelled], weight: float) -> Iterator[Asked]:
    """Yield questions in the situations they may be asked in, with how much each counts."""
    for each in questions:
        if each.is_bound:
            yield each, each.context, weight
            continue
        is_about_picture = each.kind in (Kind.PICTURE, Kind.MIXED)
        for context, share in _BESIDE_A_PICTURE if is_about_picture else _ALONE:
            yield each, context, weight * share


def _fit(values: csr_matrix, truth: "Array", counts: "Array") -> "Array":
    shape = values.shape[1], truth.shape[1]
    turned = values.T.tocsr()

    def loss(flat: "Array") -> "tuple[float, Array]":
        weights = flat.reshape(shape)
        found = np.maximum(chances(values @ weights), 1e-12)
        slope = turned @ ((found - truth) * counts[:, None]) + _PENALTY * weights
        surprise = -(counts * np.log((found * truth).sum(axis=1))).sum()
        return float(surprise + _PENALTY / 2 * (flat @ flat)), np.asarray(slope).ravel()

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x.reshape(shape))


def _temperature(
    weights: "Array", unseen: Sequence[Labelled], classes: Sequence[Class], features: Features
) -> float:
    """Return the temperature under which the true kinds are least surprising."""
    scores = matrix(((each.question, each.context) for each in unseen), features) @ weights
    is_kind = np.array([[kind is each.kind for kind, _ in classes] for each in unseen])

    def surprise(temperature: float) -> float:
        true = (chances(scores / temperature) * is_kind).sum(axis=1)
        return float(-np.log(np.maximum(true, 1e-12)).mean())

    return round(float(min(_TEMPERATURES, key=surprise)), 2)


def main(own_path: Path, general_path: Path, patterns_path: Path, held_back_path: Path) -> None:
    """Learn from files of questions and patterns, and write what comes with the program."""
    entries = read_shelf()
    written = [*read_labelled(own_path), *read_labelled(held_back_path)]
    own = [each for each in written if each.part == TUNING]
    held_back = [each for each in written if each.part == HELD_BACK]
    general = [each for each in as_general(read_questions(general_path)) if each.part == TUNING]
    further = unlike(further_asked(general, compose(patterns_path, entries)), held_back)
    learned = learn(own, further, Features(entries))
    save_file({"weights": learned.weights.astype(np.float16)}, WEIGHTS_PATH)
    described = {"classes": learned.classes, "temperature": learned.temperature}
    CLASSES_PATH.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))

"""Learns the search's weights from the tuning part of the questions.

    python -m clover_chat.knowledge.fitting tests/knowledge/questions.jsonl

Two small regressions with a penalty on large weights: one makes the right passage the best fitting
one, one estimates the chance that the best fitting passage is right. The threshold is the one at
which the tuning part goes best, judged on questions that the regression has not seen in turn; a
wrong quotation costs more than a declined question.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clover_chat.knowledge.belief import WEIGHTS_PATH, Weights
from clover_chat.knowledge.entries import Entry, read_shelf
from clover_chat.knowledge.evidence import Doubt, Evidence
from clover_chat.knowledge.questions import TUNING, Graded, read_questions
from clover_chat.knowledge.search import Shelf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_FIT = Evidence._fields
_BELIEF = ("constant", "fit", "margin", *Evidence._fields, *Doubt._fields)
_CANDIDATES = 40
_STEPS = 1500
_RATE = 0.5
_FIT_PENALTY = 0.003
_BELIEF_PENALTY = 0.5
_FOLDS = 5
_COST_WRONG = 2.5
_COST_NOT_DECLINED = 1.25
_COST_DECLINED = 1.0


@dataclass(frozen=True)
class Outcome:
    """The best fitting passage of one question.

    Attributes:
        traits: What its belief rests on, in the order of _BELIEF.
        is_right: Whether it answers the question.
        is_answerable: Whether any passage does.
    """

    traits: "Array"
    is_right: bool
    is_answerable: bool


def learn(entries: Sequence[Entry], questions: Sequence[Graded]) -> Weights:
    """Return weights learned from questions with known answers."""
    start = Weights(dict.fromkeys(_FIT, 1.0), dict.fromkeys(_BELIEF, 0.0), 0.5)
    fit = _learn_fit(Shelf(entries, start), questions)
    shelf = Shelf(entries, Weights(fit, start.belief, 0.5))
    outcomes = [found for graded in questions if (found := _outcome(shelf, graded))]
    belief = _learn_belief(outcomes)
    named = dict(zip(_BELIEF, map(float, belief.round(4)), strict=True))
    return Weights(fit, named, _threshold(_unseen_beliefs(outcomes), outcomes))


def _learn_fit(shelf: Shelf, questions: Sequence[Graded]) -> dict[str, float]:
    """Return the weights under which the right passages fit best."""
    values, is_right, is_there = _candidates(shelf, questions)
    weights = np.ones(len(_FIT))
    for _ in range(_STEPS):
        chance = _shares(values @ weights, is_there)
        among_right = _shares(values @ weights, is_right)
        slope = np.einsum("qc,qcf->f", among_right - chance, values) / len(values)
        weights = weights + _RATE * (slope - _FIT_PENALTY * weights)
    return dict(zip(_FIT, map(float, weights.round(4)), strict=True))


def _candidates(shelf: Shelf, questions: Sequence[Graded]) -> "tuple[Array, Array, Array]":
    """Return the evidence of all candidates, which are right, and which are there at all.

    Returns:
        Arrays of [question, candidate, field of Evidence], [question, candidate] and again
        [question, candidate]; questions without a right candidate are left out.
    """
    found = [(shelf.find(graded.question, _CANDIDATES), graded.right) for graded in questions]
    asked = [(hits, right) for hits, right in found if {hit.entry.id for hit in hits} & right]
    values = np.zeros((len(asked), _CANDIDATES, len(_FIT)))
    is_right, is_there = np.zeros((2, len(asked), _CANDIDATES))
    for row, (hits, right) in enumerate(asked):
        is_there[row, : len(hits)] = 1
        is_right[row, : len(hits)] = [hit.entry.id in right for hit in hits]
        values[row, : len(hits)] = [[hit.traits[name] for name in _FIT] for hit in hits]
    return values, is_right, is_there


def _outcome(shelf: Shelf, graded: Graded) -> Outcome | None:
    hits = shelf.find(graded.question, limit=1)
    if not hits:
        return None
    traits = np.array([hits[0].traits[name] for name in _BELIEF])
    return Outcome(traits, hits[0].entry.id in graded.right, bool(graded.right))


def _learn_belief(outcomes: Sequence[Outcome]) -> "Array":
    """Return the weights of a logistic regression, by Newton's method."""
    values = np.array([outcome.traits for outcome in outcomes])
    is_right = np.array([float(outcome.is_right) for outcome in outcomes])
    penalty = _BELIEF_PENALTY * np.diag([0.0, *[1.0] * (len(_BELIEF) - 1)])
    weights = np.zeros(len(_BELIEF))
    for _ in range(25):
        chance = _sigmoid(values @ weights)
        slope = values.T @ (is_right - chance) - penalty @ weights
        curve = (values.T * (chance * (1 - chance))) @ values + penalty
        weights = weights + np.linalg.solve(curve + 1e-9 * np.eye(len(weights)), slope)
    return weights


def _unseen_beliefs(outcomes: Sequence[Outcome]) -> "Array":
    """Return the belief in each outcome by a regression that has not seen it."""
    beliefs = np.zeros(len(outcomes))
    for fold in range(_FOLDS):
        seen = [each for at, each in enumerate(outcomes) if at % _FOLDS != fold]
        weights = _learn_belief(seen)
        for at in range(fold, len(outcomes), _FOLDS):
            beliefs[at] = _sigmoid(outcomes[at].traits @ weights)
    return beliefs


def _threshold(beliefs: "Array", outcomes: Sequence[Outcome]) -> float:
    """Return the cheapest threshold, in the middle of the range that is equally cheap."""
    steps = np.arange(0.05, 0.96, 0.01)
    costs = np.array([_cost(beliefs >= step, outcomes) for step in steps])
    return round(float(steps[costs == costs.min()].mean()), 2)


def _cost(is_quoted: "NDArray[np.bool_]", outcomes: Sequence[Outcome]) -> float:
    cost = 0.0
    for quoted, outcome in zip(is_quoted, outcomes, strict=True):
        if not quoted:
            cost += _COST_DECLINED * outcome.is_answerable
        elif not outcome.is_right:
            cost += _COST_WRONG if outcome.is_answerable else _COST_NOT_DECLINED
    return cost


def _shares(values: "Array", counted: "Array") -> "Array":
    """Return the softmax over those candidates of each question that count."""
    grown = np.exp(values - values.max(axis=1, keepdims=True)) * counted
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _sigmoid(values: "Array") -> "Array":
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def main(path: Path) -> None:
    """Learn from a file of questions and write the weights that come with the program."""
    questions = [each for each in read_questions(path) if each.part == TUNING]
    weights = learn(read_shelf(), questions)
    WEIGHTS_PATH.write_text(json.dumps(asdict(weights), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Descriptions: how well they fit their reference, beside the language model that cannot see."""

from collections.abc import Sequence

from training.evaluation.contradictions import DESCRIBING
from training.evaluation.intervals import Interval, interval
from training.evaluation.metrics import overlap
from training.evaluation.predictions import Prediction

WANTED = 2.0
"""So many times the blind F1 is what a bridge should reach."""


def descriptions(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Return the answers that describe a picture."""
    return [item for item in predictions if item.kind in DESCRIBING]


def open_f1(predictions: Sequence[Prediction]) -> Interval:
    """Return the mean F1 of words between answers and references; at least one is needed."""
    return interval((item.image, overlap(item.answer, item.reference).f1) for item in predictions)


def against_blind(sighted: Sequence[Prediction], blind: Sequence[Prediction]) -> str:
    """Return in a sentence how descriptions compare with those of the language model alone.

    Args:
        sighted: The bridge's answers.
        blind: The answers without the image to the same questions.

    Returns:
        "" where nothing was to be described.
    """
    mine, other = descriptions(sighted), descriptions(blind)
    if not mine or not other:
        return ""
    ours, theirs = open_f1(mine), open_f1(other)
    times = f"{ours.value / theirs.value:.1f} times" if theirs.value else "beyond any multiple of"
    reached = "reached" if ours.value >= WANTED * theirs.value else "not reached"
    return (
        f"Descriptions: F1 {_percent(ours)}, {times} the {_percent(theirs)} of the language model "
        f"without the image; {WANTED:g} times is {reached}."
    )


def _percent(figure: Interval) -> str:
    return f"{100 * figure.value:.1f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"

"""How many labels are wrong, and which, by probabilities that were found without them.

Confident learning: Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in
dataset labels", section 3. A label's threshold is how sure a classifier is, on average, of pictures
that carry it. A picture counts where it reaches the threshold of some label, and counts as that
label; pictures that reach none say nothing. The counts are scaled to how often each label was told.

    N pictures, C labels, R resamples
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import RESAMPLES, SHARE, Interval

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Counted:
    """What confident learning makes of told labels.

    Attributes:
        told: Place of the told label of each picture, [N].
        counted: Place of the label that it counts as, `NOTHING` where it reaches none, [N].
        labels: C.
    """

    told: Places
    counted: Places
    labels: int

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """Whether a picture counts as another label than it was told to be, [N]."""
        wrong: NDArray[np.bool_] = (self.counted != NOTHING) & (self.counted != self.told)
        return wrong

    def of(self, places: Sequence[int]) -> "Counted":
        """Return the same for some of the pictures."""
        chosen = np.array(places, dtype=np.int64)
        return Counted(self.told[chosen], self.counted[chosen], self.labels)


def count(probabilities: Floats, told: Places, thresholds: Floats) -> Counted:
    """Return what each picture counts as.

    Args:
        probabilities: Of each label, from a classifier that was not told about the picture, [N, C].
        told: Place of the label that each was told to be, [N].
        thresholds: [C]; see `thresholds`.
    """
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    best = reached.argmax(1)
    counted = np.where(reached.max(1) < 0, NOTHING, best)
    return Counted(told, counted, probabilities.shape[1])


def thresholds(probabilities: Floats, told: Places) -> Floats:
    """Return how sure a classifier is of each label where it was told, [C].

    A label that was never told, or never found possible, is out of reach.

    Args:
        probabilities: [N, C].
        told: [N].
    """
    limits = np.full(probabilities.shape[1], np.inf)
    for label in np.unique(told):
        sure = probabilities[told == label, label].mean()
        limits[label] = sure if sure > 0 else np.inf
    return limits


def wrong_share(found: Counted, resamples: int = RESAMPLES) -> Interval:
    """Return the share of told labels that are wrong, with a bootstrap interval over pictures.

    Args:
        found: At least one picture.
        resamples: How often pictures are drawn again.
    """
    pictures = len(found.told)
    drawn = np.random.default_rng(0).multinomial(
        pictures, np.full(pictures, 1 / pictures), resamples
    )  # [R, N]
    low, high = np.quantile(
        _shares(found, drawn.astype(np.float64)), [(1 - SHARE) / 2, (1 + SHARE) / 2]
    )
    value = float(_shares(found, np.ones((1, pictures)))[0])
    return Interval(value, float(low), float(high), pictures, pictures)


def _shares(found: Counted, weights: Floats) -> Floats:
    """Return the share under each weighting of the pictures, [R, N] to [R]."""
    told = np.eye(found.labels)[found.told]  # [N, C]
    counts = weights @ told
    confident = weights @ (told * (found.counted != NOTHING)[:, None])
    wrong = weights @ (told * found.is_wrong[:, None])
    share = np.divide(wrong, confident, out=np.zeros_like(wrong), where=confident > 0)
    total: Floats = (share * counts).sum(1) / counts.sum(1)
    return total

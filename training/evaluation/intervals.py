"""How sure a figure is: bootstrap 95% intervals over images, alone and for a difference.

Answers about one image stand or fall together, so images are drawn again, never single answers
(cluster bootstrap; Efron and Tibshirani 1993). The same rows give the same interval.

    R resamples, I images, S supports
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clover_chat.errors import TrainingError

RESAMPLES = 2000
SHARE = 0.95
_BLOCK = 100  # resamples drawn at once

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean with its 95% interval.

    Attributes:
        value: Mean over the rows.
        low: Lower end.
        high: Upper end.
        images: Images that were drawn from.
        rows: Answers about them.
    """

    value: float
    low: float
    high: float
    images: int
    rows: int


@dataclass(frozen=True)
class Difference(Interval):
    """A mean difference with its 95% interval.

    Attributes:
        p: Two-sided probability of a bootstrap mean as far on the other side of 0.
    """

    p: float

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def interval(rows: Iterable[tuple[str, float]], resamples: int = RESAMPLES) -> Interval:
    """Return the mean of values with its interval.

    Args:
        rows: The image and the value of each answer; at least one.
        resamples: How often the images are drawn again.
    """
    sums, counts = _by_image(rows)
    low, high = _ends(_resampled(sums, counts, resamples))
    return Interval(float(sums.sum() / counts.sum()), low, high, len(sums), int(counts.sum()))


def paired_difference(
    rows: Iterable[tuple[str, float, float]], resamples: int = RESAMPLES
) -> Difference:
    """Return the mean of second minus first value with its interval.

    Args:
        rows: The image of each answer, and the values of the two to be compared; at least one.
        resamples: How often the images are drawn again.
    """
    sums, counts = _by_image((image, second - first) for image, first, second in rows)
    means = _resampled(sums, counts, resamples)
    low, high = _ends(means)
    beyond = min(int((means <= 0).sum()), int((means >= 0).sum()))
    p = min(1.0, 2 * (beyond + 1) / (resamples + 1))
    value = float(sums.sum() / counts.sum())
    return Difference(value, low, high, len(sums), int(counts.sum()), p)


def mean_of_means(
    strata: Sequence[Iterable[tuple[str, float]]], resamples: int = RESAMPLES
) -> Interval:
    """Return the mean of the means of several sets with its interval; each counts the same.

    Args:
        strata: The image and the value of each answer, set by set; at least one each.
        resamples: How often the images of every set are drawn again.
    """
    parts = [_by_image(rows) for rows in strata]
    rng = np.random.default_rng(0)
    means = np.mean([_resampled(*part, resamples, rng) for part in parts], axis=0)
    low, high = _ends(means)
    value = float(np.mean([sums.sum() / counts.sum() for sums, counts in parts]))
    images, rows_in_all = (sum(size) for size in zip(*map(_sizes, parts), strict=True))
    return Interval(value, low, high, images, rows_in_all)


def _sizes(part: tuple[Floats, Floats]) -> tuple[int, int]:
    return len(part[0]), int(part[1].sum())


def crossed_interval(values: Floats, resamples: int = RESAMPLES) -> Interval:
    """Return a mean over supports and images with its interval; both are drawn again.

    Args:
        values: What each support gave for each image, [S, I]; NaN where that image was not asked.
        resamples: How often both are drawn again.
    """
    asked = ~np.isnan(values)
    known = np.where(asked, values, 0.0)
    rng = np.random.default_rng(0)
    means: list[float] = []
    for _ in range(resamples):
        supports = rng.integers(0, len(values), len(values))
        images = rng.integers(0, values.shape[1], values.shape[1])
        drawn = asked[np.ix_(supports, images)].sum()
        if drawn:
            means.append(float(known[np.ix_(supports, images)].sum() / drawn))
    low, high = _ends(np.array(means))
    rows = int(asked.sum())
    return Interval(float(known.sum() / rows), low, high, int(asked.any(0).sum()), rows)


def cost_effectiveness(score: float, trained_parameters: int) -> float:
    """Return a score in percent over log10 of the trained parameters in millions.

    Source: CLOVER, section "Cost-effectiveness"; 89.38% with 187 M is 39.34.

    Raises:
        TrainingError: The measure has no meaning for so few parameters.
    """
    if trained_parameters <= 1_000_000:
        raise TrainingError(
            f"Cost-effectiveness is defined above 1,000,000 trained parameters; this bridge has "
            f"{trained_parameters:,}."
        )
    return score / math.log10(trained_parameters / 1e6)


def _by_image(rows: Iterable[tuple[str, float]]) -> tuple[Floats, Floats]:
    """Return sum and number of the values of each image, [I]."""
    gathered: dict[str, list[float]] = {}
    for image, value in rows:
        gathered.setdefault(image, []).append(value)
    assert gathered, "an interval needs at least one row"
    values: Sequence[list[float]] = [gathered[image] for image in sorted(gathered)]
    return (
        np.array([sum(each) for each in values], dtype=np.float64),
        np.array([len(each) for each in values], dtype=np.float64),
    )


def _resampled(
    sums: Floats, counts: Floats, resamples: int, rng: np.random.Generator | None = None
) -> Floats:
    """Return the mean of each resample, [R]."""
    rng = rng or np.random.default_rng(0)
    means = np.empty(resamples)
    for first in range(0, resamples, _BLOCK):
        block = means[first : first + _BLOCK]
        drawn = rng.integers(0, len(sums), (len(block), len(sums)))
        block[:] = sums[drawn].sum(1) / counts[drawn].sum(1)
    return means


def _ends(means: Floats) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)

"""Which of many things to show when only a few can be shown: those unlike each other."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_SAME = 1e-3  # vectors of length 1 that are nearer than this show the same


def most_diverse(
    features: Sequence[Sequence[float]], worth: Sequence[float], count: int
) -> list[int]:
    """Choose by farthest points: first the most typical, then always the one least like the chosen.

    Only directions of features count, so that a paler stain makes no difference by itself.

    Args:
        features: One vector for each.
        worth: How much each is worth a look, above 0; what is worth half has to be twice as far.
        count: How many to choose at most; fewer are where the others show the same.

    Returns:
        Positions, in the order in which they were chosen.
    """
    if not features:
        return []
    gaps = _distances(np.asarray(features, dtype=np.float64))
    weights = np.asarray(worth, dtype=np.float64)
    chosen = [int((weights / (gaps.sum(axis=1) + _SAME)).argmax())]
    while len(chosen) < count:
        nearest = gaps[:, chosen].min(axis=1)
        nearest[nearest < _SAME] = 0.0
        best = int((nearest * weights).argmax())
        if nearest[best] == 0:
            break
        chosen.append(best)
    return chosen


def _distances(features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    length = np.linalg.norm(features, axis=1, keepdims=True)
    directions = features / np.maximum(length, 1e-12)
    distances: npt.NDArray[np.float64] = np.linalg.norm(
        directions[:, None] - directions[None, :], axis=-1
    )
    return distances

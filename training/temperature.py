"""One number that makes a classifier's probabilities believable, and one that joins two of them.

Temperature scaling: Guo et al. 2017, "On calibration of modern neural networks", section 4.2, with
the targets of Platt 1999, "Probabilistic outputs for support vector machines", so that a few
pictures that happen to be all right do not make it endlessly sure of itself.

    N examples, C classes
"""

import math

import torch
from torch import Tensor

LEAST, MOST = 1 / 20, 20.0
SHARES = tuple(step / 20 for step in range(21))
_STEPS = 80
_GOLDEN = (math.sqrt(5) - 1) / 2


def fit_temperature(logits: Tensor, told: Tensor) -> float:
    """Return the temperature under which examples are likeliest; 1 where there is no choice.

    Args:
        logits: [N, C].
        told: The right class of each, [N].
    """
    if not len(told) or logits.shape[1] < 2:
        return 1.0
    targets = _softened(told, logits.shape[1])
    low, high = math.log(LEAST), math.log(MOST)
    for _ in range(_STEPS):  # the loss has one minimum, so a golden-section search finds it
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _loss(logits, targets, math.exp(left)) <= _loss(logits, targets, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def fit_share(one: Tensor, other: Tensor, told: Tensor) -> float:
    """Return the share of one classifier in a mean of two under which examples are likeliest.

    Each mean is judged at its own best temperature.

    Args:
        one: Its logits, [N, C].
        other: Those of the other, [N, C].
        told: The right class of each, [N].

    Returns:
        One of `SHARES`; a half where there is no choice.
    """
    if not len(told) or one.shape[1] < 2:
        return 0.5
    return min(SHARES, key=lambda share: loss_at_best(share * one + (1 - share) * other, told))


def loss_at_best(logits: Tensor, told: Tensor) -> float:
    """Return how unlikely examples are at the temperature that suits them best, summed.

    Args:
        logits: [N, C].
        told: The right class of each, [N].
    """
    if not len(told) or logits.shape[1] < 2:
        return 0.0
    targets = _softened(told, logits.shape[1])
    return _loss(logits, targets, fit_temperature(logits, told))


def _softened(told: Tensor, classes: int) -> Tensor:
    """Return targets, [N, C], as if one more example had been right and one more wrong."""
    count = len(told)
    wrong = 1 / ((count + 2) * (classes - 1))
    targets = torch.full((count, classes), wrong, dtype=torch.float64)
    return targets.scatter(1, told[:, None], (count + 1) / (count + 2))


def _loss(logits: Tensor, targets: Tensor, temperature: float) -> float:
    return float(-(targets * (logits / temperature).log_softmax(-1)).sum())

"""Losses on what people prefer, from how likely the bridge and its parent find answers.

N pairs or answers; every number is the log-probability of a whole answer
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


class Likelihoods(NamedTuple):
    """How likely answers are, [N], under the bridge that learns and under its parent."""

    learning: Tensor
    parent: Tensor

    @property
    def gain(self) -> Tensor:
        """Log of how much likelier the answers have become, [N]."""
        return self.learning - self.parent


def preference_losses(chosen: Likelihoods, rejected: Likelihoods, beta: float) -> Tensor:
    """Return the loss of each pair, [N].

    Source: Rafailov et al. 2023, "Direct preference optimization", equation 7.

    Args:
        chosen: Of the preferred answers.
        rejected: Of the others.
        beta: How dearly leaving the parent is paid for.
    """
    return -F.logsigmoid(beta * (chosen.gain - rejected.gain))


def single_losses(
    said: Likelihoods, is_liked: Tensor, drift: Tensor, beta: float, liked: float, disliked: float
) -> Tensor:
    """Return the loss of each judged answer, [N].

    Source: Ethayarajh et al. 2024, "KTO: Model alignment as prospect theoretic optimization",
    section 4, with the weight of an answer as the constant from which its value is taken.

    Args:
        said: Of the judged answers.
        is_liked: [N].
        drift: What `drift` returns.
        beta: How fast gains and losses saturate.
        liked: Weight of a liked answer.
        disliked: Weight of a disliked one.
    """
    gained = beta * (said.gain - drift)
    value = torch.where(is_liked, gained, -gained).sigmoid()
    return torch.where(is_liked, liked, disliked) * (1 - value)


def drift(mismatched: Likelihoods) -> Tensor:
    """Return how far the bridge has gone from its parent, at least 0; no gradient goes through it.

    Source: Ethayarajh et al. 2024, section 4: the divergence is estimated from answers to other
    questions of the batch.
    """
    if not len(mismatched.parent):
        return torch.zeros(())
    return mismatched.gain.detach().mean().clamp(min=0)


def balance(liked: int, disliked: int) -> tuple[float, float]:
    """Return weights of liked and disliked answers under which both count the same in all.

    Source: Ethayarajh et al. 2024, section 4; the rarer ones are weighted up, at most tenfold.
    """
    if not liked or not disliked:
        return 1.0, 1.0
    return min(10.0, max(1.0, disliked / liked)), min(10.0, max(1.0, liked / disliked))

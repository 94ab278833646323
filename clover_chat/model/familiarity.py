"""How far a picture lies from those a bridge has learnt from, as the frozen encoder sees it.

The Mahalanobis distance to the nearest label's mean, under a covariance that all labels share and
that is shrunk towards a sphere (Lee et al. 2018, "A simple unified framework for detecting
out-of-distribution samples and adversarial attacks"). The first principal directions are weighed
one by one, all others alike (Tipping and Bishop 1999, "Probabilistic principal component
analysis"). Each label has a limit of its own, for some kinds of picture vary more than others.

    N pictures, P image patches, V encoder width, D = 2V mean and spread over a picture's patches,
    K principal directions, C labels
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from clover_chat.model.clover import summary
from clover_chat.types import Familiarity


@dataclass(frozen=True, eq=False)
class FamiliarPictures:
    """What is remembered of the pictures a bridge has learnt from.

    Attributes:
        bridge: SHA-256 of the bridge it belongs to, hexadecimal.
        center: Mean of all pictures, [D].
        scale: Standard deviation of each number over all pictures, [D].
        basis: Principal directions, orthonormal, [K, D].
        whitening: Makes what is left within labels a sphere, [K, K].
        means: Of each label, whitened, [C, K].
        rest: Mean square of what the directions leave out, per number left out.
        limits: Of each label, the distance beyond which a picture that is nearest to it counts as
            unlike those learnt from, [C].
    """

    bridge: str
    center: Tensor
    scale: Tensor
    basis: Tensor
    whitening: Tensor
    means: Tensor
    rest: float
    limits: Tensor

    def nearest(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Return the distance of pictures to the nearest label, [N], and which one that is, [N].

        Args:
            pooled: Mean and spread of the encoder's features of each, [N, D].
        """
        standard = (pooled.to(self.center.dtype) - self.center) / self.scale  # [N, D]
        inside = standard @ self.basis.T  # [N, K]
        apart, label = torch.cdist(inside @ self.whitening.T, self.means).min(1)  # [N]
        outside = (standard.square().sum(1) - inside.square().sum(1)).clamp_min(0) / self.rest
        return ((apart.square() + outside) / self.center.numel()).sqrt(), label

    def strangeness(self, pooled: Tensor) -> Tensor:
        """Return how far pictures lie from those learnt from, [N]; 1 is the limit.

        Args:
            pooled: As for `nearest`.
        """
        distance, label = self.nearest(pooled)
        return distance / self.limits[label]

    def judge(self, patches: Tensor) -> Familiarity:
        """Return how familiar one picture is.

        Args:
            patches: Features of the encoder, [P, V].
        """
        return Familiarity(float(self.strangeness(pooled(patches)[None])))


def pooled(patches: Tensor) -> Tensor:
    """Return mean and spread of a picture's features, [P, V] to [D]."""
    return summary(patches[None].float(), None).flatten().double().cpu()

"""Fits what a bridge remembers of its pictures, and measures how often it takes others for them.

Labels, directions and covariance come from the train split, limits from the val split: of pictures
like those held back that are nearest to a label of one source, at most one in twenty lies beyond
that source's limit, which holds 9 times of 10 (a tolerance limit: Wilks 1941, "Determination of
sample sizes for setting tolerance limits"). Nothing is drawn at random.

    N pictures, D numbers of a picture, K principal directions, C labels
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from clover_chat.errors import TrainingError
from clover_chat.model.familiarity import FamiliarPictures

FALSE_ALARMS = 0.05
"""Share of pictures like those learnt from that may count as unlike them."""

DOUBT = 0.1
"""Chance that more of them do, by bad luck with the held-back pictures."""

MOST_DIRECTIONS = 128
SHRINKAGE = 0.1
"""Share of the sphere in the covariance."""

_LEAST = 1e-6
_LEAST_FITTED = 2
_LEAST_HELD = 50


@dataclass(frozen=True, eq=False)
class Pooled:
    """A picture as the distance sees it.

    Attributes:
        source: Set it comes from.
        label: Its label.
        split: "train", "val" or "test".
        numbers: Mean and spread of its encoder features, [D].
    """

    source: str
    label: str
    split: str
    numbers: Tensor


@dataclass(frozen=True)
class Alarms:
    """How many pictures of one set count as unlike those learnt from."""

    name: str
    pictures: int
    unlike: int

    @property
    def share(self) -> float:
        """Their share."""
        return self.unlike / self.pictures


def can_fit(seen: Sequence[Pooled]) -> bool:
    """Tell whether there are enough pictures to tell others from them."""
    counts = Counter(each.split for each in seen)
    return counts["train"] >= _LEAST_FITTED and counts["val"] > 0


def fit_familiar(seen: Sequence[Pooled], bridge: str) -> FamiliarPictures:
    """Return what is remembered of pictures; the same pictures give the same.

    Args:
        seen: Pictures; those of the test split are left alone.
        bridge: SHA-256 of the bridge, hexadecimal.

    Raises:
        TrainingError: There are too few of the train or the val split.
    """
    fitted = [each for each in seen if each.split == "train"]
    held = [each for each in seen if each.split == "val"]
    if not can_fit(seen):
        raise TrainingError(
            "What is unlike the pictures learnt from is told from those of the train and the val "
            "split, and there are too few of them."
        )
    numbers = torch.stack([each.numbers for each in fitted]).double()  # [N, D]
    center, scale = numbers.mean(0), numbers.std(0).clamp_min(_LEAST)
    standard = (numbers - center) / scale
    basis = _basis(standard)
    inside = standard @ basis.T  # [N, K]
    names = sorted({(each.source, each.label) for each in fitted})
    places = torch.tensor([names.index((each.source, each.label)) for each in fitted])
    means = _means(inside, places, len(names))
    whitening = _whitening(inside - means[places])
    left = standard.shape[1] - len(basis)
    rest = (standard.square().sum(1) - inside.square().sum(1)).mean() / max(left, 1)
    familiar = FamiliarPictures(
        bridge=bridge,
        center=center,
        scale=scale,
        basis=basis,
        whitening=whitening,
        means=means @ whitening.T,
        rest=max(float(rest), _LEAST),
        limits=torch.ones(len(means)).double(),
    )
    found = familiar.nearest(torch.stack([each.numbers for each in held]))
    return replace(familiar, limits=_limits(*found, [source for source, _ in names]))


def alarms(familiar: FamiliarPictures, name: str, pictures: Sequence[Tensor]) -> Alarms:
    """Return how many pictures, each [D], count as unlike those learnt from."""
    strangeness = familiar.strangeness(torch.stack(list(pictures)))
    return Alarms(name, len(pictures), int((strangeness > 1).sum()))


def alarms_table(found: Sequence[Alarms]) -> str:
    """Return shares as a Markdown table."""
    lines = ["| pictures | number | told to be unlike |", "|---|---|---|"]
    lines += [f"| {each.name} | {each.pictures:,} | {each.share:.1%} |" for each in found]
    return "\n".join(lines)


def _basis(standard: Tensor) -> Tensor:
    """Return the first principal directions of centred pictures, [K, D]."""
    most = min(MOST_DIRECTIONS, len(standard) // 2, standard.shape[1])
    _, directions = torch.linalg.eigh(standard.T @ standard)  # in ascending order
    basis: Tensor = directions.T.flip(0)[: max(most, 1)]
    return basis.contiguous()


def _means(inside: Tensor, places: Tensor, labels: int) -> Tensor:
    """Return the mean of each label, [C, K]."""
    counts = torch.bincount(places, minlength=labels)[:, None]
    return inside.new_zeros(labels, inside.shape[1]).index_add_(0, places, inside) / counts


def _whitening(within: Tensor) -> Tensor:
    """Return what makes the shrunk covariance of what is left a sphere, [K, K]."""
    covariance = within.T @ within / len(within)
    sphere = torch.eye(len(covariance), dtype=covariance.dtype) * covariance.diagonal().mean()
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * sphere
    variances, directions = torch.linalg.eigh(shrunk)
    whitening: Tensor = directions @ torch.diag(variances.clamp_min(_LEAST).rsqrt()) @ directions.T
    return whitening


def _limits(distances: Tensor, nearest: Tensor, sources: Sequence[str]) -> Tensor:
    """Return the limit of each label, [C]: that of its source, or of all where those are too few.

    Args:
        distances: Of held-back pictures, [N].
        nearest: The label that each is nearest to, [N].
        sources: Of each label.
    """
    limits = {source: _within(distances) for source in sources}
    for source in limits:
        labels = torch.tensor([place for place, each in enumerate(sources) if each == source])
        mine = distances[torch.isin(nearest, labels)]
        if len(mine) >= _LEAST_HELD:
            limits[source] = _within(mine)
    return torch.tensor([limits[source] for source in sources]).double().clamp_min(_LEAST)


def _within(distances: Tensor) -> float:
    """Return the distance beyond which surely few enough pictures like these lie."""
    return float(distances.sort(descending=True).values[_most_beyond(len(distances))])


def _most_beyond(pictures: int) -> int:
    """Return how many of so many pictures may lie beyond a limit that is to be sure.

    Were one more in twenty to lie beyond it, as few as that would be an accident.
    """
    chance = 0.0
    for beyond in range(pictures):
        ways = math.comb(pictures, beyond)
        chance += ways * FALSE_ALARMS**beyond * (1 - FALSE_ALARMS) ** (pictures - beyond)
        if chance > DOUBT:
            return max(beyond - 1, 0)
    return 0

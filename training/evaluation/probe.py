"""Logistic regression on the frozen encoder's features: what the pictures tell without any bridge.

The encoder's image patches are pooled to the mean and standard deviation of each channel,
standardised, and separated by a linear layer with an L2 penalty.

    N examples, P image patches, V encoder width, F = 2V features, C classes
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from clover_chat.errors import TrainingError

STRENGTHS = (0.001, 0.01, 0.1, 1.0)
_ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class Example:
    """A labelled picture as the probe sees it.

    Attributes:
        image: SHA-256 of the picture, hexadecimal.
        source: Set it comes from.
        label: What is true of it.
        features: Pooled, [F].
        group: Pictures of one group, such as those of one patient, are no independent examples;
            empty where nobody knows.
        weight: How many examples it counts as.
    """

    image: str
    source: str
    label: str
    features: Tensor
    group: str = ""
    weight: float = 1.0


class Guess(NamedTuple):
    """A label with the probability the probe gives it."""

    label: str
    confidence: float


def pooled(patches: Tensor) -> Tensor:
    """Return mean and standard deviation of image patches, [P, V] to [2V]."""
    patches = patches.double()
    return torch.cat([patches.mean(0), patches.std(0, correction=0)])


@dataclass(frozen=True, eq=False)
class Scale:
    """Where features lie and how far they spread, channel by channel.

    Attributes:
        mean: [F].
        std: [F]; 1 where a channel never moves.
    """

    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Self:
        """Measure pictures, which need no labels for it."""
        features = _stack(examples)
        std = features.std(0, correction=0)
        return cls(features.mean(0), torch.where(std > 1e-6, std, 1.0))

    def __call__(self, examples: Sequence[Example]) -> Tensor:
        """Return standardised features, [N, F]."""
        return (_stack(examples) - self.mean) / self.std


@dataclass(frozen=True, eq=False)
class Probe:
    """A fitted probe.

    Attributes:
        classes: The labels it knows, C.
        scale: How features are standardised.
        weight: [C, F].
        bias: [C].
    """

    classes: tuple[str, ...]
    scale: Scale
    weight: Tensor
    bias: Tensor

    def guess(self, examples: Sequence[Example]) -> list[Guess]:
        """Return the likeliest label of each picture."""
        logits = F.linear(self.scale(examples), self.weight, self.bias)
        confidences, places = logits.softmax(-1).max(-1)
        return [
            Guess(self.classes[place], confidence)
            for place, confidence in zip(places.tolist(), confidences.tolist(), strict=True)
        ]


def fit_probe(
    examples: Sequence[Example], scale: Scale | None = None, strength: float | None = None
) -> Probe:
    """Return a probe fitted to labelled pictures; the same ones give the same probe.

    Args:
        examples: At least one picture.
        scale: How to standardise; measured on the examples if it is not given.
        strength: Of the examples against the penalty (scikit-learn's C); by default the one of
            `STRENGTHS` that does best on a fifth of the examples.

    Raises:
        TrainingError: There are no examples.
    """
    if not examples:
        raise TrainingError("A linear probe needs labelled training pictures; none were given.")
    scale = scale or Scale.of(examples)
    if strength is None:
        strength = _best_strength(examples, scale)
    classes = tuple(sorted({example.label for example in examples}))
    told = torch.tensor([classes.index(example.label) for example in examples])
    weights = torch.tensor([example.weight for example in examples], dtype=torch.float64)
    weight, bias = _minimise(scale(examples), told, weights, len(classes), strength)
    return Probe(classes, scale, weight, bias)


def guess_by_source(train: Sequence[Example], test: Sequence[Example]) -> dict[str, Guess]:
    """Return a guess for each test image, from a probe for each source that has training images.

    Args:
        train: Labelled pictures to learn from.
        test: Pictures to guess; their labels are not looked at.
    """
    guesses: dict[str, Guess] = {}
    for source, learnt in _by_source(train):
        asked = [example for example in test if example.source == source]
        if asked:
            said = fit_probe(learnt).guess(asked)
            guesses |= {item.image: guess for item, guess in zip(asked, said, strict=True)}
    return guesses


def _by_source(examples: Sequence[Example]) -> Iterator[tuple[str, list[Example]]]:
    for source in sorted({example.source for example in examples}):
        yield source, [example for example in examples if example.source == source]


def _best_strength(examples: Sequence[Example], scale: Scale) -> float:
    """Return the strength that does best on every fifth picture; the weaker one of equals."""
    pictures = sorted({(example.label, example.image) for example in examples})
    fifth = set(pictures[::5])
    held = [item for item in examples if (item.label, item.image) in fifth]
    kept = [item for item in examples if (item.label, item.image) not in fifth]
    if len({example.label for example in kept}) < 2:
        return STRENGTHS[0]
    right: dict[float, int] = {}
    for strength in STRENGTHS:
        guesses = fit_probe(kept, scale, strength).guess(held)
        right[strength] = sum(
            guess.label == item.label for guess, item in zip(guesses, held, strict=True)
        )
    return max(STRENGTHS, key=lambda strength: right[strength])


def _minimise(
    features: Tensor, told: Tensor, weights: Tensor, classes: int, strength: float
) -> tuple[Tensor, Tensor]:
    """Return weight [C, F] and bias [C] with the least loss; it has one minimum.

    With fewer examples than features, the minimum lies in the space that the examples span, which
    is where it is looked for.
    """
    if len(features) < features.shape[1]:
        spanned = torch.linalg.qr(features.T).Q  # [F, N]
        weight, bias = _minimise(features @ spanned, told, weights, classes, strength)
        return weight @ spanned.T, bias
    weight = features.new_zeros(classes, features.shape[1]).requires_grad_()
    bias = features.new_zeros(classes).requires_grad_()
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=_ITERATIONS, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        fit = F.cross_entropy(F.linear(features, weight, bias), told, reduction="none") @ weights
        total = (strength * fit + 0.5 * weight.square().sum()) / (strength * weights.sum())
        total.backward()
        return total

    optimizer.step(loss)
    return weight.detach(), bias.detach()


def _stack(examples: Sequence[Example]) -> Tensor:
    return torch.stack([example.features.double() for example in examples])

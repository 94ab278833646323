"""How much one can tell from 1, 2, 4 or 8 examples of each label of a set never trained on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation.intervals import Interval, crossed_interval
from training.evaluation.probe import Example, Scale, fit_probe

SHOTS = (1, 2, 4, 8)
SEEDS = tuple(range(20))
STRENGTH = 0.1
"""The probe's: too few examples to choose one by; a larger one changes little."""


@dataclass(frozen=True)
class FewShot:
    """What so many examples of each label gave on the other images of one source.

    Attributes:
        source: Set of images.
        method: What learnt from the examples.
        shots: Examples of each label.
        classes: Labels with more images than that; the others are left out.
        seeds: How often the examples were drawn.
        right: Share of the other images named right, over draws and images.
    """

    source: str
    method: str
    shots: int
    classes: int
    seeds: int
    right: Interval


@dataclass(frozen=True)
class Draw:
    """Examples to learn from, and the images to be asked about afterwards.

    Attributes:
        support: So many of each label, by label.
        asked: The other images of these labels, none from a group that the support has seen.
    """

    support: tuple[Example, ...]
    asked: tuple[Example, ...]


def draw(examples: Sequence[Example], shots: int, seed: int) -> Draw:
    """Return `shots` examples of each label that has more, and the images left to ask about.

    The same seed draws the same, so that a bridge and the probe can learn from the same examples.
    """
    rng = random.Random(f"{shots}-{seed}")  # noqa: S311 - not a secret
    support: list[Example] = []
    kept: list[Example] = []
    for mine in _by_label(examples, shots):
        chosen = rng.sample(mine, shots)
        support += chosen
        kept += [item for item in mine if item not in chosen]
    seen = {item.group for item in support if item.group}
    return Draw(tuple(support), tuple(item for item in kept if item.group not in seen))


def probe_few_shot(
    examples: Sequence[Example],
    scale: Scale,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = SEEDS,
) -> list[FewShot]:
    """Return what the linear probe reaches on one source, for each number of shots it allows.

    Args:
        examples: The pictures of one source.
        scale: How to standardise, measured on other pictures; so few say too little about that.
        shots: Examples of each label.
        seeds: A draw for each.
    """
    found: list[FewShot] = []
    for count in shots:
        draws = [draw(examples, count, seed) for seed in seeds]
        guesses = [_guess(each, scale) for each in draws]
        if row := few_shot("linear probe", count, draws, guesses):
            found.append(row)
    return found


def few_shot(
    method: str, shots: int, draws: Sequence[Draw], guesses: Sequence[dict[str, str]]
) -> FewShot | None:
    """Return the share of right guesses over draws with its interval.

    Args:
        method: What learnt from the examples.
        shots: Examples of each label.
        draws: The draws.
        guesses: For each draw the label guessed for each asked image, by its hash.

    Returns:
        None where fewer than two labels have more than `shots` images, or none is left to ask.
    """
    labels = {item.label for each in draws for item in each.support}
    images = sorted({item.image for each in draws for item in each.asked})
    if len(labels) < 2 or not images:
        return None
    places = {image: place for place, image in enumerate(images)}
    values = np.full((len(draws), len(images)), np.nan)
    for row, (each, guessed) in enumerate(zip(draws, guesses, strict=True)):
        for item in each.asked:
            values[row, places[item.image]] = guessed[item.image] == item.label
    source = draws[0].support[0].source
    right = crossed_interval(values)
    return FewShot(source, method, shots, len(labels), len(draws), right)


def _guess(drawn: Draw, scale: Scale) -> dict[str, str]:
    if not drawn.asked or not drawn.support:
        return {}
    guesses = fit_probe(drawn.support, scale, STRENGTH).guess(drawn.asked)
    return {item.image: each.label for item, each in zip(drawn.asked, guesses, strict=True)}


def _by_label(examples: Sequence[Example], shots: int) -> Iterator[list[Example]]:
    for label in sorted({item.label for item in examples}):
        mine = sorted((item for item in examples if item.label == label), key=lambda it: it.image)
        if len(mine) > shots:
            yield mine

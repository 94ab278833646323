"""Labelled features that a probe can tell apart."""

import torch

from training.evaluation.probe import Example

WIDTH = 6


def example(label: str, number: int, source: str = "here", group: str = "") -> Example:
    """Return a picture whose label lies in the direction of its features."""
    generator = torch.Generator().manual_seed(1000 * len(label) + number)
    features = torch.randn(WIDTH, generator=generator, dtype=torch.float64)
    features["abc".index(label[0])] += 6.0
    return Example(f"{source}-{label}-{number:03}", source, label, features, group)


def some(count: int, first: int = 0, source: str = "here") -> list[Example]:
    return [
        example(label, number, source)
        for label in ("a", "bb", "ccc")
        for number in range(first, first + count)
    ]

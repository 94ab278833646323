"""Conversations to learn from, as tensors.

N looks in a batch (one for a picture and question), P image patches, V encoder width
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from clover_chat.types import Picture, Turn


def _never() -> Image.Image:
    raise AssertionError("training reads cached features, not pixels")


NOT_LOADED = Picture(key="", load=_never)
"""Stands for the picture in a prompt when its features are at hand already."""

Views = tuple[Tensor, ...]
"""Encoder features of one picture as it is and augmented, each [P, V]."""


@dataclass(frozen=True)
class Asked:
    """One question of a conversation, with its answer.

    Attributes:
        question: As a person would ask it.
        answer: As the bridge should lead the language model to answer.
        shown: Which of the conversation's pictures the question looks at, by position.
    """

    question: str
    answer: str
    shown: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Conversation:
    """Questions and answers about pictures; every question looks at its pictures afresh."""

    pictures: tuple[Views, ...]
    asked: tuple[Asked, ...]

    def turns(self) -> list[Turn]:
        """Return the conversation as the engine would hold it."""
        return [
            Turn(item.question, (NOT_LOADED,) * len(item.shown), item.answer) for item in self.asked
        ]

    def looks(self) -> int:
        """Return how many looks it takes, one for each question and picture."""
        return sum(len(item.shown) for item in self.asked)


def draw_views(pictures: Sequence[Views], rng: random.Random, keep: float) -> list[Tensor]:
    """Return a view of each with only a random share of its image patches, [P', V].

    The Q-Former has no notion of place, so leaving patches out is the cheapest augmentation there
    is. The share is the same throughout, which spares padding.
    """
    share = rng.uniform(keep, 1.0)
    return [_part(rng.choice(views), share, rng) for views in pictures]


def _part(features: Tensor, share: float, rng: random.Random) -> Tensor:
    count = max(4, round(len(features) * share))
    if count >= len(features):
        return features
    return features[torch.tensor(sorted(rng.sample(range(len(features)), count)))]


def stack_patches(features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return features padded to the longest, [N, P, V], and their mask, [N, P]."""
    longest = max(len(row) for row in features)
    stacked = torch.zeros(len(features), longest, features[0].shape[1])
    mask = torch.zeros(len(features), longest, dtype=torch.long)
    for position, row in enumerate(features):
        stacked[position, : len(row)] = row
        mask[position, : len(row)] = 1
    return stacked, mask

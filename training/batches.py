"""Random conversations about seen patches, as tensors.

N looks in a batch (one a picture and question), P image patches, V encoder width, T tokens
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from clover_chat.types import Picture, Turn
from training.cache import SeenPatch
from training.instructions.templates import WEIGHTS, Exchange, Truths, random_exchange


def _never() -> Image.Image:
    raise AssertionError("training reads cached features, not pixels")


NOT_LOADED = Picture(key="", load=_never)
"""Stands for the picture in a prompt when its features are at hand already."""


@dataclass(frozen=True)
class Conversation:
    """Questions and answers about one seen patch."""

    seen: SeenPatch
    exchanges: tuple[Exchange, ...]


class ConversationSampler:
    """Draws conversations, balanced over sources and, within a source, over labels.

    Args:
        seen: The patches to talk about.
        weights: How often a source is drawn, by name; 1 where not given.
    """

    def __init__(self, seen: Sequence[SeenPatch], weights: dict[str, float] | None = None) -> None:
        self._by_label: dict[tuple[str, str], list[SeenPatch]] = {}
        for item in seen:
            self._by_label.setdefault((item.patch.source, item.patch.label), []).append(item)
        sizes: dict[str, int] = {}
        for source, _ in self._by_label:
            sizes[source] = sizes.get(source, 0) + 1
        self._groups = list(self._by_label)
        given = weights or {}
        self._weights = [
            given.get(source, 1.0) * sizes[source] ** -0.5 for source, _ in self._groups
        ]
        self.truths = Truths.of([item.patch for item in seen])

    def draw(
        self, turns: int, rng: random.Random, among: Collection[str] = tuple(WEIGHTS)
    ) -> Conversation:
        """Return a conversation of `turns` questions, of the given kinds, about one patch."""
        group = rng.choices(self._groups, self._weights)[0]
        seen = rng.choice(self._by_label[group])
        exchanges = [random_exchange(seen.patch, self.truths, rng, among) for _ in range(turns)]
        return Conversation(seen, tuple(exchanges))


def draw_view(seen: SeenPatch, rng: random.Random, keep: float) -> Tensor:
    """Return one view's features with only a random share of its patches, [P', V].

    The Q-Former has no notion of place, so leaving patches out is the cheapest augmentation there
    is.
    """
    features = rng.choice(seen.views)
    share = rng.uniform(keep, 1.0)
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


def as_turns(conversation: Conversation) -> list[Turn]:
    """Return the conversation as the engine would hold it."""
    return [Turn(item.question, (NOT_LOADED,), item.answer) for item in conversation.exchanges]

"""The bridge's own reading of a picture: organ, stain and label, each with its probability.

A linear layer for each aspect on what the bridge sees of a picture: the mean query output of the
Q-Former under one fixed question, beside mean and spread of the encoder's own features. With it, a
temperature makes its probabilities believable (Guo et al. 2017, "On calibration of modern neural
networks", section 4.2). Labels are told apart among those of one source, by a layer
and a temperature for each source, weighted by how likely the picture is of that source.

    N pictures, P image patches, V encoder width, Q query tokens, H width of the Q-Former,
    S = H + 2V what is seen, C names
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from clover_chat.model.clover import CloverModel, summary
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import Finding, Reading

QUESTIONS: Mapping[str, str] = {
    "organ": "Which organ is this?",
    "stain": "Which stain was used?",
    "label": "What is the diagnosis?",
}
"""The fixed question of each aspect."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A linear layer that chooses among names.

    Attributes:
        names: What it can choose, C.
        weight: [C, S].
        bias: [C].
        temperature: Divides the logits; above 1 it makes the choice less sure of itself.
    """

    names: tuple[str, ...]
    weight: Tensor
    bias: Tensor
    temperature: float = 1.0

    def logits(self, seen: Tensor) -> Tensor:
        """Return logits without the temperature, [N, C], of what is seen, [N, S]."""
        return F.linear(seen.to(self.weight.dtype), self.weight, self.bias)

    def probabilities(self, seen: Tensor) -> Tensor:
        """Return calibrated probabilities, [N, C], of what is seen, [N, S]."""
        return (self.logits(seen) / self.temperature).softmax(-1)

    def uncalibrated(self) -> "Choice":
        """Return the same choice as it was before it was calibrated."""
        return replace(self, temperature=1.0)


class DecidedBy(StrEnum):
    """Which pictures decided how firmly a layer is held by its penalty."""

    FIFTH = "fifth"
    """A fifth of those it was fitted on."""
    VAL = "val"
    """The val split, where all names are there."""


@dataclass(frozen=True)
class ReadingRecipe:
    """How a reading was fitted, for whoever fits the next one in the same way.

    Attributes:
        views: Of each picture.
        strength: Who decided it.
    """

    views: int = 1
    strength: DecidedBy = DecidedBy.FIFTH


PLAIN = ReadingRecipe()
"""How a reading was fitted that does not say."""


@dataclass(frozen=True, eq=False)
class ReadingHead:
    """Everything a reading takes besides the bridge itself.

    Attributes:
        bridge: SHA-256 of the bridge it belongs to, hexadecimal.
        questions: The fixed question of each aspect, as in `QUESTIONS`.
        organ: Among organs and specimens.
        stain: Among stains.
        source: Among the sources of the training pictures, under the question for the label.
        labels: By source, among its labels.
        recipe: How it was fitted.
    """

    bridge: str
    questions: Mapping[str, str]
    organ: Choice
    stain: Choice
    source: Choice
    labels: Mapping[str, Choice]
    recipe: ReadingRecipe = PLAIN

    def read(self, seen: Mapping[str, Tensor]) -> Reading:
        """Return the reading of one picture.

        Args:
            seen: What is seen of it under the question of each aspect, [S].
        """
        rows = {aspect: output[None] for aspect, output in seen.items()}
        names, probabilities = self.label_probabilities(rows["label"])
        return Reading(
            organ=_ranked(self.organ.names, self.organ.probabilities(rows["organ"])[0]),
            stain=_ranked(self.stain.names, self.stain.probabilities(rows["stain"])[0]),
            label=_ranked(names, probabilities[0]),
        )

    def label_probabilities(self, seen: Tensor) -> tuple[tuple[str, ...], Tensor]:
        """Return all labels with their probabilities, [N, C], over the sources they may be from."""
        return label_probabilities(self.source, self.labels, seen)

    def uncalibrated(self) -> "ReadingHead":
        """Return the same head as it was before it was calibrated."""
        return replace(
            self,
            organ=self.organ.uncalibrated(),
            stain=self.stain.uncalibrated(),
            source=self.source.uncalibrated(),
            labels={source: choice.uncalibrated() for source, choice in self.labels.items()},
        )


def recipe_of(head: ReadingHead | None) -> ReadingRecipe:
    """Return how a reading was fitted, and how a first one is where there is none."""
    return head.recipe if head else PLAIN


def label_probabilities(
    source: Choice, labels: Mapping[str, Choice], seen: Tensor
) -> tuple[tuple[str, ...], Tensor]:
    """Return all labels with their probabilities, [N, C], over the sources they may be from.

    Args:
        source: Among sources.
        labels: By source, among its labels.
        seen: What is seen of pictures under the question for the label, [N, S].
    """
    sources = source.probabilities(seen)  # [N, sources]
    names = tuple(sorted({name for choice in labels.values() for name in choice.names}))
    total = sources.new_zeros(len(seen), len(names))
    for place, one in enumerate(source.names):
        choice = labels[one]
        columns = torch.tensor([names.index(name) for name in choice.names])
        share = sources[:, place : place + 1] * choice.probabilities(seen)
        total.index_add_(1, columns, share)
    return names, total


def seen_width(model: CloverModel) -> int:
    """Return S of a model."""
    config = model.qformer.config
    return int(config.hidden_size + 2 * config.encoder_hidden_size)


@torch.inference_mode()
def look_for_reading(
    model: CloverModel,
    processor: CloverProcessor,
    patches: Tensor,
    questions: Mapping[str, str] = QUESTIONS,
    patches_mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Return what is seen of pictures under the question of each aspect, each [N, S].

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        patches: Encoder features, [N, P, V].
        questions: By aspect.
        patches_mask: 1 where `patches` is a picture, [N, P].
    """
    pooled = summary(patches, patches_mask).flatten(1).double().cpu()  # [N, 2V]
    seen: dict[str, Tensor] = {}
    for aspect, question in questions.items():
        asked = processor.question_batch([question] * len(patches))
        output: Any = model.get_query_output(patches, *asked, patches_mask)
        queries = output.last_hidden_state[:, : model.config.num_query_tokens]  # [N, Q, H]
        seen[aspect] = torch.cat([queries.mean(1).double().cpu(), pooled], dim=1)
    return seen


def read_picture(
    model: CloverModel, processor: CloverProcessor, head: ReadingHead, patches: Tensor
) -> Reading:
    """Return the reading of one picture.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        head: The reading of that bridge.
        patches: Encoder features, [P, V].
    """
    seen = look_for_reading(model, processor, patches[None], head.questions)
    return head.read({aspect: rows[0] for aspect, rows in seen.items()})


def _ranked(names: tuple[str, ...], probabilities: Tensor) -> tuple[Finding, ...]:
    found = [Finding(*each) for each in zip(names, probabilities.tolist(), strict=True)]
    return tuple(sorted(found, key=lambda each: (-each.probability, each.name)))

"""Stage 1, alignment: the Q-Former learns to see in pictures what captions say about them.

    clover-train align --instructions FILE --out RUN    train, or go on where RUN stopped

The three losses are in `alignment`. Every step takes its whole batch at once, because the other
pairs of the batch are what a pair is contrasted with.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.distributed.nn.functional import all_gather

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.alignment import (
    AlignmentHeads,
    CaptionReader,
    Captions,
    caption_loss,
    contrast_loss,
    hard_negatives,
    match_logits,
    see,
    similarities,
)
from training.batches import Views, draw_views, stack_patches
from training.loop import LoopConfig, Shard, cosine, train
from training.standardising import standardise


@dataclass(frozen=True)
class AlignConfig:
    """One alignment of the bridge."""

    steps: int = field(default=400, metadata={"help": "Steps."})
    pairs: int = field(default=32, metadata={"help": "Pictures with a caption in a step."})
    learning_rate: float = field(default=5e-4, metadata={"help": "Peak rate."})
    weight_decay: float = field(default=0.05, metadata={"help": "AdamW's, on matrices only."})
    keep: float = field(default=0.4, metadata={"help": "Smallest share of image patches kept."})
    seed: int = field(default=0, metadata={"help": "Of weights, order and augmentation."})
    save_every: int = field(default=100, metadata={"help": "Steps between checkpoints."})

    def __post_init__(self) -> None:
        if self.pairs < 2:
            raise TrainingError(f"pairs must be at least 2 to contrast them, got {self.pairs}.")
        if self.learning_rate <= 0:
            raise TrainingError(f"learning_rate must be above 0, got {self.learning_rate}.")


class Pair(NamedTuple):
    """A picture with one of its captions.

    Attributes:
        views: The picture.
        caption: What is said about it.
        true: Every caption that holds for it.
        meaning: Pictures with the same meaning share their captions.
    """

    views: Views
    caption: str
    true: frozenset[str]
    meaning: str


class PairSampler(Protocol):
    """Draws pictures with captions."""

    def pairs(self, count: int, rng: random.Random) -> list[Pair]:
        """Return `count` pairs."""
        ...

    def pictures(self, count: int, rng: random.Random) -> list[Views]:
        """Return pictures of every sort."""
        ...


def align(
    model: CloverModel,
    processor: CloverProcessor,
    sampler: PairSampler,
    config: AlignConfig,
    run_dir: Path,
    accelerator: Accelerator | None = None,
) -> None:
    """Align the bridge in place, going on from the checkpoint in `run_dir` if there is one.

    Raises:
        TrainingError: The pairs cannot be dealt out evenly to the processes.
    """
    accelerator = accelerator or Accelerator()
    if config.pairs % accelerator.num_processes:
        raise TrainingError(
            f"{config.pairs} pairs cannot be dealt out to {accelerator.num_processes} processes; "
            "choose a multiple."
        )
    model.to(accelerator.device)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    torch.manual_seed(config.seed)
    vocabulary = processor.question_tokenizer
    heads = AlignmentHeads(model.query_tokens.shape[-1], vocabulary.get_vocab_size())
    heads.to(accelerator.device)
    standardise(model, sampler, config.seed)
    loop = LoopConfig(
        steps=config.steps,
        rate=lambda step: config.learning_rate * cosine(step, config.steps),
        weight_decay=config.weight_decay,
        accumulate=1,
        seed=config.seed,
        save_every=config.save_every,
    )
    step_loss = _StepLoss(model, heads, CaptionReader(vocabulary), sampler, config)
    train(model, heads, step_loss, loop, run_dir, accelerator)


class _StepLoss:
    """Draws the pairs of a step and measures the bridge on a shard of them."""

    def __init__(
        self,
        model: CloverModel,
        heads: AlignmentHeads,
        reader: CaptionReader,
        sampler: PairSampler,
        config: AlignConfig,
    ) -> None:
        self._model, self._heads, self._reader = model, heads, reader
        self._sampler, self._config = sampler, config

    def __call__(self, step: int, shard: Shard) -> tuple[Tensor, dict[str, float]]:
        """Return the shard's part of the step's loss, and of what the log keeps."""
        rng = random.Random(f"{self._config.seed}-{step}")  # noqa: S311 - not a secret
        pairs = self._sampler.pairs(self._config.pairs, rng)
        views = draw_views([pair.views for pair in pairs], rng, self._config.keep)
        own = shard.of(range(len(pairs)))
        captions = [pair.caption for pair in pairs]

        patches, patches_mask = self._stack([views[row] for row in own])
        read = self._read([captions[row] for row in own])
        logits = self._similarities(patches, patches_mask, captions, shard)
        is_true = _is_true(pairs).to(logits.device)
        contrast = contrast_loss(logits, is_true)[own].sum()

        matching, right = self._matching(views, captions, own, logits, is_true, step)
        writing = caption_loss(
            self._model, self._heads, patches, patches_mask, read, self._reader.begin
        ).sum()
        figures = {
            "contrast": contrast.item() / len(pairs),
            "matching": matching.item() / len(pairs),
            "writing": writing.item() / len(pairs),
            "matched": right / len(pairs),
        }
        return (contrast + matching + writing) / len(pairs), figures

    def _stack(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        patches, mask = stack_patches(views)
        device = self._model.query_tokens.device
        return patches.to(device), mask.to(device)

    def _read(self, captions: Sequence[str]) -> Captions:
        return self._reader.read(captions, self._model.query_tokens.device)

    def _similarities(
        self, patches: Tensor, patches_mask: Tensor, captions: Sequence[str], shard: Shard
    ) -> Tensor:
        """Return the similarities of all pairs; every process sees its own pictures.

        The captions of others are read again here: they are short, and pictures are not.
        """
        seen = _gathered(see(self._model, patches, patches_mask), shard)
        return similarities(self._model, self._heads, seen, self._read(captions))

    def _matching(
        self,
        views: Sequence[Tensor],
        captions: Sequence[str],
        own: Sequence[int],
        logits: Tensor,
        is_true: Tensor,
        step: int,
    ) -> tuple[Tensor, float]:
        """Return the summed loss of matching, a third of it each for pairs and hard negatives."""
        generator = torch.Generator().manual_seed(self._config.seed * 1_000_003 + step)
        other_caption = hard_negatives(logits, is_true, generator).tolist()
        other_picture = hard_negatives(logits.T, is_true.T, generator).tolist()
        asked = [(row, row, 1) for row in own]
        asked += [(row, other_caption[row], 0) for row in own if other_caption[row] >= 0]
        asked += [(other_picture[row], row, 0) for row in own if other_picture[row] >= 0]
        patches, mask = self._stack([views[picture] for picture, _, _ in asked])
        read = self._read([captions[caption] for _, caption, _ in asked])
        answers = match_logits(self._model, self._heads, patches, mask, read)
        told = torch.tensor([fits for _, _, fits in asked], device=answers.device)
        loss = torch.nn.functional.cross_entropy(answers, told, reduction="sum") / 3
        return loss, float((answers.argmax(-1) == told).sum()) / 3


def _is_true(pairs: Sequence[Pair]) -> Tensor:
    """Return whether the caption of each pair (column) holds for each picture (row)."""
    return torch.tensor(
        [
            [one.meaning == other.meaning or other.caption in one.true for other in pairs]
            for one in pairs
        ]
    )


def _gathered(seen: Tensor, shard: Shard) -> Tensor:
    """Return the rows of all processes in the order of the step's pairs, with gradients."""
    if shard.count == 1:
        return seen
    parts = torch.stack(list(all_gather(seen.contiguous())), dim=1)
    return parts.flatten(0, 1)

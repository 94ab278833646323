"""How the words of a bridge follow what people think of its answers.

A step draws corrections to be said, pairs to be preferred, single answers to be said more or less
often, and replayed instructions, so that nothing is forgotten. The language model stays frozen; the
bridge is compared with its parent, whose log-probabilities are computed once.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.batches import Conversation, Views
from training.feedback.judged import Feedback
from training.feedback.losses import (
    Likelihoods,
    balance,
    drift,
    preference_losses,
    single_losses,
)
from training.feedback.words import Likeliness, conversation
from training.instructions.records import ImageRef
from training.loop import LoopConfig, Shard, cosine, train
from training.objectives import Teller, look
from training.tune import Sampler

REFERENCE = "reference.safetensors"
Item = TypeVar("Item")


@dataclass(frozen=True)
class FeedbackConfig:
    """One round of learning from feedback."""

    steps: int = field(default=40, metadata={"help": "Steps of words; 0 refits the reading only."})
    questions: int = field(default=12, metadata={"help": "Questions to be answered in a step."})
    replay: float = field(default=0.5, metadata={"help": "Share of them that is replayed."})
    pairs: int = field(default=4, metadata={"help": "Preferences in a step."})
    singles: int = field(default=4, metadata={"help": "Liked or disliked answers in a step."})
    beta: float = field(default=0.1, metadata={"help": "How dearly leaving the parent is paid."})
    learning_rate: float = field(default=1e-4, metadata={"help": "Peak rate."})
    weight: float = field(default=3.0, metadata={"help": "Judged over replayed in the reading."})
    lora_rank: int = field(default=0, metadata={"help": "LoRA on the Q-Former; 0 is all of it."})
    per_label: int | None = field(
        default=None, metadata={"help": "Replayed pictures of each label; None is all."}
    )
    seed: int = field(default=0, metadata={"help": "Of order and weights."})
    save_every: int = field(default=20, metadata={"help": "Steps between checkpoints."})

    def __post_init__(self) -> None:
        if not 0 <= self.replay < 1:
            raise TrainingError(f"replay must be from 0 to below 1, got {self.replay}.")
        for name in ("learning_rate", "beta", "weight"):
            if getattr(self, name) <= 0:
                raise TrainingError(f"{name} must be above 0, got {getattr(self, name)}.")


def learn(
    model: CloverModel,
    processor: CloverProcessor,
    feedback: Feedback,
    views: Mapping[ImageRef, Views],
    replay: Sampler,
    config: FeedbackConfig,
    run_dir: Path,
    accelerator: Accelerator,
) -> None:
    """Train the bridge in place, going on from the checkpoint in `run_dir` if there is one.

    Args:
        model: The parent; all of its bridge or LoRA on it is trained.
        processor: Its vocabularies.
        feedback: What to learn.
        views: Encoder features of its pictures.
        replay: Draws what the bridge has learnt before.
        config: How.
        run_dir: For log and checkpoints; exists.
        accelerator: One process or several.
    """
    model.to(accelerator.device)
    model.qformer.apply(_without_dropout)
    with accelerator.main_process_first():
        step_loss = _StepLoss(model, processor, feedback, views, replay, config, run_dir)
    loop = LoopConfig(
        steps=config.steps,
        rate=lambda step: config.learning_rate * cosine(step, config.steps),
        weight_decay=0.0,
        accumulate=1,
        seed=config.seed,
        save_every=config.save_every,
    )
    train(model, nn.Identity(), step_loss, loop, run_dir, accelerator)


@dataclass(frozen=True)
class _Stack:
    """Conversations with how likely the parent finds their last answers."""

    told: Sequence[Conversation]
    parent: Tensor

    def of(self, places: Sequence[int]) -> list[Conversation]:
        return [self.told[place] for place in places]


class _StepLoss:
    """Draws what a step learns from and measures the bridge on a shard of it."""

    def __init__(
        self,
        model: CloverModel,
        processor: CloverProcessor,
        feedback: Feedback,
        views: Mapping[ImageRef, Views],
        replay: Sampler,
        config: FeedbackConfig,
        run_dir: Path,
    ) -> None:
        self._model, self._processor, self._config = model, processor, config
        self._replay, self._teller = replay, Teller(model, processor)
        self._likely = Likeliness(model, processor)
        self._lessons = [conversation(e.exchange, e.answer, views) for e in feedback.lessons]
        said = feedback.singles
        told = {
            "chosen": [conversation(e.exchange, e.chosen, views) for e in feedback.pairs],
            "rejected": [conversation(e.exchange, e.rejected, views) for e in feedback.pairs],
            "said": [conversation(e.exchange, e.answer, views) for e in said],
            "mismatched": [
                conversation(one.exchange, other.answer, views)
                for one, other in zip(said, (*said[1:], *said[:1]), strict=True)
            ],
        }
        parent = self._parent(told, run_dir / REFERENCE)
        self._stacks = {name: _Stack(told[name], parent[name]) for name in told}
        self._is_liked = torch.tensor([each.is_liked for each in said], dtype=torch.bool)
        liked = int(self._is_liked.sum())
        self._weights = balance(liked, len(said) - liked)

    def _parent(self, told: Mapping[str, Sequence[Conversation]], path: Path) -> dict[str, Tensor]:
        """Return the parent's log-probabilities, computed once and kept with the run."""
        if not path.exists():
            self._model.eval()
            found = {name: self._likely.all(drawn) for name, drawn in told.items()}
            part = path.with_name(path.name + ".part")
            save_file(found, part)
            part.replace(path)
        return load_file(path)

    def __call__(self, step: int, shard: Shard) -> tuple[Tensor, dict[str, float]]:
        """Return the shard's part of the step's loss, and of what the log keeps."""
        config = self._config
        rng = random.Random(f"feedback-{config.seed}-{step}")  # noqa: S311 - not a secret
        own = round(config.questions * (1 - config.replay)) if self._lessons else 0
        lessons = [self._lessons[place] for place in _drawn(self._lessons, own, rng)]
        replayed = self._replay.conversations(config.questions - own, rng)
        pairs = _drawn(self._stacks["chosen"].told, config.pairs, rng)
        singles = _drawn(self._stacks["said"].told, config.singles, rng)
        parts = {
            "replay": self._replayed(replayed, shard),
            "corrections": self._corrected(lessons, shard),
            "pairs": self._preferred(pairs, shard),
            "singles": self._judged(singles, shard),
        }
        total = torch.stack(list(parts.values())).sum()
        return total, {name: loss.item() for name, loss in parts.items()}

    def _nothing(self) -> Tensor:
        return self._model.query_tokens.sum() * 0

    def _replayed(self, drawn: Sequence[Conversation], shard: Shard) -> Tensor:
        mine = shard.of(drawn)
        if not mine:
            return self._nothing()
        rng = random.Random(0)  # noqa: S311 - whole pictures
        looks = look(self._model, self._processor, mine, 1.0, rng)
        return self._teller(looks).loss / self._teller.units(drawn)

    def _corrected(self, drawn: Sequence[Conversation], shard: Shard) -> Tensor:
        mine = shard.of(drawn)
        if not mine:
            return self._nothing()
        return -self._likely(mine).sum() / self._likely.tokens(drawn)

    def _preferred(self, drawn: Sequence[int], shard: Shard) -> Tensor:
        mine = shard.of(drawn)
        if not mine:
            return self._nothing()
        chosen, rejected = (self._measured(name, mine) for name in ("chosen", "rejected"))
        return preference_losses(chosen, rejected, self._config.beta).sum() / len(drawn)

    def _judged(self, drawn: Sequence[int], shard: Shard) -> Tensor:
        mine = shard.of(drawn)
        if not mine:
            return self._nothing()
        said = self._measured("said", mine)
        with torch.no_grad():
            gone = drift(self._measured("mismatched", drawn if self._has_others else []))
        losses = single_losses(
            said,
            self._is_liked[mine].to(said.parent.device),
            gone.to(said.parent.device),
            self._config.beta,
            *self._weights,
        )
        return losses.sum() / len(drawn)

    @property
    def _has_others(self) -> bool:
        return len(self._stacks["said"].told) > 1

    def _measured(self, name: str, places: Sequence[int]) -> Likelihoods:
        stack = self._stacks[name]
        if not places:
            return Likelihoods(torch.zeros(0), torch.zeros(0))
        learning = self._likely(stack.of(places))
        return Likelihoods(learning, stack.parent[list(places)].to(learning.device))


def _drawn(items: Sequence[Item], count: int, rng: random.Random) -> list[int]:
    """Return places of distinct items, in no order; all of them where there are fewer."""
    return rng.sample(range(len(items)), min(count, len(items)))


def _without_dropout(module: nn.Module) -> None:
    """Switch dropout off, so that at the first step the bridge is its parent."""
    if isinstance(module, nn.Dropout):
        module.p = 0.0
    if hasattr(module, "attention_dropout"):
        setattr(module, "attention_dropout", 0.0)  # noqa: B010 - a number, which mypy doubts

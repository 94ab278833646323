"""Stage 2, instruction tuning: the bridge learns to lead the frozen language model to the answer.

    clover-train tune --data DIR --out RUN    train, or go on where RUN stopped

1. Warm-up: the bridge alone learns which answer fits picture and question, and to spell it in the
   language model's own word embeddings, one token after the other. A step costs a quarter of one
   through the language model, which then only has to learn to read what is spelt.
2. Tuning: the language-model loss on the answer tokens (CLOVER, section "Instruction tuning"),
   gradients through the frozen language model into the bridge. The choice of the answer stays a
   side objective, so that the binding of question to picture is not lost.
"""

import json
import random
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from accelerate import Accelerator
from torch import Tensor

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.batches import Conversation, Views
from training.loop import LoopConfig, Shard, cosine, train
from training.objectives import AnswerHead, Looks, Speller, Teller, look
from training.standardising import standardise


@dataclass(frozen=True)
class TrainConfig:
    """One training run of the bridge."""

    warm_up_steps: int = field(default=700, metadata={"help": "Steps of spelling answers."})
    warm_up_looks: int = field(default=48, metadata={"help": "Questions in a warm-up step."})
    steps: int = field(default=400, metadata={"help": "Steps through the language model."})
    questions: int = field(
        default=12, metadata={"help": "Questions in a step, over all conversations."}
    )
    learning_rate: float = field(default=5e-4, metadata={"help": "Peak rate of both steps."})
    choice: float = field(default=1.0, metadata={"help": "Weight of choosing the answer."})
    weight_decay: float = field(default=0.05, metadata={"help": "AdamW's, on matrices only."})
    keep: float = field(default=0.4, metadata={"help": "Smallest share of image patches kept."})
    accumulate: int = field(default=1, metadata={"help": "Parts a step is computed in."})
    seed: int = field(default=0, metadata={"help": "Of weights, order and augmentation."})
    save_every: int = field(default=100, metadata={"help": "Steps between checkpoints."})

    def __post_init__(self) -> None:
        if self.learning_rate <= 0:
            raise TrainingError(f"learning_rate must be above 0, got {self.learning_rate}.")
        if not 0 < self.keep <= 1:
            raise TrainingError(f"keep must be above 0 and at most 1, got {self.keep}.")


class Sampler(Protocol):
    """Draws what to learn from."""

    @property
    def answers(self) -> Collection[str]:
        """Every answer it may draw."""

    @property
    def frequent_answers(self) -> Collection[str]:
        """Those worth learning to choose."""

    def single(self, count: int, rng: random.Random) -> list[Conversation]:
        """Return conversations of one question about one picture."""
        ...

    def conversations(self, questions: int, rng: random.Random) -> list[Conversation]:
        """Return conversations of like length with about so many questions in all."""
        ...

    def pictures(self, count: int, rng: random.Random) -> list[Views]:
        """Return pictures of every sort."""
        ...


def tune(
    model: CloverModel,
    processor: CloverProcessor,
    sampler: Sampler,
    config: TrainConfig,
    run_dir: Path,
    accelerator: Accelerator | None = None,
) -> None:
    """Tune the bridge in place, going on from the checkpoint in `run_dir` if there is one."""
    accelerator = accelerator or Accelerator()
    model.to(accelerator.device)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    torch.manual_seed(config.seed)
    head = AnswerHead(model.query_tokens.shape[-1], sampler.frequent_answers)
    head.to(accelerator.device)
    standardise(model, sampler, config.seed)
    loop = LoopConfig(
        steps=config.warm_up_steps + config.steps,
        rate=lambda step: config.learning_rate * _rate(step, config),
        weight_decay=config.weight_decay,
        accumulate=config.accumulate,
        seed=config.seed,
        save_every=config.save_every,
    )
    step_loss = _StepLoss(model, processor, sampler, head, config)
    train(model, head, step_loss, loop, run_dir, accelerator)


class _StepLoss:
    """Draws the conversations of a step and measures the bridge on a shard of them."""

    def __init__(
        self,
        model: CloverModel,
        processor: CloverProcessor,
        sampler: Sampler,
        head: AnswerHead,
        config: TrainConfig,
    ) -> None:
        self._model, self._processor, self._sampler = model, processor, sampler
        self._head, self._config = head, config
        self._speller = Speller(model, processor, sampler.answers)
        self._teller = Teller(model, processor)

    def __call__(self, step: int, shard: Shard) -> tuple[Tensor, dict[str, float]]:
        """Return the shard's part of the step's loss, and of what the log keeps."""
        config = self._config
        rng = random.Random(f"{config.seed}-{step}")  # noqa: S311 - not a secret
        main: Speller | Teller
        if step < config.warm_up_steps:
            main, drawn = self._speller, self._sampler.single(config.warm_up_looks, rng)
        else:
            main, drawn = self._teller, self._sampler.conversations(config.questions, rng)
        looks = self._look(shard.of(drawn), f"{config.seed}-{step}-{shard.number}")
        if looks is None:
            zero = self._model.query_tokens.sum() * 0
            return zero, {"loss": 0.0, "right": 0.0, "chosen": 0.0}
        loss, right = main(looks)
        chosen_loss, chosen = self._head(looks)
        units, choices = main.units(drawn), max(1, self._head.units(drawn))
        figures = {
            "loss": loss.item() / units,
            "right": right / units,
            "chosen": chosen / choices,
        }
        return loss / units + config.choice * chosen_loss / choices, figures

    def _look(self, drawn: Sequence[Conversation], seed: str) -> Looks | None:
        rng = random.Random(seed)  # noqa: S311 - not a secret
        return look(self._model, self._processor, drawn, self._config.keep, rng) if drawn else None


def _rate(step: int, config: TrainConfig) -> float:
    """Return the rate's factor; each of the two parts rises and falls by itself."""
    if step < config.warm_up_steps:
        return cosine(step, config.warm_up_steps)
    return cosine(step - config.warm_up_steps, config.steps)

"""The training loop that all stages share: steps, shards, rate, gradients, log, checkpoints.

    one process               clover-train tune ...
    several, or several GPUs  accelerate launch --multi_gpu -m training tune ...
    after an interruption     the same command again

A step's examples are drawn as a whole from the seed and the step's number, then dealt out to
shards: one for each process and each accumulated part. Every shard weighs its loss by the whole
step's counts, so that gradients are summed, and any number of processes gives the same step.
"""

import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

from clover_chat.model.clover import CloverModel
from training.checkpoints import resume, save_state

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Shard:
    """One share of a step's examples."""

    number: int = 0
    count: int = 1

    def of(self, items: Sequence[Item]) -> list[Item]:
        """Return this share."""
        return list(items[self.number :: self.count])


@dataclass(frozen=True)
class LoopConfig:
    """How a stage runs, whatever it learns.

    Attributes:
        steps: In all.
        rate: Learning rate of a step, by its number from 0.
        weight_decay: AdamW's, on matrices only.
        accumulate: Parts a step's examples are cut into, one after the other.
        seed: Of dropout; a shard's follows from it, the step and the shard's number.
        save_every: Steps between checkpoints.
    """

    steps: int
    rate: Callable[[int], float]
    weight_decay: float
    accumulate: int
    seed: int
    save_every: int


StepLoss = Callable[[int, Shard], tuple[Tensor, dict[str, float]]]
"""From a step's number and a shard to the shard's part of loss and of each figure for the log."""


def train(
    model: CloverModel,
    head: nn.Module,
    step_loss: StepLoss,
    config: LoopConfig,
    run_dir: Path,
    accelerator: Accelerator,
) -> None:
    """Train a bridge in place, going on from the checkpoint in `run_dir` if there is one.

    Args:
        model: Whose bridge it is, on the accelerator's device.
        head: What only training needs, such as the projections of a contrast.
        step_loss: What is learnt.
        config: How.
        run_dir: For log and checkpoints; exists.
        accelerator: One process or several.
    """
    parameters = [p for p in [*model.bridge_parameters(), *head.parameters()] if p.requires_grad]
    optimizer = torch.optim.AdamW(_groups(parameters, config.weight_decay), betas=(0.9, 0.98))
    first = resume(run_dir, model, head, optimizer)
    shards = accelerator.num_processes * config.accumulate
    _describe(model, parameters, first)

    model.train()
    head.train()
    bar = tqdm(
        range(first, config.steps),
        initial=first,
        total=config.steps,
        unit="step",
        mininterval=5,
        disable=not accelerator.is_main_process,
    )
    for step in bar:
        started = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = config.rate(step)
        figures: dict[str, float] = {}
        for part in range(config.accumulate):
            shard = Shard(accelerator.process_index * config.accumulate + part, shards)
            torch.manual_seed((config.seed * 1_000_003 + step) * 1_009 + shard.number)
            with accelerator.autocast():
                loss, measured = step_loss(step, shard)
            accelerator.backward(loss)
            figures = {name: figures.get(name, 0.0) + value for name, value in measured.items()}
        _sum_over_processes(parameters, accelerator)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        figures = _sum_figures(figures, accelerator)
        bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()})
        if accelerator.is_main_process:
            seconds = time.perf_counter() - started
            _log(run_dir, {"step": step + 1, **figures, "rate": config.rate(step), "s": seconds})
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_state(run_dir, model, head, optimizer, step + 1)
    accelerator.wait_for_everyone()
    model.eval()


def cosine(step: int, steps: int) -> float:
    """Return a rate's factor: linear rise over a fifth (at most 60 steps), then half a cosine."""
    rise = max(1, min(60, steps // 5))
    if step < rise:
        return (step + 1) / rise
    done = (step - rise) / max(1, steps - rise)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(done * math.pi))


def _describe(model: CloverModel, trained: Sequence[nn.Parameter], first: int) -> None:
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    logger.info(
        "trainable %.2f M, frozen %.2f M, from step %d",
        sum(p.numel() for p in trained) / 1e6,
        frozen / 1e6,
        first,
    )


def _groups(parameters: list[nn.Parameter], weight_decay: float) -> list[dict[str, object]]:
    matrices = [p for p in parameters if p.ndim > 1]
    others = [p for p in parameters if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _sum_over_processes(parameters: list[nn.Parameter], accelerator: Accelerator) -> None:
    if accelerator.num_processes == 1:
        return
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        parameter.grad = accelerator.reduce(parameter.grad, reduction="sum")


def _sum_figures(figures: dict[str, float], accelerator: Accelerator) -> dict[str, float]:
    if accelerator.num_processes == 1:
        return figures
    values = torch.tensor(list(figures.values()), device=accelerator.device)
    summed: list[float] = accelerator.reduce(values, reduction="sum").tolist()
    return dict(zip(figures, summed, strict=True))


def _log(run_dir: Path, row: dict[str, float]) -> None:
    rounded = {name: float(f"{value:.6g}") for name, value in row.items()}
    with (run_dir / "log.jsonl").open("a") as log:
        log.write(json.dumps(rounded | {"step": int(row["step"])}) + "\n")

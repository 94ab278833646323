"""Train a bridge on template questions about labelled patches, in two steps.

    clover-train tune --data DIR --out RUN                    train from scratch, or resume what RUN
    holds clover-train tune --data DIR --out RUN --warm-up-steps 0  without the first step

1. Warm-up: the bridge alone learns to spell the answer in the language model's own word
   embeddings, one token after the other. A step costs a third of one through the language model,
   which then only has to learn to read what is spelt.
2. Tuning: the language-model loss on the answer tokens (CLOVER, section "Instruction tuning"),
   gradients through the frozen language model into the bridge.

    N looks, A answer tokens, T tokens
"""

import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor, pad
from training.batches import (
    Conversation,
    ConversationSampler,
    as_turns,
    draw_view,
    stack_patches,
)
from training.cache import SeenPatch
from training.checkpoints import resume, save_state
from training.instructions.templates import Truths, draw_kinds, exchange, kinds_for

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainConfig:
    """One training run of the bridge."""

    warm_up_steps: int = field(default=400, metadata={"help": "Steps of spelling answers."})
    warm_up_looks: int = field(default=40, metadata={"help": "Questions in a warm-up step."})
    steps: int = field(default=300, metadata={"help": "Steps through the language model."})
    questions: int = field(
        default=12, metadata={"help": "Questions in a step, over all conversations."}
    )
    learning_rate: float = field(default=5e-4, metadata={"help": "Peak rate of both steps."})
    weight_decay: float = field(default=0.05, metadata={"help": "AdamW's, on matrices only."})
    keep: float = field(default=0.4, metadata={"help": "Smallest share of image patches kept."})
    seed: int = field(default=0, metadata={"help": "Of weights, order and augmentation."})
    save_every: int = field(default=100, metadata={"help": "Steps between checkpoints."})

    def __post_init__(self) -> None:
        if self.learning_rate <= 0:
            raise TrainingError(f"learning_rate must be above 0, got {self.learning_rate}.")
        if not 0 < self.keep <= 1:
            raise TrainingError(f"keep must be above 0 and at most 1, got {self.keep}.")


def train_bridge(
    model: CloverModel,
    processor: CloverProcessor,
    seen: Sequence[SeenPatch],
    config: TrainConfig,
    run_dir: Path,
) -> None:
    """Train the bridge in place, going on from the checkpoint in `run_dir` if there is one."""
    run_dir.mkdir(parents=True, exist_ok=True)
    sampler = ConversationSampler(seen)
    answers = known_answers(seen, sampler.truths)
    letters = torch.tensor(
        sorted({each for text in answers for each in processor.answer_ids(text)})
    )
    parameters = model.bridge_parameters()
    total = config.warm_up_steps + config.steps
    optimizer = torch.optim.AdamW(
        _groups(parameters, config), lr=config.learning_rate, betas=(0.9, 0.98)
    )
    first = resume(run_dir, model, optimizer)
    logger.info(
        "trainable %.2f M, frozen %.2f M, %d pictures, %d answers",
        sum(p.numel() for p in model.bridge_parameters()) / 1e6,
        sum(p.numel() for p in model.parameters() if not p.requires_grad) / 1e6,
        len(seen),
        len(answers),
    )
    (run_dir / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")

    model.train()
    bar = tqdm(range(first, total), initial=first, total=total, unit="step", mininterval=5)
    with (run_dir / "log.jsonl").open("a") as log:
        for step in bar:
            rng = random.Random(f"{config.seed}-{step}")  # noqa: S311 - not a secret
            torch.manual_seed(config.seed * 1_000_003 + step)
            started = time.perf_counter()
            rate = config.learning_rate * _rate(step, config)
            for group in optimizer.param_groups:
                group["lr"] = rate
            if step < config.warm_up_steps:
                loss, right = spelling_loss(model, processor, letters, sampler, config, rng)
            else:
                loss, right = answer_loss(model, processor, sampler, config, rng)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            row = {
                "step": step + 1,
                "loss": round(loss.item(), 4),
                "right": round(right, 4),
                "rate": rate,
                "seconds": round(time.perf_counter() - started, 3),
            }
            log.write(json.dumps(row) + "\n")
            log.flush()
            bar.set_postfix(loss=row["loss"], right=row["right"])
            if (step + 1) % config.save_every == 0 or step + 1 == total:
                save_state(run_dir, model, optimizer, step + 1)
    model.eval()


def known_answers(seen: Sequence[SeenPatch], truths: Truths) -> set[str]:
    """Return every answer the templates can give about these patches."""
    rng = random.Random(0)  # noqa: S311 - not a secret
    patches = {(each.patch.label, each.patch.organ, each.patch.stain): each.patch for each in seen}
    return {
        exchange(patch, kind, truths, rng).answer
        for patch in patches.values()
        for kind in kinds_for(patch)
        for _ in range(12 if kind.startswith("yes_no_") else 1)
    }


def spelling_loss(
    model: CloverModel,
    processor: CloverProcessor,
    letters: Tensor,
    sampler: ConversationSampler,
    config: TrainConfig,
    rng: random.Random,
) -> tuple[Tensor, float]:
    """Return the loss of spelling answers with bridge tokens, and the share spelt right.

    Bridge token number n should lie nearest to the word embedding of answer token number n: the
    loss is the cross-entropy of a softmax over negative squared distances to the `letters`.
    """
    drawn = [sampler.draw(1, rng) for _ in range(config.warm_up_looks)]
    views = [draw_view(each.seen, rng, config.keep) for each in drawn]
    patches, patches_mask = stack_patches(views)
    questions = processor.question_batch([each.exchanges[0].question for each in drawn])
    spelt = model.get_image_features(patches, *questions, patches_mask)  # [N, Q, L]

    answers = [processor.answer_ids(each.exchanges[0].answer)[: spelt.shape[1]] for each in drawn]
    targets = torch.full(spelt.shape[:2], -100)
    for row, answer in zip(targets, answers, strict=True):
        row[: len(answer)] = torch.searchsorted(letters, torch.tensor(answer))
    told = targets[targets >= 0]
    words = model.embed([tuple(letters.tolist())], [])  # [letters, L]
    logits = -0.5 * torch.cdist(spelt[targets >= 0], words).square()
    return F.cross_entropy(logits, told), float((logits.argmax(-1) == told).float().mean())


def answer_loss(
    model: CloverModel,
    processor: CloverProcessor,
    sampler: ConversationSampler,
    config: TrainConfig,
    rng: random.Random,
) -> tuple[Tensor, float]:
    """Return the loss on answer tokens, and the share of them that is likeliest."""
    turns = rng.choices((1, 2, 3), (6, 3, 3))[0]
    kinds = draw_kinds(rng)
    count = max(1, config.questions // turns)
    drawn = [sampler.draw(turns, rng, kinds) for _ in range(count)]
    embeds, attention_mask, labels = conversation_batch(model, processor, drawn, config, rng)
    hidden = model.language_model.base_model(
        inputs_embeds=embeds, attention_mask=attention_mask, use_cache=False
    ).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    logits = model.language_model.get_output_embeddings()(hidden[targets >= 0])  # [A, vocabulary]
    told = targets[targets >= 0]
    return F.cross_entropy(logits, told), float((logits.argmax(-1) == told).float().mean())


def conversation_batch(
    model: CloverModel,
    processor: CloverProcessor,
    drawn: Sequence[Conversation],
    config: TrainConfig,
    rng: random.Random,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return embeddings [B, T, L], mask and labels [B, T]; -100 where nothing is learnt."""
    views = [draw_view(item.seen, rng, config.keep) for item in drawn]
    questions = [item.question for conversation in drawn for item in conversation.exchanges]
    owners = [number for number, item in enumerate(drawn) for _ in item.exchanges]
    patches, patches_mask = stack_patches([views[owner] for owner in owners])
    input_ids, mask = processor.question_batch(questions)
    looks = iter(model.get_image_features(patches, input_ids, mask, patches_mask))

    rows: list[Tensor] = []
    labels: list[list[int]] = []
    for conversation in drawn:
        learnt = processor.learnt(as_turns(conversation))
        own = [next(looks) for _ in conversation.exchanges]
        rows.append(model.embed([segment for segment, _ in learnt], own))
        labels.append(_labels(learnt, model.config.num_query_tokens))
    padded, _ = pad(labels, value=-100)
    _, attention_mask = pad([[0] * len(row) for row in rows])
    return nn.utils.rnn.pad_sequence(rows, batch_first=True), attention_mask, padded


def _labels(learnt: Sequence[tuple[object, bool]], num_query_tokens: int) -> list[int]:
    labels: list[int] = []
    for segment, is_answer in learnt:
        if not isinstance(segment, tuple):
            labels += [-100] * num_query_tokens
        else:
            labels += segment if is_answer else [-100] * len(segment)
    return labels


def _rate(step: int, config: TrainConfig) -> float:
    """Return the rate's factor: linear rise, cosine fall, once for each of the two parts."""
    length = config.warm_up_steps
    if step >= length:
        step, length = step - length, config.steps
    rise = max(1, min(60, length // 5))
    if step < rise:
        return (step + 1) / rise
    done = (step - rise) / max(1, length - rise)
    return 0.02 + 0.98 * 0.5 * (1 + float(torch.cos(torch.tensor(done * torch.pi))))


def _groups(parameters: list[nn.Parameter], config: TrainConfig) -> list[dict[str, object]]:
    matrices = [p for p in parameters if p.ndim > 1]
    others = [p for p in parameters if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]

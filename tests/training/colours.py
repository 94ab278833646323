"""Pictures that are one number all over, and words that name it: little to learn, quickly.

python -m tests.training.colours STAGE RUN    train on them, in as many processes as launch it
"""

import random
import sys
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator
from tokenizers import Tokenizer, models, pre_tokenizers

from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, Places, Preset
from clover_chat.model.processor import CloverProcessor
from training.align import AlignConfig, Pair, align
from training.batches import Asked, Conversation, Views
from training.tune import TrainConfig, tune

COLOURS = ("red", "green", "blue", "white")


class ColourSampler:
    """Draws pictures with captions and questions, the same ones from the same state."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self._codes = torch.randn(len(COLOURS), 32, generator=generator)
        self._noise = torch.randn(6, 32, generator=generator) * 0.05
        self.answers = self.frequent_answers = frozenset(f"{colour} cells" for colour in COLOURS)

    def pairs(self, count: int, rng: random.Random) -> list[Pair]:
        return [self._pair(rng.randrange(len(COLOURS)), rng) for _ in range(count)]

    def pictures(self, count: int, rng: random.Random) -> list[Views]:
        return [pair.views for pair in self.pairs(count, rng)]

    def single(self, count: int, rng: random.Random) -> list[Conversation]:
        return [self._conversation(1, rng) for _ in range(count)]

    def conversations(self, questions: int, rng: random.Random) -> list[Conversation]:
        return [self._conversation(2, rng) for _ in range(questions // 2)]

    def _views(self, number: int) -> Views:
        return (self._codes[number].expand(6, -1) + self._noise,)

    def _pair(self, number: int, rng: random.Random) -> Pair:
        true = [f"cells of {COLOURS[number]}", f"a {COLOURS[number]} smear"]
        return Pair(self._views(number), rng.choice(true), frozenset(true), COLOURS[number])

    def _conversation(self, questions: int, rng: random.Random) -> Conversation:
        number = rng.randrange(len(COLOURS))
        asked = tuple(Asked("a smear of", f"{COLOURS[number]} cells") for _ in range(questions))
        return Conversation((self._views(number),), asked)


def vocabulary() -> Tokenizer:
    """Return a Q-Former vocabulary of the words used here."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[DEC]", "[SEP]", "cells", "of", "a", "smear", *COLOURS]
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def fresh(preset: Preset = TINY) -> tuple[CloverModel, CloverProcessor]:
    """Return a miniature model with a new bridge, always the same."""
    frozen = preset.load(Places(Path(), None, print))
    words = vocabulary()
    qformer = preset.config.qformer | {"vocab_size": words.get_vocab_size()}
    config = replace(preset.config, qformer=qformer)
    torch.manual_seed(0)
    model = CloverModel(config, frozen.vision_model, frozen.language_model)
    return model, CloverProcessor(config, frozen.tokenizer, words)


def train(stage: str, run_dir: Path, accumulate: int = 1) -> None:
    """Run a few steps of a stage without dropout in alignment, whose batch is not cut up."""
    model, processor = fresh()
    if stage == "align":
        model.qformer.apply(_without_dropout)
        align(model, processor, ColourSampler(), AlignConfig(steps=4, pairs=8), run_dir)
    else:
        config = TrainConfig(
            warm_up_steps=3, warm_up_looks=8, steps=3, questions=8, accumulate=accumulate
        )
        tune(model, processor, ColourSampler(), config, run_dir)


def _without_dropout(module: torch.nn.Module) -> None:
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0
    if hasattr(module, "attention_dropout"):
        setattr(module, "attention_dropout", 0.0)  # noqa: B010 - a number, which mypy doubts


if __name__ == "__main__":
    Accelerator(cpu=True)
    train(sys.argv[1], Path(sys.argv[2]))

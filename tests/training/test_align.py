import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from accelerate import Accelerator

from clover_chat.errors import TrainingError
from tests.training.colours import ColourSampler, fresh
from training.align import AlignConfig, Pair, align


def log(run_dir: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run_dir / "log.jsonl").read_text().splitlines()]


def test_alignment_teaches_which_caption_fits_and_to_write_it(tmp_path: Path) -> None:
    model, processor = fresh()
    config = AlignConfig(steps=320, pairs=16, learning_rate=3e-3, save_every=1000)
    align(model, processor, ColourSampler(), config, tmp_path)
    rows = log(tmp_path)
    early, late = rows[:10], rows[-10:]
    # With four meanings among sixteen pairs the contrast cannot fall below 1.7, from 2.8.
    for name, share in {"contrast": 0.8, "matching": 0.7, "writing": 0.7}.items():
        before = sum(row[name] for row in early)
        assert sum(row[name] for row in late) < share * before, name
    assert sum(row["matched"] for row in late) / 10 > 0.9


def test_frozen_weights_do_not_move_and_the_bridge_does(tmp_path: Path) -> None:
    model, processor = fresh()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    align(model, processor, ColourSampler(), AlignConfig(steps=2, pairs=4), tmp_path)
    moved = {
        name.split(".")[0]
        for name, tensor in model.state_dict().items()
        if not torch.equal(tensor, before[name])
    }
    assert moved == {"feature_scale", "query_tokens", "qformer"}


def test_an_interrupted_alignment_ends_the_same(tmp_path: Path) -> None:
    config = AlignConfig(steps=4, pairs=4, save_every=2)
    whole, processor = fresh()
    align(whole, processor, ColourSampler(), config, tmp_path / "whole")

    sampler = ColourSampler()
    cut, _ = fresh()
    draw = sampler.pairs

    def two_steps_then_off(count: int, rng: random.Random) -> list[Pair]:
        if len(log(tmp_path / "cut")) == 2:
            raise KeyboardInterrupt
        return draw(count, rng)

    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "log.jsonl").touch()
    sampler.pairs = two_steps_then_off  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        align(cut, processor, sampler, config, tmp_path / "cut")
    resumed, _ = fresh()
    align(resumed, processor, ColourSampler(), config, tmp_path / "cut")
    for name, tensor in whole.bridge_state_dict().items():
        torch.testing.assert_close(resumed.bridge_state_dict()[name], tensor, msg=name)


def test_pairs_that_cannot_be_dealt_out_are_refused(tmp_path: Path) -> None:
    three = cast("Accelerator", SimpleNamespace(num_processes=3))
    model, processor = fresh()
    with pytest.raises(TrainingError, match="multiple"):
        align(model, processor, ColourSampler(), AlignConfig(pairs=4), tmp_path, three)

"""The verb `feedback` of `clover-train` in a process of its own, killed at random moments."""

import random
from pathlib import Path

import pytest

from clover_chat.model.bridge_folder import TENSORS, read_bridge
from tests.kills import finished, killed_at_work, verb
from tests.training.feedback.lab import corrected, export_of, write_bridge, write_data

LONGEST_S = 3.0  # about as long as such a round takes


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    write_data(tmp_path / "data", ["basophil", "platelet"])
    write_bridge(tmp_path / "active")
    export_of(tmp_path / "export", [corrected(number, "monocyte") for number in range(12)])
    return tmp_path


def round_of(lab: Path, out: Path) -> list[str]:
    words: list[object] = ["feedback", "--from", lab / "export", "--bridge", lab / "active"]
    words += ["--data", lab / "data", "--out", out, "--preset", "clover-tiny"]
    words += ["--cache-dir", lab / "cache", "--steps", 4, "--questions", 4, "--save-every", 1]
    return verb("training.cli", *words)


@pytest.mark.parametrize("times", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_a_killed_round_leaves_no_bridge_or_the_whole_one_and_can_be_done_again(
    lab: Path, times: int
) -> None:
    whole, out = lab / "whole", lab / "killed"
    finished(round_of(lab, whole))
    expected = read_bridge(whole / "bridge").files
    rng = random.Random(times)
    command = round_of(lab, out)
    for _ in range(times):
        killed_at_work(command, (out / "round.json").exists, rng.uniform(0, LONGEST_S))
        if (out / "bridge").exists():
            assert read_bridge(out / "bridge").files == expected
    finished(command)
    assert read_bridge(out / "bridge").files == expected
    assert (out / "doubts.json").read_bytes() == (whole / "doubts.json").read_bytes()
    assert [path.name for path in out.glob(f"*/{TENSORS}")] == [TENSORS]

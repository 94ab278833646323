import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.colours import train
from training.checkpoints import NAME
from training.loop import Shard, cosine

ROOT = Path(__file__).parents[2]


def rows(run_dir: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run_dir / "log.jsonl").read_text().splitlines()]


def test_shards_share_out_everything_once() -> None:
    items = list(range(7))
    shares = [Shard(number, 3).of(items) for number in range(3)]
    assert sorted(item for share in shares for item in share) == items
    assert Shard().of(items) == items


def test_the_rate_rises_then_falls() -> None:
    rates = [cosine(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[19] == pytest.approx(1.0)
    assert rates[-1] < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["align", "tune"])
def test_two_processes_learn_what_one_does(stage: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node", "2", "-m", "tests.training.colours", stage]
    subprocess.run([*command, str(tmp_path / "two")], cwd=ROOT, check=True, timeout=240)
    train(stage, tmp_path / "one", accumulate=2)

    two, one = rows(tmp_path / "two"), rows(tmp_path / "one")
    assert [row["step"] for row in two] == [row["step"] for row in one]
    for row, other in zip(two, one, strict=True):
        for name in set(row) - {"step", "s"}:
            assert row[name] == pytest.approx(other[name], rel=1e-4, abs=1e-5), (row, other)
    ends = [load_file(tmp_path / name / NAME) for name in ("two", "one")]
    for name, tensor in ends[1].items():
        if name.startswith("bridge."):
            torch.testing.assert_close(ends[0][name], tensor, atol=2e-4, rtol=1e-3, msg=name)

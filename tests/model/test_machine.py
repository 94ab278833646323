from pathlib import Path

import pytest
import torch
from torch import nn

from clover_chat.model import machine as module
from clover_chat.model.machine import Machine, gigabytes, this_machine


def test_a_containers_limit_counts_as_the_main_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(module, "CGROUP_LIMITS", (limit, tmp_path / "nothing"))
    limit.write_text("max\n")
    whole = this_machine().ram_bytes
    limit.write_text("123456789\n")

    assert this_machine().ram_bytes == 123456789
    assert whole is None or whole > 123456789


def test_a_machine_is_described_in_words() -> None:
    assert str(Machine(8_000_000_000)) == "8.0 GB of main memory and no GPU for bfloat16"
    assert str(Machine(None, 24_000_000_000)).endswith("unknown size and a GPU with 24.0 GB")
    assert gigabytes(250e9) == "250 GB"


def test_what_enters_a_part_takes_its_precision_but_whole_numbers_stay() -> None:
    part = nn.Linear(2, 2).to(torch.bfloat16)
    inputs, named = module._follow(part, (torch.ones(1, 2),), {"ids": torch.tensor([3]), "n": 4})

    assert inputs[0].dtype == torch.bfloat16
    assert named["ids"].dtype == torch.int64
    assert named["n"] == 4

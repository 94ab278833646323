import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from training import lineage


@dataclass(frozen=True)
class Settings:
    steps: int = 3


def test_a_run_names_its_settings_its_data_and_its_code(tmp_path: Path) -> None:
    data = tmp_path / "instructions.jsonl"
    data.write_text("{}\n")
    lineage.record_run(tmp_path, Settings(), [data])
    kept = json.loads((tmp_path / "run.json").read_text())
    assert kept["config"] == {"steps": 3}
    assert kept["data"] == {"instructions.jsonl": hashlib.sha256(b"{}\n").hexdigest()}
    assert kept["versions"]["torch"].startswith("2.")


def test_a_resumed_run_keeps_the_record_of_its_start(tmp_path: Path) -> None:
    first = lineage.record_run(tmp_path, Settings(3), [])
    assert lineage.record_run(tmp_path, Settings(9), []) == json.loads(json.dumps(first))


def test_outside_a_checkout_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert lineage.git_state() == {}

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clover_chat.errors import BridgeError
from clover_chat.model.bridge_folder import (
    CONFIG,
    GATE,
    METRICS,
    TENSORS,
    Figure,
    Verdict,
    read_bridge,
)
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from tests.bridges import write_bridge

ROOT = Path(__file__).parents[2]
METRICS_WITH_LINEAGE = {
    "all": {"all": {"right": {"value": 0.5, "low": 0.25, "high": 0.75, "rows": 4}}},
    "loss": 1.25,
    "lineage": {
        "parent": "a" * 64,
        "data": {"feedback.jsonl": "b" * 64},
        "recipe": {"steps": 40, "rate": 1e-4},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    gate = {"passed": True, "candidate": "c" * 64, "parent": "a" * 64, "margin": 1}
    return write_bridge(tmp_path / "round-1", 1, metrics=METRICS_WITH_LINEAGE, gate=gate)


def test_a_folder_tells_version_card_figures_lineage_and_verdict(folder: Path) -> None:
    found = read_bridge(folder)
    assert (found.preset, found.version) == ("clover-tiny", "0.1")
    assert found.summary == "Bridge 1\nMade for tests."
    assert found.figures == {"all.all.right": Figure(0.5, 0.25, 0.75), "loss": Figure(1.25)}
    assert str(found.figures["all.all.right"]) == "0.5 (0.25 to 0.75)"
    assert found.lineage.parent == "a" * 64
    assert found.lineage.data == {"feedback.jsonl": "b" * 64}
    assert found.lineage.recipe == {"steps": 40, "rate": 1e-4}
    assert found.verdict == Verdict(True, "c" * 64, "a" * 64)


def test_its_hash_is_the_one_that_answers_are_kept_with(folder: Path, cache_dir: Path) -> None:
    engine = open_engine("clover-tiny", folder, Places(cache_dir, None, lambda state: None))
    assert read_bridge(folder).sha256 == engine.identity.bridge_hash


def test_what_nobody_wrote_down_is_empty(tmp_path: Path) -> None:
    found = read_bridge(write_bridge(tmp_path / "plain"))
    assert (found.figures, found.lineage.parent, found.verdict) == ({}, "", None)


def test_the_shipped_bridge_can_be_read() -> None:
    found = read_bridge(ROOT / "assets" / "bridges" / "clover-mini")
    assert found.preset == "clover-mini"
    assert found.summary.startswith("The bridge of clover-mini")
    assert found.figures["all.all.right"].low is not None


@pytest.mark.parametrize("name", [CONFIG, TENSORS, METRICS, GATE])
@pytest.mark.parametrize("length", [0, 7, 40])
def test_a_damaged_file_is_a_sentence(folder: Path, name: str, length: int) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:length])
    with pytest.raises(BridgeError, match=r"damaged.*folder again"):
        read_bridge(folder)


def test_tensors_that_lack_their_end_are_noticed(folder: Path) -> None:
    (folder / TENSORS).write_bytes((folder / TENSORS).read_bytes()[:-1])
    with pytest.raises(BridgeError, match="missing or damaged"):
        read_bridge(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (CONFIG, {"version": "1"}),
        (METRICS, {"lineage": {"data": ["feedback.jsonl"]}}),
        (METRICS, {"lineage": "none"}),
        (METRICS, {"all": {"value": "high"}}),
        (GATE, {"passed": True}),
        (METRICS, [1]),
    ],
)
def test_a_file_that_says_something_else_is_a_sentence(
    folder: Path, name: str, content: object
) -> None:
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(BridgeError, match=r"round-1.*folder again"):
        read_bridge(folder)


def test_a_gate_passes_with_true_alone(folder: Path) -> None:
    (folder / GATE).write_text(json.dumps({"passed": "yes", "candidate": "c", "parent": "a"}))
    verdict = read_bridge(folder).verdict
    assert verdict is not None
    assert not verdict.has_passed


def test_a_folder_is_read_without_the_heavy_libraries(folder: Path) -> None:
    code = (
        "import sys, pathlib, clover_chat.services.bridges as bridges;"
        f"bridges.read_bridge(pathlib.Path({str(folder)!r}));"
        "print([name for name in ('torch', 'transformers', 'gradio') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from clover_chat.model.checkpoint import TENSORS as BRIDGE_TENSORS
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.model.reading_files import NAMES, TENSORS
from clover_chat.types import Picture
from tests.training.colours import fresh
from training import cli
from training.evaluation.predictions import Prediction, write_predictions
from training.instructions.specimens import read_specimens


@pytest.fixture
def bridge_dir(tmp_path: Path) -> Path:
    model, processor = fresh()
    save_bridge(tmp_path / "bridge", model, processor.question_tokenizer)
    return tmp_path / "bridge"


def read(bridge: Path, data: Path, *more: str | Path) -> str:
    words = ["read", "--bridge", bridge, "--data", data, "--preset", "clover-tiny"]
    words += ["--cache-dir", bridge.parent / "cache", *more]
    result = CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_bridge_gets_its_reading_and_says_how_well_it_holds(
    bridge_dir: Path, data_dir: Path
) -> None:
    patch = next(each for each in read_specimens(data_dir).items if each.split == "test")
    answer = Prediction(
        patch.image.sha256,
        patch.source,
        patch.label,
        "label",
        "What is this?",
        "x",
        "This is it. This is it.",
        "b",
        "i",
    )
    file = bridge_dir.parent / "predictions.jsonl"
    write_predictions(file, [answer])

    said = read(bridge_dir, data_dir, "--predictions", file)
    assert "| all | label | 7 |" in said
    assert "Of 1 answers 1 were cut back, 100.0% (1 for repetition)" in said

    engine = open_engine("clover-tiny", bridge_dir, Places(bridge_dir.parent, None, print))
    with Image.open(data_dir / patch.image.path) as image:
        pixels = image.convert("RGB")
    found = engine.read(Picture("key", lambda: pixels))
    assert found is not None
    assert "colonic glands with FHL2 immunohistochemistry" in {each.name for each in found.label}


def test_the_same_command_gives_the_same_files_and_leaves_the_bridge_alone(
    bridge_dir: Path, data_dir: Path
) -> None:
    before = (bridge_dir / BRIDGE_TENSORS).read_bytes()
    read(bridge_dir, data_dir, "--per-label", "1")
    first = [(bridge_dir / name).read_bytes() for name in (NAMES, TENSORS)]
    read(bridge_dir, data_dir, "--per-label", "1")
    assert [(bridge_dir / name).read_bytes() for name in (NAMES, TENSORS)] == first
    assert (bridge_dir / BRIDGE_TENSORS).read_bytes() == before

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import load_file

from clover_chat.errors import TrainingError
from clover_chat.model.checkpoint import TENSORS, read_config
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.model.reading_files import NAMES
from clover_chat.types import Picture
from tests.training.feedback.lab import (
    CELLS,
    corrected,
    export_of,
    paint,
    run,
    write_bridge,
    write_data,
)
from training import loop
from training.checkpoints import save_state
from training.feedback import round as round_module
from training.feedback.round import next_version

NEW = "monocyte"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with pictures of two labels, a bridge, and corrections to a third label."""
    root = tmp_path_factory.mktemp("lab")
    write_data(root / "data", ["basophil", "platelet"])
    write_bridge(root / "active")
    judgments = [corrected(number, NEW) for number in range(12)]
    export_of(root / "export", judgments)
    return root


def feedback(lab: Path, out: Path, *more: str | Path | float) -> str:
    words: list[str | Path | float] = ["feedback", "--from", lab / "export"]
    words += ["--bridge", lab / "active", "--data", lab / "data", "--out", out]
    return run(*words, "--preset", "clover-tiny", "--cache-dir", lab / "cache", *more)


def test_corrections_alone_teach_the_reading_a_label_it_never_heard_of(
    lab: Path, tmp_path: Path
) -> None:
    said = feedback(lab, tmp_path / "run", "--steps", 0)
    assert "12 pictures were told something about" in said
    assert "Next: clover-train gate" in said

    bridge = tmp_path / "run" / "bridge"
    engine = open_engine("clover-tiny", bridge, Places(lab / "cache", None, print))
    for label, colour in CELLS.items():
        pixels = paint(3000, colour)
        found = engine.read(Picture(f"{label} {tmp_path}", partial(_same, pixels)))
        assert found is not None
        assert found.label[0].name == label
    shown = Picture("any", partial(_same, paint(1, CELLS[NEW])))
    assert engine.familiarity(shown) is not None


def test_a_round_fits_its_reading_as_its_parent_did(lab: Path, tmp_path: Path) -> None:
    active = shutil.copytree(lab / "active", tmp_path / "active")
    words: list[str | Path | float] = ["--data", lab / "data", "--preset", "clover-tiny"]
    words += ["--cache-dir", lab / "cache"]
    run("read", "--bridge", active, "--views", 2, *words)
    learn: list[str | Path | float] = ["feedback", "--from", lab / "export", "--steps", 0]
    run(*learn, "--bridge", active, "--out", tmp_path / "run", *words)
    described = json.loads((tmp_path / "run" / "bridge" / NAMES).read_text())
    assert described["recipe"] == {"views": 2, "strength": "val"}


def _same(image: Image.Image) -> Image.Image:
    return image


def test_a_round_says_what_it_was_made_from_and_has_a_hash_of_its_own(
    lab: Path, tmp_path: Path
) -> None:
    feedback(lab, tmp_path / "run", "--steps", 0)
    bridge, active = tmp_path / "run" / "bridge", lab / "active"
    metrics = json.loads((bridge / "metrics.json").read_text())
    parent = hashlib.sha256((active / TENSORS).read_bytes()).hexdigest()
    records = hashlib.sha256((lab / "export" / "records.jsonl").read_bytes()).hexdigest()
    lineage = metrics["lineage"]
    assert lineage["parent"] == parent
    assert lineage["data"]["export/records.jsonl"] == records
    assert "pbc_cells/labels.jsonl" in lineage["data"]
    assert lineage["recipe"]["weight"] == 3.0
    assert hashlib.sha256((bridge / TENSORS).read_bytes()).hexdigest() != parent
    assert read_config(bridge).version == next_version(read_config(active).version)
    assert parent in (bridge / "README.md").read_text()


def test_the_same_round_twice_is_the_same_to_the_byte(lab: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        feedback(lab, tmp_path / name, "--steps", 2, "--questions", 4)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "bridge").iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    again = feedback(lab, tmp_path / "one", "--steps", 2, "--questions", 4)
    assert "The candidate is in" in again


@pytest.mark.parametrize("more", [[], ["--lora", 2]])
def test_words_are_learnt_and_only_the_bridge_moves(
    lab: Path, tmp_path: Path, more: list[str | Path | float]
) -> None:
    feedback(lab, tmp_path / "run", "--steps", 3, "--questions", 4, *more)
    before = load_file(lab / "active" / TENSORS)
    after = load_file(tmp_path / "run" / "bridge" / TENSORS)
    assert set(after) == set(before)
    assert any(not after[name].equal(before[name].half()) for name in before)
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2, 3]
    assert log[0]["pairs"] == pytest.approx(0.6931, abs=1e-3)
    assert log[-1]["corrections"] < log[0]["corrections"]
    assert (tmp_path / "run" / "curves.svg").exists()


class CutOffError(Exception):
    """Stands for the power going."""


@pytest.mark.parametrize("more", [[], ["--lora", 2]])
def test_a_round_that_was_cut_off_ends_where_the_uninterrupted_one_does(
    lab: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: list[str | Path | float],
) -> None:
    words: list[str | Path | float] = ["--steps", 4, "--questions", 4, "--save-every", 1, *more]
    feedback(lab, tmp_path / "whole", *words)

    def cut_off(*state: object) -> None:
        save_state(*state)  # type: ignore[arg-type]
        if state[-1] == 2:
            raise CutOffError

    monkeypatch.setattr(loop, "save_state", cut_off)
    with pytest.raises(CutOffError):
        feedback(lab, tmp_path / "again", *words)
    assert not (tmp_path / "again" / "bridge").exists()
    monkeypatch.undo()
    feedback(lab, tmp_path / "again", *words)
    for name in (TENSORS, NAMES, "metrics.json"):
        whole, again = ((tmp_path / run / "bridge" / name) for run in ("whole", "again"))
        assert whole.read_bytes() == again.read_bytes(), name


def test_a_round_that_is_cut_off_at_its_end_leaves_no_bridge_and_then_the_whole_one(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback(lab, tmp_path / "whole", "--steps", 0)

    def cut_off(*_: object) -> None:
        raise CutOffError

    monkeypatch.setattr(round_module, "describe", cut_off)
    with pytest.raises(CutOffError):
        feedback(lab, tmp_path / "again", "--steps", 0)
    assert not (tmp_path / "again" / "bridge").exists()
    monkeypatch.undo()
    feedback(lab, tmp_path / "again", "--steps", 0)
    whole, again = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "bridge").iterdir()}
        for name in ("whole", "again")
    )
    assert again == whole


def test_a_run_folder_of_another_round_is_refused(lab: Path, tmp_path: Path) -> None:
    feedback(lab, tmp_path / "run", "--steps", 0)
    with pytest.raises(TrainingError, match="Name another run folder"):
        feedback(lab, tmp_path / "run", "--steps", 0, "--weight", 2)


def test_versions_count_rounds() -> None:
    assert next_version("0.3.0") == "0.3.0+feedback.1"
    assert next_version("0.3.0+feedback.9") == "0.3.0+feedback.10"

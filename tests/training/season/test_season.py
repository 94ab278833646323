import json
from dataclasses import replace
from pathlib import Path

import pytest

from clover_chat.knowledge.cards import card
from clover_chat.model.checkpoint import read_config, save_bridge
from tests.training.colours import fresh
from tests.training.feedback.lab import CELLS, run, write_data

FORMS: dict[str, tuple[str, ...]] = {f"This is {card(label).phrase}.": (label,) for label in CELLS}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("season")
    write_data(root / "data", count=24)
    model, processor = fresh()
    model.config = replace(model.config, forms=FORMS)
    save_bridge(root / "base", model, processor.question_tokenizer)
    return root


def season(lab: Path, out: Path, fault: str, *more: str | float) -> str:
    words: list[str | Path | float] = ["season", "--data", lab / "data", "--out", out]
    words += ["--bridge", lab / "base", "--affected", "monocyte", "--fault", fault]
    words += ["--preset", "clover-tiny", "--cache-dir", lab / "cache"]
    words += ["--per-label", 4, "--rounds", 1, "--pictures", 24, "--pinned", 4, *more]
    return run(*words)


@pytest.mark.parametrize("fault", ["missing", "mislabelled"])
def test_corrections_mend_what_was_wrong_and_a_poisoned_round_is_refused(
    lab: Path, tmp_path: Path, fault: str
) -> None:
    said = season(lab, tmp_path, fault)
    start, first, poisoned = json.loads((tmp_path / "season.json").read_text())
    assert start["affected"]["value"] == 0.0
    assert first["verdict"] == "passed"
    assert 0 < first["corrections"] <= 24
    assert first["affected"]["value"] == 1.0
    assert first["elsewhere"]["value"] >= start["elsewhere"]["value"]
    assert poisoned["verdict"] == "refused"
    assert poisoned["affected"] == first["affected"]
    assert f"| round-1 | {first['corrections']} | passed | 100.0%" in said
    start_forms = read_config(tmp_path / "start").forms
    assert ("This is a monocyte." in start_forms) is (fault == "mislabelled")


def test_a_poisoned_round_that_comes_first_is_refused_for_its_wrong_corrections(
    lab: Path, tmp_path: Path
) -> None:
    season(lab, tmp_path, "missing", "--rounds", 0, "--poison", 0.5, "--pictures", 60)
    start, poisoned = json.loads((tmp_path / "season.json").read_text())
    assert poisoned["verdict"] == "refused"
    assert poisoned["affected"] == start["affected"]
    told = json.loads((tmp_path / "poisoned" / "gate.json").read_text())
    assert told["wrong"]["everybody"]["low"] > 0.1


def test_the_gate_asks_about_none_of_the_pictures_of_the_table(lab: Path, tmp_path: Path) -> None:
    season(lab, tmp_path, "missing")
    told = json.loads((tmp_path / "round-1" / "gate.json").read_text())
    assert told["figures"]["standing test"]["active"]["images"] == 9  # three of each label
    start = json.loads((tmp_path / "season.json").read_text())[0]
    assert start["affected"]["images"] + start["elsewhere"]["images"] == 18


def test_a_season_that_is_played_again_says_the_same(lab: Path, tmp_path: Path) -> None:
    first = season(lab, tmp_path, "missing")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert season(lab, tmp_path, "missing").splitlines()[-5:] == first.splitlines()[-5:]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files

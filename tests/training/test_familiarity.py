import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from clover_chat.errors import TrainingError
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.familiarity_files import FACTS, TENSORS
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.types import Picture
from tests.training.colours import fresh
from training import cli
from training.familiarity import Alarms, Pooled, alarms, alarms_table, fit_familiar

NUMBERS = 12
CENTRES = {"lung": 4.0, "colon": -4.0}


def pictures(split: str, count: int, seed: int) -> list[Pooled]:
    """Return pictures of two labels that differ in the first number."""
    chance = torch.Generator().manual_seed(seed)
    found = []
    for label, centre in CENTRES.items():
        numbers = torch.randn(count, NUMBERS, generator=chance).double()
        numbers[:, 0] += centre
        found += [Pooled("source", label, split, each) for each in numbers]
    return found


LEARNT = [*pictures("train", 200, 0), *pictures("val", 200, 1), *pictures("test", 300, 2)]


def test_about_one_in_twenty_of_pictures_like_those_learnt_from_is_called_unlike() -> None:
    familiar = fit_familiar(LEARNT, "b")
    tested = [each.numbers for each in LEARNT if each.split == "test"]
    assert 0.02 < alarms(familiar, "test", tested).share < 0.09


def test_pictures_beside_every_label_are_called_unlike() -> None:
    familiar = fit_familiar(LEARNT, "b")
    between, aside = torch.zeros(NUMBERS).double(), torch.zeros(NUMBERS).double()
    between[7], aside[0], aside[7] = 9.0, 4.0, 9.0
    assert (familiar.strangeness(torch.stack([between, aside])) > 1).tolist() == [True, True]


def test_the_same_pictures_give_the_same_and_those_of_the_test_split_do_not_count() -> None:
    one, other = fit_familiar(LEARNT, "b"), fit_familiar(LEARNT[:800], "b")
    assert torch.equal(one.limits, other.limits)
    assert torch.equal(one.means, other.means)


def test_a_source_whose_pictures_vary_more_has_a_wider_limit() -> None:
    wide = [
        replace(each, source="wide", label=f"wide {each.label}", numbers=3 * each.numbers + 40)
        for each in LEARNT
    ]
    familiar = fit_familiar([*LEARNT, *wide], "b")
    narrow_limit, _, wide_limit, _ = familiar.limits.tolist()
    assert wide_limit > 1.5 * narrow_limit


@pytest.mark.parametrize("split", ["train", "val"])
def test_too_few_pictures_are_refused(split: str) -> None:
    with pytest.raises(TrainingError, match="too few"):
        fit_familiar([each for each in LEARNT if each.split != split], "b")


def test_shares_are_told_in_a_table() -> None:
    assert "| photographs | 17 | 94.1% |" in alarms_table([Alarms("photographs", 17, 16)])


@pytest.fixture
def data(data_dir: Path, tmp_path: Path) -> Path:
    """Return the little set of patches with a val split and one set never trained on."""
    for source in data_dir.iterdir():
        (tmp_path / source.name).mkdir()
        (tmp_path / source.name / "images").symlink_to(source / "images")
        rows = [json.loads(line) for line in (source / "labels.jsonl").read_text().splitlines()]
        rows[1]["split"] = "val"
        table = tmp_path / source.name / "labels.jsonl"
        table.write_text("\n".join(map(json.dumps, rows)) + "\n")
    other = tmp_path / "breakhis"
    (other / "images").mkdir(parents=True)
    Image.new("RGB", (64, 64), "lime").save(other / "images" / "one.png")
    row = {"image": "images/one.png", "label": "basophil", "organ": "breast", "stain": "H&E"}
    (other / "labels.jsonl").write_text(json.dumps(row | {"split": "test"}) + "\n")
    return tmp_path


def test_the_verb_teaches_a_bridge_and_says_how_often_it_tells(data: Path, tmp_path: Path) -> None:
    bridge = tmp_path / "bridge"
    model, processor = fresh()
    save_bridge(bridge, model, processor.question_tokenizer)
    words = ["familiar", "--bridge", bridge, "--data", data, "--preset", "clover-tiny"]
    words += ["--cache-dir", tmp_path / "cache"]
    said = CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)
    assert said.exit_code == 0, said.output
    assert "| all of the test split | 7 |" in said.output
    assert "| breakhis | 1 |" in said.output
    assert "| photographs, scikit-image | 17 |" in said.output
    first = [(bridge / name).read_bytes() for name in (FACTS, TENSORS)]
    CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)
    assert [(bridge / name).read_bytes() for name in (FACTS, TENSORS)] == first
    engine = open_engine("clover-tiny", bridge, Places(tmp_path, None, lambda state: None))
    found = engine.familiarity(Picture("key", lambda: Image.new("RGB", (64, 64), "purple")))
    assert found is not None

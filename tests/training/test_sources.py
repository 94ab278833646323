import json
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from training.instructions.labels import label
from training.instructions.sources import read_patches

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "patches"


def write(root: Path, *lines: str) -> None:
    (root / "lc25000" / "images").mkdir(parents=True)
    (root / "lc25000" / "labels.jsonl").write_text("\n".join(lines) + "\n")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"No labels\.jsonl in .*lc25000"):
        read_patches(tmp_path)


def test_broken_json_is_named_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "{")
    with pytest.raises(TrainingError, match="line 1"):
        read_patches(tmp_path, ("lc25000",))


def test_a_missing_image_is_named_by_file_and_line(tmp_path: Path) -> None:
    row = {"image": "images/a.png", "label": "x", "organ": "x", "stain": "x", "split": "train"}
    write(tmp_path, json.dumps(row))
    with pytest.raises(TrainingError, match=r"line 1: .*no image images/a\.png"):
        read_patches(tmp_path, ("lc25000",))


def test_an_unknown_label_says_where_to_describe_it() -> None:
    with pytest.raises(TrainingError, match=r"labels\.toml"):
        label("something new")


@pytest.mark.skipif(not SHARED.exists(), reason="the training images are not beside this checkout")
def test_every_label_of_the_real_sources_is_described() -> None:
    assert {label(patch.label).name for patch in read_patches(SHARED)}

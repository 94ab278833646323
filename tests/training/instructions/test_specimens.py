import json
from dataclasses import replace
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from training.instructions.problems import OnProblem
from training.instructions.sample import sample_specimens
from training.instructions.specimens import (
    EXTERNAL,
    SOURCES,
    Specimen,
    hold_back,
    read_specimens,
)

from .conftest import paint

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "patches"
ROW = {
    "image": "images/1.png",
    "label": "basophil",
    "organ": "peripheral blood",
    "stain": "Giemsa",
    "split": "train",
}


def table(root: Path, *rows: object) -> None:
    paint(root / "mine" / "images" / "1.png", 1)
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (root / "mine" / "labels.jsonl").write_text("\n".join(texts) + "\n")


def test_everything_known_of_a_patch_is_read(specimens: tuple[Specimen, ...]) -> None:
    assert {each.magnification for each in specimens if each.source == "oral_oscc"} == {
        "100x",
        "400x",
    }
    assert {each.magnification for each in specimens if each.source == "pap_lbc"} == {"400x"}
    assert {each.counts.get("Platelets") for each in specimens if each.counts} == {2, None}
    assert all(each.image.path.startswith(f"{each.source}/images/") for each in specimens)
    assert all(each.licence != "unknown" for each in specimens)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("{", "broken JSON"),
        ([], "wrong form"),
        (ROW | {"organ": ""}, "wrong form"),
        (ROW | {"split": "dev"}, "wrong form"),
        (ROW | {"counts": {"RBC": "many"}}, "wrong form"),
        (ROW | {"counts": {"RBC": True}}, "wrong form"),
        (ROW | {"image": "images/2.png"}, "missing image"),
        (ROW | {"label": "something new"}, "label without card"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: object, kind: str) -> None:
    table(tmp_path, ROW, row)
    accepted = read_specimens(tmp_path, ["mine"])
    assert len(accepted.items) == 1
    assert [(each.line, each.kind) for each in accepted.problems] == [(2, kind)]
    with pytest.raises(TrainingError, match="line 2"):
        read_specimens(tmp_path, ["mine"], OnProblem.REFUSE)


def test_one_picture_with_two_labels_is_trusted_in_neither(tmp_path: Path) -> None:
    paint(tmp_path / "mine" / "images" / "copy.png", 1)
    copy = ROW | {"image": "images/copy.png"}
    table(tmp_path, ROW, copy | {"label": "eosinophil"})
    accepted = read_specimens(tmp_path, ["mine"])
    assert not accepted.items
    assert [(each.line, each.kind) for each in accepted.problems] == [
        (1, "contradicted label"),
        (2, "contradicted label"),
    ]
    assert "mine/images/copy.png is the same and eosinophil" in accepted.problems[0].detail


def test_one_picture_in_two_splits_stays_with_the_stricter_one(tmp_path: Path) -> None:
    paint(tmp_path / "mine" / "images" / "copy.png", 1)
    table(tmp_path, ROW, ROW | {"image": "images/copy.png", "split": "test"})
    accepted = read_specimens(tmp_path, ["mine"])
    assert [each.split for each in accepted.items] == ["test"]
    assert [(each.line, each.kind) for each in accepted.problems] == [(1, "leaking split")]


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"labels\.jsonl cannot be read"):
        read_specimens(tmp_path, ["mine"])


def test_the_sample_picture_is_copied_and_cropped(tmp_path: Path) -> None:
    crops = sample_specimens(tmp_path)
    assert len(crops) == 14
    assert (tmp_path / crops[0].image.path).is_file()
    assert len({each.image.crop for each in crops}) == 14


@pytest.mark.skipif(not SHARED.exists(), reason="the training images are not beside this checkout")
def test_every_real_patch_can_be_used() -> None:
    assert not read_specimens(SHARED, EXTERNAL).problems
    assert not read_specimens(SHARED, SOURCES[-1:]).problems


def test_a_source_without_validation_gives_up_whole_groups_for_it(
    specimens: tuple[Specimen, ...],
) -> None:
    several = [
        replace(each, source="made up", image=replace(each.image, group=f"group {number // 3}"))
        for number, each in enumerate(specimens * 10)
        if each.split == "train"
    ]
    held = hold_back(several, 0.3)
    splits: dict[str, set[str]] = {}
    for each in held:
        splits.setdefault(each.image.group, set()).add(each.split)
    assert {frozenset(found) for found in splits.values()} == {
        frozenset({"train"}),
        frozenset({"val"}),
    }
    share = sum(found == {"val"} for found in splits.values()) / len(splits)
    assert 0.15 < share < 0.45
    assert hold_back(held, 0.3) == held

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.reading import QUESTIONS, DecidedBy, ReadingRecipe
from clover_chat.model.reading_files import NAMES, TENSORS, load_reading, save_reading
from tests.model.readings import SEEN, head

BRIDGE = "b" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_reading(tmp_path, head(BRIDGE))
    return tmp_path


def test_a_reading_survives_save_and_load(folder: Path) -> None:
    loaded = load_reading(folder, BRIDGE, SEEN)
    assert loaded is not None
    seen = {aspect: torch.ones(SEEN).double() for aspect in QUESTIONS}
    assert loaded.read(seen) == head(BRIDGE).read(seen)
    assert loaded.questions == QUESTIONS
    assert sorted(path.name for path in folder.iterdir()) == [NAMES, TENSORS]


def test_a_reading_says_how_it_was_fitted(tmp_path: Path) -> None:
    recipe = ReadingRecipe(3, DecidedBy.VAL)
    save_reading(tmp_path, replace(head(BRIDGE), recipe=recipe))
    loaded = load_reading(tmp_path, BRIDGE, SEEN)
    assert loaded is not None
    assert loaded.recipe == recipe

    changed(tmp_path / NAMES, lambda it: it.pop("recipe"))
    older = load_reading(tmp_path, BRIDGE, SEEN)
    assert older is not None
    assert older.recipe == ReadingRecipe(1, DecidedBy.FIFTH)


def test_a_folder_may_have_none(tmp_path: Path) -> None:
    assert load_reading(tmp_path, BRIDGE, SEEN) is None


def test_the_reading_of_another_bridge_is_refused(folder: Path) -> None:
    with pytest.raises(BridgeMismatch, match="expected SHA-256 aaaaaaaaaaaa, found bbbbbbbbbbbb"):
        load_reading(folder, "a" * 64, SEEN)


def test_the_reading_of_a_bridge_of_another_width_is_refused(folder: Path) -> None:
    with pytest.raises(BridgeError, match="expected"):
        load_reading(folder, BRIDGE, SEEN + 1)


@pytest.mark.parametrize("name", [NAMES, TENSORS])
def test_one_file_without_the_other_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BridgeError, match=f"{name} (cannot be used|is missing or damaged)"):
        load_reading(folder, BRIDGE, SEEN)


@pytest.mark.parametrize("name", [NAMES, TENSORS])
def test_a_damaged_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:50])
    with pytest.raises(BridgeError, match=f"{name} (cannot be used|is missing or damaged)"):
        load_reading(folder, BRIDGE, SEEN)


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it.update(format=9), "format is 9"),
        (lambda it: it.update(bridge=7), "should be a text"),
        (lambda it: it.pop("questions"), "questions"),
        (lambda it: it["questions"].pop("organ"), "a question for each of"),
        (lambda it: it.update(recipe={"views": "many"}), "no usable recipe"),
        (lambda it: it["recipe"].update(strength="luck"), "no usable recipe"),
        (lambda it: it["recipe"].update(steps=3), "no usable recipe"),
        (lambda it: it["choices"].pop("source"), "choices for"),
        (lambda it: it.update(choices=[]), "choices for"),
        (lambda it: it["choices"].pop("label/lung"), "belongs to no reading"),
        (lambda it: it["choices"]["organ"]["names"].pop(), "expected"),
        (lambda it: it["choices"]["organ"].update(names=["lung", "lung"]), "repeated"),
        (lambda it: it["choices"]["organ"].update(names=[1, 2]), "no texts"),
        (lambda it: it["choices"]["stain"].update(temperature=0), "temperature at 'stain' is 0"),
        (lambda it: it["choices"]["stain"].update(temperature=float("inf")), "temperature"),
        (lambda it: it["choices"]["source"].update(names=["cells", "liver"]), "every source"),
    ],
)
def test_names_that_do_not_fit_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    changed(folder / NAMES, change)
    with pytest.raises(BridgeError, match=sentence):
        load_reading(folder, BRIDGE, SEEN)


def test_a_missing_a_foreign_and_an_endless_number_are_refused(folder: Path) -> None:
    tensors = load_file(folder / TENSORS)
    save_file({**tensors, "odd": torch.ones(1)}, folder / TENSORS)
    with pytest.raises(BridgeError, match="'odd'"):
        load_reading(folder, BRIDGE, SEEN)
    save_file({k: v for k, v in tensors.items() if k != "organ.bias"}, folder / TENSORS)
    with pytest.raises(BridgeError, match=r"incomplete at 'organ'"):
        load_reading(folder, BRIDGE, SEEN)
    save_file({**tensors, "organ.bias": tensors["organ.bias"] / 0}, folder / TENSORS)
    with pytest.raises(BridgeError, match="not finite"):
        load_reading(folder, BRIDGE, SEEN)

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.engine import CloverEngine
from clover_chat.model.familiarity import FamiliarPictures, pooled
from clover_chat.model.familiarity_files import FACTS, TENSORS, load_familiar, save_familiar
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_engine, open_model
from clover_chat.model.presets import TINY, Places
from clover_chat.types import Familiarity, Guidance, Picture, Reading, Sampling, Turn
from tests.model.readings import head

BRIDGE = "b" * 64
WIDTH, DIRECTIONS = 3, 2


def remembered(bridge: str = BRIDGE, width: int = WIDTH, limit: float = 1.5) -> FamiliarPictures:
    """Return what is remembered of pictures around two labels, on the first two axes."""
    numbers = 2 * width
    return FamiliarPictures(
        bridge=bridge,
        center=torch.zeros(numbers).double(),
        scale=torch.ones(numbers).double(),
        basis=torch.eye(numbers).double()[:DIRECTIONS],
        whitening=torch.eye(DIRECTIONS).double(),
        means=torch.tensor([[3.0, 0.0], [-3.0, 0.0]]).double(),
        rest=1.0,
        limits=torch.tensor([limit, 2 * limit]).double(),
    )


def test_a_distance_is_to_the_nearest_label_and_counts_what_the_directions_leave_out() -> None:
    places = torch.zeros(3, 2 * WIDTH)
    places[0, 0], places[1, 0] = 3.0, -3.0
    places[2, 0], places[2, 5] = 3.0, 6.0
    found, label = remembered().nearest(places)
    torch.testing.assert_close(found, torch.tensor([0.0, 0.0, 6**0.5]).double())
    assert label.tolist() == [0, 1, 0]


def test_each_label_has_a_limit_of_its_own() -> None:
    places = torch.zeros(2, 2 * WIDTH)
    places[0, 0], places[1, 0] = 3.0, -3.0
    places[:, 5] = 6.0
    near, far = remembered(limit=2.0).strangeness(places).tolist()
    assert (near, far) == pytest.approx((6**0.5 / 2, 6**0.5 / 4))


def test_a_picture_beyond_the_limit_is_unlike() -> None:
    patches = torch.zeros(4, WIDTH)
    assert not remembered(limit=9.0).judge(patches).is_unlike
    assert remembered(limit=0.1).judge(patches + 50).is_unlike
    assert not Familiarity(1.0).is_unlike


def test_mean_and_spread_of_a_picture_are_seen() -> None:
    patches = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    expected = torch.tensor([2.0, 2.0, 2.0, 1.0, 0.001, 1.0]).double()
    torch.testing.assert_close(pooled(patches), expected, rtol=1e-5, atol=1e-5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_familiar(tmp_path, remembered())
    return tmp_path


def test_what_is_remembered_survives_save_and_load(folder: Path) -> None:
    loaded = load_familiar(folder, BRIDGE, WIDTH)
    assert loaded is not None
    place = torch.ones(1, 2 * WIDTH)
    assert torch.equal(loaded.strangeness(place), remembered().strangeness(place))
    assert sorted(path.name for path in folder.iterdir()) == [FACTS, TENSORS]


def test_an_older_bridge_remembers_nothing(tmp_path: Path) -> None:
    assert load_familiar(tmp_path, BRIDGE, WIDTH) is None


def test_what_another_bridge_remembers_is_refused(folder: Path) -> None:
    with pytest.raises(BridgeMismatch, match="expected SHA-256 aaaaaaaaaaaa, found bbbbbbbbbbbb"):
        load_familiar(folder, "a" * 64, WIDTH)


@pytest.mark.parametrize("name", [FACTS, TENSORS])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{")])
def test_a_missing_or_damaged_file_is_refused(
    folder: Path, name: str, damage: Callable[[Path], object]
) -> None:
    damage(folder / name)
    with pytest.raises(BridgeError, match=f"{name}.*Run clover-train familiar"):
        load_familiar(folder, BRIDGE, WIDTH)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it.update(format=9), "format is 9"),
        (lambda it: it.update(bridge=7), "should be a text"),
        (lambda it: it.update(rest=0), "above 0"),
        (lambda it: it.update(rest="much"), "cannot be used"),
        (lambda it: it.pop("rest"), "rest"),
    ],
)
def test_facts_that_cannot_be_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    facts = json.loads((folder / FACTS).read_text())
    change(facts)
    (folder / FACTS).write_text(json.dumps(facts))
    with pytest.raises(BridgeError, match=sentence):
        load_familiar(folder, BRIDGE, WIDTH)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it.pop("means"), "and nothing else"),
        (lambda it: it.update(more=torch.ones(1)), "and nothing else"),
        (lambda it: it.update(scale=torch.zeros(2 * WIDTH)), "above 0"),
        (lambda it: it.update(center=torch.full((2 * WIDTH,), torch.nan)), "finite"),
        (lambda it: it.update(limits=torch.zeros(2)), "above 0"),
        (lambda it: it.update(limits=torch.ones(3)), "expected"),
        (lambda it: it.update(whitening=torch.ones(1, 1)), "expected"),
        (lambda it: it.update(means=torch.ones(0, DIRECTIONS)), "expected"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    tensors = load_file(folder / TENSORS)
    change(tensors)
    save_file(tensors, folder / TENSORS)
    with pytest.raises(BridgeError, match=sentence):
        load_familiar(folder, BRIDGE, WIDTH)


def test_a_bridge_of_another_width_is_refused(folder: Path) -> None:
    with pytest.raises(BridgeError, match="expected"):
        load_familiar(folder, BRIDGE, WIDTH + 1)


def test_an_engine_tells_by_what_its_bridge_folder_holds(
    llama: CloverEngine, cache_dir: Path, tmp_path: Path, picture: Callable[[str], Picture]
) -> None:
    assert llama.familiarity(picture("red")) is None
    save_bridge(tmp_path, llama._model, llama._processor.question_tokenizer)
    places = Places(cache_dir, None, lambda state: None)
    _, _, identity = open_model(TINY, tmp_path, places)
    width = llama._model.qformer.config.encoder_hidden_size
    save_familiar(tmp_path, remembered(identity.bridge_hash, width, limit=1e9))
    engine = open_engine("clover-tiny", tmp_path, places)
    near = engine.familiarity(picture("red"))
    assert near is not None
    assert 0 < near.strangeness < 1e-6


@pytest.mark.parametrize("limit", [1e9, 1e-9])
def test_a_guide_hears_of_pictures_unlike_those_learnt_from(
    llama: CloverEngine, picture: Callable[[str], Picture], limit: float
) -> None:
    heard: list[bool] = []

    def guide(question: str, readings: Sequence[Reading]) -> Guidance:
        heard.extend(each.is_unlike for each in readings)
        return Guidance(stated="A stated answer.")

    width = llama._model.qformer.config.encoder_hidden_size
    engine = CloverEngine(
        llama._model,
        llama._processor,
        FeatureStore(None),
        llama.identity,
        head(),
        guide,
        familiar=remembered(width=width, limit=limit),
    )
    said = "".join(map(str, engine.generate((Turn("Sure?", (picture("red"),)),), Sampling())))
    assert said == "A stated answer."
    assert heard == [limit < 1]

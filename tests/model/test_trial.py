from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.bridge_folder import TENSORS
from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import MINI, TINY, TINY_T5
from clover_chat.model.reading_files import save_reading
from clover_chat.model.tiny import TinyVisionModel, tiny_config, tiny_llama
from clover_chat.model.trial import bridge_shapes, try_bridge
from tests.bridges import write_bridge
from tests.model.readings import head

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "round-1")


def change_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / TENSORS)
    change(tensors)
    save_file(tensors, folder / TENSORS)


def test_the_expected_tensors_are_those_of_the_composition() -> None:
    model = CloverModel(tiny_config(), TinyVisionModel(), tiny_llama())
    expected = {name: tensor.shape for name, tensor in model.bridge_state_dict().items()}
    found = bridge_shapes(tiny_config(), model.language_model.config.hidden_size)
    assert {name: tensor.shape for name, tensor in found.items()} == expected


def test_a_whole_bridge_passes(folder: Path) -> None:
    try_bridge(folder, TINY)


def test_the_shipped_bridge_passes_without_its_frozen_weights() -> None:
    try_bridge(ROOT / "assets" / "bridges" / "clover-mini", MINI)


def test_a_bridge_of_another_preset_is_refused(folder: Path) -> None:
    with pytest.raises(BridgeMismatch, match="clover-tiny, not to clover-tiny-t5"):
        try_bridge(folder, TINY_T5)


def test_a_bridge_of_other_frozen_models_is_refused(tmp_path: Path) -> None:
    frozen = {"vision_model": "tiny-vision", "language_model": "e" * 64}
    with pytest.raises(BridgeMismatch, match="another language model"):
        try_bridge(write_bridge(tmp_path / "foreign", frozen=frozen), TINY)


def test_a_missing_tensor_is_named(folder: Path) -> None:
    change_tensors(folder, lambda tensors: tensors.pop("query_tokens"))
    with pytest.raises(BridgeError, match="lacks 'query_tokens'"):
        try_bridge(folder, TINY)


def test_numbers_that_are_not_finite_are_named(folder: Path) -> None:
    change_tensors(folder, lambda tensors: tensors["query_tokens"].fill_(torch.nan))
    with pytest.raises(BridgeError, match="'query_tokens' that are not finite"):
        try_bridge(folder, TINY)


def test_a_configuration_of_another_shape_is_refused(tmp_path: Path) -> None:
    folder = write_bridge(tmp_path / "wide", num_query_tokens=8)
    with pytest.raises(BridgeError, match=r"'query_tokens' as \(1, 4, 32\), expected \(1, 8, 32\)"):
        try_bridge(folder, TINY)


def test_a_configuration_of_no_qformer_is_a_sentence(tmp_path: Path) -> None:
    qformer = {**tiny_config().qformer, "num_attention_heads": 5}
    folder = write_bridge(tmp_path / "odd", qformer=qformer)
    with pytest.raises(BridgeError, match="describes no Q-Former"):
        try_bridge(folder, TINY)


def test_a_reading_of_another_bridge_is_refused(folder: Path) -> None:
    save_reading(folder, head("d" * 64))
    with pytest.raises(BridgeMismatch, match="belongs to another bridge"):
        try_bridge(folder, TINY)

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.checkpoint import (
    CONFIG,
    TENSORS,
    check_frozen,
    load_bridge,
    read_config,
    read_vocabulary,
    save_bridge,
)
from clover_chat.model.clover import CloverModel
from clover_chat.model.loading import open_model
from clover_chat.model.presets import TINY, Places
from clover_chat.model.tiny import TinyVisionModel, tiny_config, tiny_llama, tiny_vocabulary


def new_model(seed: int) -> CloverModel:
    torch.manual_seed(seed)
    return CloverModel(tiny_config(), TinyVisionModel(), tiny_llama())


@pytest.fixture
def bridge_dir(tmp_path: Path) -> Path:
    save_bridge(tmp_path / "bridge", new_model(1), tiny_vocabulary())
    return tmp_path / "bridge"


def test_a_bridge_survives_save_and_load(bridge_dir: Path) -> None:
    saved, loaded = new_model(1), new_model(2)
    load_bridge(bridge_dir, loaded)

    for name, tensor in saved.bridge_state_dict().items():
        assert torch.equal(tensor, loaded.bridge_state_dict()[name]), name
    assert read_config(bridge_dir) == saved.config
    assert read_vocabulary(bridge_dir).get_vocab() == tiny_vocabulary().get_vocab()


def test_frozen_weights_are_never_written(bridge_dir: Path) -> None:
    parts = {name.split(".")[0] for name in load_file(bridge_dir / TENSORS)}
    assert parts == {"feature_scale", "query_tokens", "qformer", "language_projection"}


def test_a_preset_opens_with_a_bridge_from_a_folder(bridge_dir: Path) -> None:
    _, _, identity = open_model(TINY, bridge_dir, Places(bridge_dir, None, lambda state: None))
    assert len(identity.bridge_hash) == 64


def test_a_missing_key_is_named(bridge_dir: Path) -> None:
    tensors = load_file(bridge_dir / TENSORS)
    del tensors["query_tokens"]
    save_file(tensors, bridge_dir / TENSORS)
    with pytest.raises(BridgeError, match="lacks 'query_tokens'"):
        load_bridge(bridge_dir, new_model(2))


def test_a_foreign_tensor_is_named(bridge_dir: Path) -> None:
    tensors = load_file(bridge_dir / TENSORS) | {"vision_model.patch.weight": torch.zeros(1)}
    save_file(tensors, bridge_dir / TENSORS)
    with pytest.raises(BridgeError, match="vision_model"):
        load_bridge(bridge_dir, new_model(2))


def test_a_tensor_of_another_shape_is_named_with_both_shapes(bridge_dir: Path) -> None:
    tensors = load_file(bridge_dir / TENSORS) | {"query_tokens": torch.zeros(1, 8, 32)}
    save_file(tensors, bridge_dir / TENSORS)
    with pytest.raises(BridgeError, match=r"\(1, 8, 32\), expected \(1, 4, 32\)"):
        load_bridge(bridge_dir, new_model(2))


@pytest.mark.parametrize("name", [TENSORS, CONFIG, "tokenizer.json"])
def test_a_damaged_file_is_a_sentence(bridge_dir: Path, name: str) -> None:
    (bridge_dir / name).write_bytes((bridge_dir / name).read_bytes()[:20])
    with pytest.raises(BridgeError, match="missing or"):
        open_model(TINY, bridge_dir, Places(bridge_dir, None, lambda state: None))


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="no bridge folder"):
        read_config(tmp_path / "nowhere")


def test_a_bridge_of_other_frozen_models_is_refused() -> None:
    with pytest.raises(
        BridgeMismatch, match=r"another language model: expected .*tiny-languag.*found"
    ):
        check_frozen(tiny_config(), {"language_model": "f" * 64})

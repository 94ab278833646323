from contextlib import closing
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import Dinov2Model, Qwen3ForCausalLM, SiglipVisionModel

from clover_chat.errors import ConfigError, WeightsError
from clover_chat.model import presets
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.full_size import new_qformer, pair_preset
from clover_chat.model.hub import HubRepository
from clover_chat.model.loading import load_frozen, new_model, open_engine
from clover_chat.model.pairs import Half
from clover_chat.model.presets import Places, Preset
from clover_chat.model.tiny import tiny_vocabulary
from clover_chat.types import Sampling, Turn
from tests.model import hub_folders as folders

QWEN3 = Half(HubRepository("someone/qwen3", "a tiny Qwen3", 0.001), Qwen3ForCausalLM, folders.qwen3)
SIGLIP = Half(
    HubRepository("someone/siglip", "a tiny SigLIP", 0.001),
    SiglipVisionModel,
    folders.siglip,
    part="vision",
)
DINOV2 = Half(HubRepository("someone/dinov2", "a tiny DINOv2", 0.001), Dinov2Model, folders.dinov2)
QFORMER = new_qformer(folders.WIDTH) | {
    "hidden_size": folders.WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 300,
}


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("hub")
    folders.save_qwen3(parent / "qwen3")
    folders.save_siglip(parent / "siglip")
    folders.save_dinov2(parent / "dinov2")
    return parent


@pytest.fixture(params=[SIGLIP, DINOV2], ids=["siglip", "dinov2"])
def chosen(request: pytest.FixtureRequest) -> Preset:
    return pair_preset(
        "clover-tiny-pair", "A miniature.", request.param, QWEN3, folders.SMALL_INPUT, QFORMER
    )


def places_in(cache_dir: Path, weights_dir: Path) -> Places:
    return Places(cache_dir, weights_dir, lambda state: None)


def vocabulary() -> Tokenizer:
    return tiny_vocabulary()


def test_two_published_models_answer_through_a_trained_bridge(
    chosen: Preset,
    weights_dir: Path,
    cache_dir: Path,
    tmp_path: Path,
    turn: Turn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = places_in(cache_dir, weights_dir)
    model, _, _ = new_model(chosen, load_frozen(chosen, places))
    save_bridge(tmp_path / "bridge", model, vocabulary())
    monkeypatch.setitem(presets.PRESETS, chosen.name, chosen)
    engine = open_engine(chosen.name, tmp_path / "bridge", places)

    with closing(engine.generate((turn,), Sampling(max_tokens=8))) as generation:
        assert "".join(piece for piece in generation if isinstance(piece, str))
        assert generation.figures.answer_tokens > 0


def test_without_a_trained_bridge_such_a_preset_does_not_answer(
    chosen: Preset, weights_dir: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(presets.PRESETS, chosen.name, chosen)
    with pytest.raises(ConfigError, match="needs a bridge folder"):
        open_engine(chosen.name, None, places_in(cache_dir, weights_dir))


def test_only_the_vision_tower_is_loaded_and_hashed(weights_dir: Path, tmp_path: Path) -> None:
    model, folder, digest = SIGLIP.load(places_in(tmp_path, weights_dir))
    assert not any(name.startswith("text_model") for name, _ in model.named_parameters())
    assert digest == folder.digest("vision_model.")
    assert digest != folder.digest("")


def test_the_encoder_gives_a_token_a_patch(weights_dir: Path, tmp_path: Path) -> None:
    places = places_in(tmp_path, weights_dir)
    pixels = torch.zeros(1, 3, 28, 28)
    siglip = SIGLIP.load(places)[0](pixel_values=pixels).last_hidden_state
    dinov2 = DINOV2.load(places)[0](pixel_values=pixels).last_hidden_state
    assert siglip.shape == (1, 4, folders.WIDTH)
    assert dinov2.shape == (1, 5, folders.WIDTH), "one for the whole picture besides"


def test_another_model_in_the_folder_is_refused(weights_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "dinov2").symlink_to(weights_dir / "siglip")
    with pytest.raises(WeightsError, match="type 'siglip', expected 'dinov2'"):
        DINOV2.load(places_in(tmp_path, tmp_path))

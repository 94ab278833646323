import inspect
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel

from clover_chat.errors import ConfigError
from clover_chat.model.bridge_folder import Chosen
from clover_chat.model.clover import CloverModel
from clover_chat.model.footprint import (
    KEPT_POSITIONS,
    count_patches,
    find_place,
    fitting_place,
    footprint,
)
from clover_chat.model.full_size import FLAN_T5_XL, FULL_SIZE, PHIKON_V2, QWEN3_4B, VICUNA_7B
from clover_chat.model.host import LoadingHost
from clover_chat.model.machine import CPU, GPU, Machine, Placement
from clover_chat.model.prefixes import PrefixCache
from clover_chat.model.presets import MINI, TINY, TINY_T5, Preset
from clover_chat.model.tiny import TinyVisionModel, tiny_llama, tiny_t5
from clover_chat.types import Stage

GB = 10**9


@pytest.mark.parametrize(("chosen", "language"), [(TINY, tiny_llama), (TINY_T5, tiny_t5)])
def test_parameters_are_counted_as_the_loaded_model_has_them(
    chosen: Preset, language: type
) -> None:
    model = CloverModel(chosen.config, TinyVisionModel(), language())
    found = footprint(chosen)

    trained = sum(parameter.numel() for parameter in model.bridge_parameters())
    whole = sum(parameter.numel() for parameter in model.parameters())
    assert found.bridge_parameters == trained
    assert found.frozen_parameters == whole - trained


@pytest.mark.parametrize(
    ("chosen", "vision", "language", "bridge"),
    [
        (FLAN_T5_XL, 986.0, 2849.8, 187.3),  # the paper trains "187M"
        (VICUNA_7B, 986.0, 6738.4, 188.8),
        (QWEN3_4B, 428.2, 4022.5, 93.0),
        (PHIKON_V2, 303.4, 4022.5, 91.8),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_published_sizes_come_out(
    chosen: Preset, vision: float, language: float, bridge: float
) -> None:
    found = footprint(chosen)
    assert round(found.vision_parameters / 1e6, 1) == vision
    assert round(found.language_parameters / 1e6, 1) == language
    assert round(found.bridge_parameters / 1e6, 1) == bridge


def test_instructblips_files_are_as_large_as_its_parameters() -> None:
    found = footprint(FLAN_T5_XL)
    parameters = found.frozen_parameters + found.bridge_parameters
    assert 4 * parameters / GB == pytest.approx(16.1, abs=0.05)


@pytest.mark.parametrize("chosen", FULL_SIZE, ids=lambda chosen: chosen.name)
def test_encoder_and_bridge_of_each_full_size_preset_fit_each_other(chosen: Preset) -> None:
    with torch.device("meta"):
        vision_model, _ = chosen.blank()
    assert isinstance(vision_model, PreTrainedModel)
    assert vision_model.config.hidden_size == chosen.config.qformer["encoder_hidden_size"]
    assert chosen.config.image_input.is_square


@pytest.mark.parametrize(("chosen", "patches"), [(FLAN_T5_XL, 257), (PHIKON_V2, 197), (TINY, 36)])
def test_image_patches_are_counted(chosen: Preset, patches: int) -> None:
    assert count_patches(chosen) == patches


def test_a_gpu_that_holds_the_model_is_used_and_main_memory_otherwise() -> None:
    found = footprint(FLAN_T5_XL)

    def place(machine: Machine) -> Placement | None:
        return fitting_place(FLAN_T5_XL, found, machine, found.serving_bytes)

    assert place(Machine(64 * GB, 24 * GB)) == GPU
    assert place(Machine(4 * GB, 24 * GB)) is None, "weights reach the GPU through main memory"
    assert place(Machine(64 * GB)) == place(Machine(64 * GB, 4 * GB)) == CPU
    assert place(Machine(None)) == CPU


def test_a_preset_made_for_the_cpu_stays_there() -> None:
    assert find_place(MINI, Machine(8 * GB, 24 * GB)) == CPU


def test_a_model_the_machine_cannot_hold_is_refused_with_what_it_needs() -> None:
    with pytest.raises(ConfigError) as refusal:
        find_place(VICUNA_7B, Machine(8 * GB))
    sentence = str(refusal.value)
    assert "clover-vicuna-7b needs" in sentence
    assert "this machine has 8.0 GB of main memory and no GPU" in sentence
    assert "or a GPU with" in sentence


def test_serving_refuses_it_too_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clover_chat.model.loading.this_machine", lambda: Machine(8 * GB))
    host = LoadingHost("clover-vicuna-7b", lambda: Chosen(None), tmp_path)
    host.load()

    assert host.state.stage is Stage.FAILED
    assert "needs" in host.state.detail
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_of_earlier_conversations_is_what_the_cache_keeps() -> None:
    default = inspect.signature(PrefixCache).parameters["max_positions"].default
    assert default == KEPT_POSITIONS


def test_half_precision_halves_the_frozen_weights() -> None:
    found = footprint(TINY)
    assert found.frozen_bytes(CPU) == 2 * found.frozen_bytes(GPU) == 4 * found.frozen_parameters

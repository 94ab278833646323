"""Presets: every named combination of encoder, bridge shape and language model there is."""

from collections.abc import Callable

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from clover_chat.errors import ConfigError
from clover_chat.model.architectures import smollm2_135m
from clover_chat.model.config import CloverConfig, PromptForm
from clover_chat.model.efficientnet import HIDDEN_SIZE, EfficientNetLite2
from clover_chat.model.frozen import Frozen, Halves, Places, Preset
from clover_chat.model.full_size import FULL_SIZE
from clover_chat.model.pairs import blank_language_model
from clover_chat.model.tiny import (
    HASHES,
    TinyVisionModel,
    tiny_config,
    tiny_llama,
    tiny_t5,
    tiny_tokenizer,
)
from clover_chat.model.weights import EFFICIENTNET_LITE2, SMOLLM2, find_weights

__all__ = ["PRESETS", "Frozen", "Places", "Preset", "preset"]


def _load_mini(places: Places) -> Frozen:
    vision_dir = find_weights(
        EFFICIENTNET_LITE2, places.cache_dir, places.weights_dir, places.report
    )
    language_dir = find_weights(SMOLLM2, places.cache_dir, places.weights_dir, places.report)
    vision_model = EfficientNetLite2()
    vision_model.load_state_dict(load_file(vision_dir / "model.safetensors"))
    vision_model.use_channels_last()
    transformers_logging.disable_progress_bar()
    language_model = AutoModelForCausalLM.from_pretrained(
        language_dir, dtype=torch.float32, local_files_only=True
    )
    return Frozen(
        vision_model,
        language_model,
        AutoTokenizer.from_pretrained(language_dir, local_files_only=True),
        {"vision_model": EFFICIENTNET_LITE2.sha256, "language_model": SMOLLM2.sha256},
    )


def _blank_mini() -> Halves:
    return EfficientNetLite2(), blank_language_model(smollm2_135m())


def _load_tiny(language_model: Callable[[], PreTrainedModel]) -> Callable[[Places], Frozen]:
    def load(places: Places) -> Frozen:  # noqa: ARG001 - nothing to fetch
        torch.manual_seed(0)
        return Frozen(TinyVisionModel(), language_model(), tiny_tokenizer(), HASHES)

    return load


MINI = Preset(
    name="clover-mini",
    summary="EfficientNet-Lite2, a small Q-Former, SmolLM2-135M: two CPU cores are enough.",
    config=CloverConfig(
        preset="clover-mini",
        version="untrained",
        frozen={
            "vision_model": EFFICIENTNET_LITE2.sha256,
            "language_model": SMOLLM2.sha256,
        },
        qformer={
            "vocab_size": 3000,
            "hidden_size": 384,
            "num_hidden_layers": 4,
            "num_attention_heads": 6,
            "intermediate_size": 1024,
            "max_position_embeddings": 128,
            "cross_attention_frequency": 1,
            "encoder_hidden_size": HIDDEN_SIZE,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
        },
        has_summary=True,
    ),
    load=_load_mini,
    blank=_blank_mini,
    speaks_in_forms=True,
)
TINY = Preset(
    name="clover-tiny",
    summary="Miniature decoder-only model with random weights, for tests.",
    config=tiny_config(),
    load=_load_tiny(tiny_llama),
    blank=lambda: (TinyVisionModel(), tiny_llama()),
    has_random_bridge=True,
)
TINY_T5 = Preset(
    name="clover-tiny-t5",
    summary="Miniature encoder-decoder model with random weights, for tests.",
    config=tiny_config("clover-tiny-t5", PromptForm(before="", between="\n", after="\n")),
    load=_load_tiny(tiny_t5),
    blank=lambda: (TinyVisionModel(), tiny_t5()),
    has_random_bridge=True,
)
PRESETS = {preset.name: preset for preset in (MINI, *FULL_SIZE, TINY, TINY_T5)}


def preset(name: str) -> Preset:
    """Return a preset by name.

    Raises:
        ConfigError: There is none of that name.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigError(
            f"There is no model {name!r}. Choose one of {', '.join(PRESETS)}."
        ) from None

"""How much memory a preset takes, from its configuration alone: nothing is fetched or loaded.

L width of the language model
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from transformers import InstructBlipQFormerConfig, InstructBlipQFormerModel, PreTrainedConfig

from clover_chat.errors import ConfigError
from clover_chat.model.config import CloverConfig
from clover_chat.model.frozen import Preset
from clover_chat.model.machine import CPU, GPU, Machine, Placement, gigabytes

KEPT_POSITIONS = 8192
"""Positions of earlier conversations that `PrefixCache` keeps."""
RUNNING_POSITIONS = 2048
"""Positions of the answer being written, generously."""
OVERHEAD_BYTES = 1_000_000_000
"""Python, its libraries, and what one step needs for itself."""
Size = Callable[[Placement], int]


@dataclass(frozen=True)
class Footprint:
    """What a preset consists of.

    Attributes:
        vision_parameters: Of the frozen image encoder.
        language_parameters: Of the frozen language model.
        bridge_parameters: Of the bridge, which are trained.
        language_config: The language model's own.
    """

    vision_parameters: int
    language_parameters: int
    bridge_parameters: int
    language_config: PreTrainedConfig

    @property
    def frozen_parameters(self) -> int:
        """Parameters that are never trained."""
        return self.vision_parameters + self.language_parameters

    def frozen_bytes(self, placement: Placement) -> int:
        """Return the bytes of the frozen weights."""
        return self.frozen_parameters * placement.dtype.itemsize

    def serving_bytes(self, placement: Placement) -> int:
        """Return the bytes that answering takes: weights, keys and values, overhead.

        The bridge stays in float32.
        """
        positions = RUNNING_POSITIONS
        if not self.language_config.is_encoder_decoder:
            positions += KEPT_POSITIONS
        kept = positions * _values_per_position(self.language_config) * placement.dtype.itemsize
        return self.frozen_bytes(placement) + 4 * self.bridge_parameters + kept + OVERHEAD_BYTES


def footprint(chosen: Preset) -> Footprint:
    """Return what a preset consists of, counted on tensors without memory."""
    with torch.device("meta"):
        vision_model, language_model = chosen.blank()
    config = language_model.config
    assert isinstance(config, PreTrainedConfig)
    return Footprint(
        _parameters(vision_model),
        _parameters(language_model),
        bridge_parameters(chosen.config, config.hidden_size),
        config,
    )


def bridge_parameters(config: CloverConfig, language_width: int) -> int:
    """Return the number of parameters of a bridge to a language model of width L."""
    with torch.device("meta"):
        qformer = InstructBlipQFormerModel(InstructBlipQFormerConfig(**config.qformer))
    hidden: int = qformer.config.hidden_size
    projection = (hidden + 1) * language_width
    marks = 2 * qformer.config.encoder_hidden_size if config.has_summary else 0
    return _parameters(qformer) + config.num_query_tokens * hidden + projection + marks


def find_place(chosen: Preset, machine: Machine) -> Placement:
    """Return where on a machine a preset can answer.

    Raises:
        ConfigError: Nowhere; the message says what it needs and what there is.
    """
    found = footprint(chosen)
    if place := fitting_place(chosen, found, machine, found.serving_bytes):
        return place
    raise ConfigError(
        f"The model {chosen.name} needs {needs(chosen, found.serving_bytes)}; this machine has "
        f"{machine}. Choose a smaller one with CLOVER_MODEL; `clover-chat models list` names them."
    )


def fitting_place(
    chosen: Preset, found: Footprint, machine: Machine, size: Size
) -> Placement | None:
    """Return where on a machine a preset fits, the GPU first, or None.

    Args:
        chosen: The preset.
        found: What it consists of.
        machine: Its memory.
        size: The bytes it takes in a place.
    """
    room = float("inf") if machine.ram_bytes is None else machine.ram_bytes
    passes = room >= found.frozen_bytes(GPU)  # weights reach the GPU through main memory
    if chosen.uses_gpu and passes and machine.gpu_bytes >= size(GPU):
        return GPU
    return CPU if room >= size(CPU) else None


def needs(chosen: Preset, size: Size) -> str:
    """Return what a preset needs as a person reads it."""
    gpu = f", or a GPU with {gigabytes(size(GPU))}" if chosen.uses_gpu else ""
    return f"{gigabytes(size(CPU))} of main memory{gpu}"


def count_patches(chosen: Preset) -> int:
    """Return how many image patches the encoder makes of the largest picture it takes."""
    image_input = chosen.config.image_input
    side = image_input.size if image_input.is_square else image_input.max_size
    with torch.device("meta"):
        vision_model, _ = chosen.blank()
        seen = vision_model(pixel_values=torch.zeros(1, 3, side, side)).last_hidden_state
    return int(seen.shape[1])


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _values_per_position(config: PreTrainedConfig) -> int:
    """Return how many numbers attention keeps for each position it has read."""
    if config.is_encoder_decoder:  # its decoder's, for the answer and for what the encoder read
        return 4 * int(config.num_decoder_layers) * int(config.num_attention_heads * config.d_kv)
    heads = int(getattr(config, "num_key_value_heads", None) or config.num_attention_heads)
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * int(config.num_hidden_layers) * heads * int(width)

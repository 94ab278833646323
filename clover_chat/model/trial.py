"""Whether a bridge folder would work with a preset, found out without its frozen weights.

L width of the language model
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import InstructBlipQFormerConfig, InstructBlipQFormerModel

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.bridge_folder import hashes
from clover_chat.model.checkpoint import (
    TENSORS,
    check_frozen,
    read_config,
    read_tensors,
    read_vocabulary,
)
from clover_chat.model.clover import FeatureScale
from clover_chat.model.config import CloverConfig
from clover_chat.model.familiarity_files import load_familiar
from clover_chat.model.frozen import Preset
from clover_chat.model.reading_files import load_reading


def try_bridge(folder: Path, chosen: Preset) -> None:
    """Refuse a bridge folder that could not answer with a preset.

    Frozen models that a preset only knows once they are loaded are not compared here.

    Raises:
        BridgeMismatch: It belongs to another preset, to other frozen models, or its reading to
            another bridge.
        BridgeError: One of its files is missing or damaged, or does not fit the others.
    """
    config = read_config(folder)
    if config.preset != chosen.name:
        raise BridgeMismatch(
            f"The bridge {folder.name!r} belongs to the model {config.preset}, not to "
            f"{chosen.name}. Choose the other with CLOVER_MODEL to use it."
        )
    check_frozen(config, chosen.config.frozen)
    read_vocabulary(folder)
    read_tensors(folder, bridge_shapes(config, _language_width(chosen)))
    name, encoder_width = hashes(folder)[TENSORS], config.qformer["encoder_hidden_size"]
    load_reading(folder, name, config.qformer["hidden_size"] + 2 * encoder_width)
    load_familiar(folder, name, encoder_width)


def bridge_shapes(config: CloverConfig, language_width: int) -> dict[str, Tensor]:
    """Return the tensors of a bridge to a language model of width L, without their numbers.

    Raises:
        BridgeError: The configuration describes no Q-Former.
    """
    try:
        qformer_config = InstructBlipQFormerConfig(**config.qformer)
        hidden = int(qformer_config.hidden_size)
        with torch.device("meta"):
            parts = nn.ModuleDict(
                {
                    "feature_scale": FeatureScale(
                        qformer_config.encoder_hidden_size, has_summary=config.has_summary
                    ),
                    "qformer": InstructBlipQFormerModel(qformer_config),
                    "language_projection": nn.Linear(hidden, language_width),
                }
            )
            query_tokens = torch.empty(1, config.num_query_tokens, hidden)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BridgeError(
            f"The configuration of the bridge {config.version} describes no Q-Former ({error})."
        ) from error
    return {**parts.state_dict(), "query_tokens": query_tokens}


def _language_width(chosen: Preset) -> int:
    with torch.device("meta"):
        _, language_model = chosen.blank()
    return int(language_model.config.hidden_size)

"""Bridge folders of the miniature preset, each with random tensors of its own."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from clover_chat.model.bridge_folder import CARD, GATE, METRICS
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.tiny import TinyVisionModel, tiny_config, tiny_llama, tiny_vocabulary

SCALE = 20
"""Makes the bridge tokens so loud that the miniature language model cannot but listen."""


def write_bridge(
    folder: Path,
    seed: int = 1,
    *,
    metrics: Mapping[str, Any] | None = None,
    gate: Mapping[str, Any] | None = None,
    **config: Any,
) -> Path:
    """Write a bridge folder, its version after the seed where nothing else is said."""
    model = _model(seed)
    model.config = replace(tiny_config(), **{"version": f"0.{seed}", **config})
    save_bridge(folder, model, tiny_vocabulary())
    (folder / CARD).write_text(f"---\ntags: [x]\n---\n\n# Bridge {seed}\n\nMade for\ntests.\n")
    for name, content in ((METRICS, metrics), (GATE, gate)):
        if content is not None:
            (folder / name).write_text(json.dumps(content))
    return folder


@cache
def _model(seed: int) -> CloverModel:
    halves = TinyVisionModel(), tiny_llama()
    torch.manual_seed(seed)
    model = CloverModel(tiny_config(), *halves)
    with torch.no_grad():
        model.language_projection.weight.mul_(SCALE)
    return model

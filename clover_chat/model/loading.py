"""From a preset's name and a bridge folder to an engine that answers."""

from pathlib import Path

import torch
from tokenizers import Tokenizer

from clover_chat.errors import ConfigError
from clover_chat.model.checkpoint import check_frozen, load_bridge, read_config, read_vocabulary
from clover_chat.model.clover import CloverModel
from clover_chat.model.engine import CloverEngine
from clover_chat.model.features import FeatureStore
from clover_chat.model.presets import Places, Preset, preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.tiny import tiny_vocabulary
from clover_chat.types import Identity, ModelState, Stage


def open_model(
    chosen: Preset, bridge_dir: Path | None, places: Places
) -> tuple[CloverModel, CloverProcessor, Identity]:
    """Return the composition with its bridge loaded.

    Args:
        chosen: Which frozen models.
        bridge_dir: The bridge's folder; None only for presets with a random bridge.
        places: Where frozen weights are looked for.

    Raises:
        ModelError: Weights or bridge cannot be used; the message says which and why.
    """
    if bridge_dir is None and not chosen.has_random_bridge:
        raise ConfigError(
            f"The model {chosen.name} needs a bridge folder; name one with CLOVER_BRIDGE."
        )
    config = chosen.config if bridge_dir is None else read_config(bridge_dir)
    vocabulary: Tokenizer = tiny_vocabulary() if bridge_dir is None else read_vocabulary(bridge_dir)
    frozen = chosen.load(places)
    places.report(ModelState(Stage.LOADING, "Loading the model"))
    check_frozen(config, frozen.hashes)
    torch.manual_seed(0)
    model = CloverModel(config, frozen.vision_model, frozen.language_model)
    digest = "random" if bridge_dir is None else load_bridge(bridge_dir, model)
    processor = CloverProcessor(config, frozen.tokenizer, vocabulary)
    return model.eval(), processor, Identity(chosen.name, config.version, digest)


def open_engine(name: str, bridge_dir: Path | None, places: Places) -> CloverEngine:
    """Return an engine for a preset; encoder features are kept below the cache.

    Raises:
        ModelError: See `open_model`.
        ConfigError: There is no preset of that name.
    """
    model, processor, identity = open_model(preset(name), bridge_dir, places)
    encoder = model.config.frozen["vision_model"][:12]
    features = FeatureStore(places.cache_dir / "features" / encoder)
    engine = CloverEngine(model, processor, features, identity)
    engine.warm_up()
    return engine

"""From a preset's name and a bridge folder to an engine that answers."""

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from clover_chat.errors import ConfigError
from clover_chat.model.checkpoint import check_frozen, load_bridge, read_config, read_vocabulary
from clover_chat.model.clover import CloverModel
from clover_chat.model.engine import CloverEngine
from clover_chat.model.features import FeatureStore
from clover_chat.model.footprint import find_place
from clover_chat.model.machine import bring_together, this_machine
from clover_chat.model.presets import Frozen, Places, Preset, preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import seen_width
from clover_chat.model.reading_files import load_reading
from clover_chat.model.seed import plant
from clover_chat.model.tiny import tiny_vocabulary
from clover_chat.types import Guide, Identity, ModelState, Stage


def open_model(
    chosen: Preset, bridge_dir: Path | None, places: Places
) -> tuple[CloverModel, CloverProcessor, Identity]:
    """Return the composition with its bridge loaded.

    Args:
        chosen: Which frozen models.
        bridge_dir: The bridge's folder; None only for presets that answer without a trained one.
        places: Where frozen weights are looked for.

    Raises:
        ModelError: Weights or bridge cannot be used; the message says which and why.
        ConfigError: There is no bridge, or this machine cannot hold the model.
    """
    if bridge_dir is None and not (chosen.has_random_bridge or chosen.has_seed):
        raise ConfigError(
            f"The model {chosen.name} needs a bridge folder; name one with CLOVER_BRIDGE."
        )
    if bridge_dir is None:
        frozen = load_frozen(chosen, places)
        model, vocabulary, digest = new_model(chosen, frozen)
    else:
        config, vocabulary = read_config(bridge_dir), read_vocabulary(bridge_dir)
        frozen = load_frozen(chosen, places)
        check_frozen(config, frozen.hashes)
        model = CloverModel(config, frozen.vision_model, frozen.language_model)
        digest = load_bridge(bridge_dir, model)
    bring_together(model)
    processor = CloverProcessor(model.config, frozen.tokenizer, vocabulary)
    return model.eval(), processor, Identity(chosen.name, model.config.version, digest)


def load_frozen(chosen: Preset, places: Places) -> Frozen:
    """Return the frozen halves of a preset, where on this machine they fit.

    Raises:
        ConfigError: They fit nowhere.
        WeightsError: Their weights cannot be had or used.
    """
    placement = find_place(chosen, this_machine())
    frozen = chosen.load(replace(places, placement=placement))
    places.report(ModelState(Stage.LOADING, "Loading the model"))
    return frozen


def new_model(chosen: Preset, frozen: Frozen) -> tuple[CloverModel, Tokenizer, str]:
    """Return the composition with a bridge nobody has trained here: the seed, or random numbers.

    Args:
        chosen: Which frozen models.
        frozen: These models, loaded.

    Returns:
        The model, the vocabulary of its Q-Former, and the SHA-256 of the seed, or "random".

    Raises:
        WeightsError: The seed is not the bridge of such a model.
    """
    config = replace(chosen.config, frozen=frozen.hashes)
    torch.manual_seed(0)
    model = CloverModel(config, frozen.vision_model, frozen.language_model)
    if frozen.seed is None:
        return model, tiny_vocabulary(), "random"
    seed = frozen.seed()
    plant(model, seed)
    return model, seed.vocabulary, seed.digest


def open_engine(
    name: str, bridge_dir: Path | None, places: Places, guide: Guide | None = None
) -> CloverEngine:
    """Return an engine for a preset; encoder features are kept below the cache.

    Args:
        name: Of the preset.
        bridge_dir: The bridge's folder; None only for presets that answer without a trained one.
        places: Where frozen weights are looked for.
        guide: Narrows what may be said to what fits the bridge's reading; None leaves all open.

    Raises:
        ModelError: See `open_model`.
        ConfigError: There is no preset of that name.
    """
    model, processor, identity = open_model(preset(name), bridge_dir, places)
    encoder = model.config.frozen["vision_model"][:12]
    features = FeatureStore(places.cache_dir / "features" / encoder)
    reading = None
    if bridge_dir is not None:
        reading = load_reading(bridge_dir, identity.bridge_hash, seen_width(model))
    engine = CloverEngine(model, processor, features, identity, reading, guide)
    engine.warm_up()
    return engine

"""From a preset's name and a bridge folder to an engine that answers."""

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from clover_chat.errors import ConfigError
from clover_chat.model.checkpoint import check_frozen, load_bridge, read_config, read_vocabulary
from clover_chat.model.clover import CloverModel
from clover_chat.model.engine import CloverEngine
from clover_chat.model.familiarity_files import load_familiar
from clover_chat.model.features import FeatureStore
from clover_chat.model.footprint import find_place
from clover_chat.model.line import Line
from clover_chat.model.machine import bring_together, this_machine
from clover_chat.model.pixels import ImageInput
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
    _check_folder(chosen, bridge_dir)
    return join(chosen, load_frozen(chosen, places), bridge_dir)


def join(
    chosen: Preset, frozen: Frozen, bridge_dir: Path | None
) -> tuple[CloverModel, CloverProcessor, Identity]:
    """Return the composition of frozen models and a bridge; others may use the same models.

    Raises:
        BridgeError: The bridge cannot be used; the message says why.
        WeightsError: There is no folder, and the published bridge cannot be used.
    """
    if bridge_dir is None:
        model, vocabulary, digest = new_model(chosen, frozen)
    else:
        config, vocabulary = read_config(bridge_dir), read_vocabulary(bridge_dir)
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


class Shared:
    """What all bridges of a preset answer with: frozen models, image features, and one line.

    Each bridge has an engine of its own, with its own readings and its own memory of what the
    language model read, so that nothing one bridge saw is told by another.

    Args:
        chosen: The preset.
        places: Where frozen weights are looked for; image features are kept below its cache.
        guide: Narrows what may be said to what fits a bridge's reading; None leaves all open.

    Raises:
        WeightsError: The frozen weights cannot be had or used.
        ConfigError: This machine cannot hold the model.
    """

    def __init__(self, chosen: Preset, places: Places, guide: Guide | None = None) -> None:
        self._chosen = chosen
        self._frozen = load_frozen(chosen, places)
        self._features_dir = places.cache_dir / "features"
        self._features: dict[ImageInput, FeatureStore] = {}
        self._line = Line()
        self._guide = guide

    def engine(self, bridge_dir: Path | None) -> CloverEngine:
        """Return an engine that answers with a bridge; what others answer goes on meanwhile.

        Args:
            bridge_dir: The bridge's folder; None for the one a preset has without a folder.

        Raises:
            ModelError: See `open_model`.
        """
        _check_folder(self._chosen, bridge_dir)
        model, processor, identity = join(self._chosen, self._frozen, bridge_dir)
        reading = familiar = None
        if bridge_dir is not None:
            name, width = identity.bridge_hash, model.qformer.config.encoder_hidden_size
            reading = load_reading(bridge_dir, name, seen_width(model))
            familiar = load_familiar(bridge_dir, name, width)
        features = self._features_of(model.config.image_input)
        return CloverEngine(
            model, processor, features, identity, reading, self._guide, self._line, familiar
        )

    def _features_of(self, image_input: ImageInput) -> FeatureStore:
        """Return the features of pictures that are prepared so; almost all bridges agree on it."""
        if image_input not in self._features:
            name = self._frozen.hashes["vision_model"][:12]
            if image_input != self._chosen.config.image_input:
                name += f"-{hashlib.sha256(repr(image_input).encode()).hexdigest()[:12]}"
            self._features[image_input] = FeatureStore(self._features_dir / name)
        return self._features[image_input]


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
    _, engine = open_shared(name, bridge_dir, places, guide)
    return engine


def open_shared(
    name: str, bridge_dir: Path | None, places: Places, guide: Guide | None = None
) -> tuple[Shared, CloverEngine]:
    """Return what all bridges of a preset share, and the engine of a first one.

    Arguments and errors are those of `open_engine`.
    """
    chosen = preset(name)
    _check_folder(chosen, bridge_dir)
    shared = Shared(chosen, places, guide)
    engine = shared.engine(bridge_dir)
    engine.warm_up()
    return shared, engine


def _check_folder(chosen: Preset, bridge_dir: Path | None) -> None:
    """Refuse a bridge that cannot be used anyway, before frozen weights are fetched for it."""
    if bridge_dir is not None:
        read_config(bridge_dir)
        read_vocabulary(bridge_dir)
    elif not (chosen.has_random_bridge or chosen.has_seed):
        raise ConfigError(
            f"The model {chosen.name} needs a bridge folder; promote one with clover-chat bridges, "
            "or name one with CLOVER_BRIDGE."
        )

"""The frozen halves of a model, and the named combinations they come in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from clover_chat.model.config import CloverConfig
from clover_chat.model.machine import CPU, Placement
from clover_chat.model.seed import Seed
from clover_chat.model.weights import Report


@dataclass(frozen=True)
class Places:
    """Where frozen weights may be found and shall live, and who is told about fetching them.

    Attributes:
        cache_dir: Our cache.
        weights_dir: The person's own folder of published files, or None.
        report: Told each step.
        placement: Where presets that use a GPU put their frozen halves.
    """

    cache_dir: Path
    weights_dir: Path | None
    report: Report
    placement: Placement = CPU


@dataclass(frozen=True)
class Frozen:
    """The frozen halves, ready to be joined by a bridge.

    Attributes:
        hashes: SHA-256 of the published weights, by `vision_model` and `language_model`.
        seed: Reads the published bridge that a bridge of this preset starts from, or None.
    """

    vision_model: nn.Module
    language_model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    hashes: dict[str, str]
    seed: Callable[[], Seed] | None = None


Halves = tuple[nn.Module, PreTrainedModel]


@dataclass(frozen=True)
class Preset:
    """A named combination.

    Attributes:
        name: As given on the command line.
        summary: One line for lists.
        config: The bridge a new training run starts from.
        load: Brings up the frozen models.
        blank: Builds image encoder and language model without their weights; on the meta device
            that costs nothing and tells their sizes.
        has_random_bridge: Answers without a trained bridge; for miniatures only.
        has_seed: A bridge starts from a published one, which answers until there is a trained one.
        speaks_in_forms: Its language model is too small to write freely: a bridge holds it to the
            answers it was trained for.
        uses_gpu: Lives on the GPU in half precision where there is one.
    """

    name: str
    summary: str
    config: CloverConfig
    load: Callable[[Places], Frozen]
    blank: Callable[[], Halves] = field(repr=False)
    has_random_bridge: bool = False
    has_seed: bool = False
    speaks_in_forms: bool = False
    uses_gpu: bool = False

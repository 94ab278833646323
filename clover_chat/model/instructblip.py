"""InstructBLIP checkpoints (arXiv 2305.06500), as transformers saves them.

Vision tower and language model become the frozen halves; query tokens, Q-Former and language
projection are the seed of the bridge, whose names are the same.
"""

from functools import partial

from transformers import (
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipVisionConfig,
    InstructBlipVisionModel,
    PreTrainedConfig,
    PreTrainedModel,
)

from clover_chat.model.folders import ModelFolder
from clover_chat.model.frozen import Frozen, Halves, Places
from clover_chat.model.hub import HubRepository, find_repository
from clover_chat.model.pairs import blank_language_model, settled
from clover_chat.model.published import (
    check_words,
    digest_of,
    read_architecture,
    read_model,
    read_tokenizer,
    read_vocabulary,
)
from clover_chat.model.seed import Seed

BRIDGE = ("query_tokens", "qformer.", "language_projection.")
VOCABULARY = "qformer_tokenizer/tokenizer.json"
BUFFER = "position_ids"  # older files keep this numbering of positions; it is no weight


def load_instructblip(
    repository: HubRepository, expected: InstructBlipConfig, places: Places
) -> Frozen:
    """Return the frozen halves of an InstructBLIP checkpoint, with the seed of a bridge.

    Args:
        repository: Whose files are looked for.
        expected: The architecture they must have.
        places: Where they may be and where the models shall live.

    Raises:
        WeightsError: The files cannot be had, or are not of this architecture.
    """
    folder = ModelFolder(find_repository(repository, places), repository.title)
    config = read_architecture(folder, expected)
    check_words(folder)
    hashes = {
        part: digest_of(folder, places, f"{part}.") for part in ("vision_model", "language_model")
    }
    tokenizer = read_tokenizer(folder)
    whole = read_model(folder, InstructBlipForConditionalGeneration, config, places)
    vision_model, language_model = whole.get_submodule("vision_model"), whole.language_model
    assert isinstance(language_model, PreTrainedModel)
    return Frozen(
        vision_model,
        settled(language_model),
        tokenizer,
        hashes,
        seed=partial(read_seed, folder, places),
    )


def read_seed(folder: ModelFolder, places: Places) -> Seed:
    """Return the bridge of an InstructBLIP checkpoint, in the precision of its file."""
    tensors = {
        name: tensor
        for name, tensor in folder.tensors(*BRIDGE).items()
        if not name.endswith(BUFFER)
    }
    vocabulary = read_vocabulary(folder, VOCABULARY)
    vocabulary.no_padding()
    vocabulary.no_truncation()
    return Seed(folder.title, tensors, vocabulary, digest_of(folder, places, *BRIDGE))


def blank_instructblip(config: InstructBlipConfig) -> Halves:
    """Return the two halves without their weights."""
    vision, language = config.vision_config, config.text_config
    assert isinstance(vision, InstructBlipVisionConfig)
    assert isinstance(language, PreTrainedConfig)
    return InstructBlipVisionModel(vision), blank_language_model(language)

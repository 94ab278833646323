"""An image encoder and a language model that were published apart, each in its own repository."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    PreTrainedConfig,
    PreTrainedModel,
)

from clover_chat.model.folders import ModelFolder
from clover_chat.model.frozen import Frozen, Halves, Places
from clover_chat.model.hub import HubRepository, find_repository
from clover_chat.model.published import (
    check_words,
    digest_of,
    read_architecture,
    read_model,
    read_tokenizer,
)


@dataclass(frozen=True)
class Half:
    """One of the two, as it was published.

    Attributes:
        repository: Where.
        kind: Its class in transformers.
        config: Makes the architecture that the repository's config.json must have.
        part: Which part of the configuration and of the tensors is meant, such as `vision`, where
            the repository holds more; or "".
    """

    repository: HubRepository
    kind: type[PreTrainedModel]
    config: Callable[[], PreTrainedConfig]
    part: str = ""

    def own_config(self, whole: PreTrainedConfig) -> PreTrainedConfig:
        """Return the configuration of the part that is meant."""
        own: PreTrainedConfig = getattr(whole, f"{self.part}_config") if self.part else whole
        return own

    def load(self, places: Places) -> tuple[PreTrainedModel, ModelFolder, str]:
        """Return the model, its folder and the SHA-256 of its tensors.

        Raises:
            WeightsError: Its files cannot be had, or are not of this architecture.
        """
        folder = ModelFolder(find_repository(self.repository, places), self.repository.title)
        config = read_architecture(folder, self.config())
        digest = digest_of(folder, places, f"{self.part}_model." if self.part else "")
        left_out = ("text_model.", "logit_scale", "logit_bias") if self.part else ()
        model = read_model(folder, self.kind, self.own_config(config), places, left_out)
        return model, folder, digest


def load_pair(encoder: Half, language: Half, places: Places) -> Frozen:
    """Return the frozen halves; such a pair has no published bridge.

    Raises:
        WeightsError: Files of one of them cannot be had or used; the message says which.
    """
    vision_model, _, vision_digest = encoder.load(places)
    language_model, folder, language_digest = language.load(places)
    check_words(folder)
    return Frozen(
        vision_model,
        settled(language_model),
        read_tokenizer(folder),
        {"vision_model": vision_digest, "language_model": language_digest},
    )


def blank_pair(encoder: Half, language: Half) -> Halves:
    """Return the two halves without their weights."""
    vision_model = encoder.kind(encoder.own_config(encoder.config()))
    return vision_model, blank_language_model(language.config())


def blank_language_model(config: PreTrainedConfig) -> PreTrainedModel:
    """Return a language model without its weights."""
    if not config.is_encoder_decoder:
        decoder: PreTrainedModel = AutoModelForCausalLM.from_config(config)
        return decoder
    model: PreTrainedModel = AutoModelForSeq2SeqLM.from_config(config)
    if not getattr(config, "scale_decoder_outputs", True):  # T5 1.1 has an output layer of its own
        model.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
    return settled(model)


def settled(model: PreTrainedModel) -> PreTrainedModel:
    """Fill in what published configurations leave to a default: which token begins an answer."""
    config = model.config
    if config.is_encoder_decoder and getattr(config, "decoder_start_token_id", None) is None:
        config.decoder_start_token_id = config.pad_token_id
    return model

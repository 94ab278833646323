"""Folders as the model hub has them, with miniature random weights of the same architectures."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    Dinov2Config,
    Dinov2Model,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    SiglipConfig,
    SiglipModel,
)

from clover_chat.model.clover import CloverModel
from clover_chat.model.config import PromptForm
from clover_chat.model.frozen import Frozen, Places, Preset
from clover_chat.model.full_size import T5_PROMPT, VICUNA_PROMPT, instructblip_preset
from clover_chat.model.hub import HubRepository
from clover_chat.model.loading import new_model
from clover_chat.model.pixels import ImageInput

WIDTH = 32
SMALL: dict[str, Any] = {"hidden_size": WIDTH, "intermediate_size": 64, "num_attention_heads": 4}
SMALL_INPUT = ImageInput(size=28, is_square=True)
SPECIAL = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>"}
CONTROL = (*SPECIAL.values(), "<|im_start|>", "<|im_end|>")
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz?.")
QUESTION_WORDS = [*WORDS, *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), "[DEC]"]
LANGUAGE: dict[str, dict[str, Any]] = {
    "t5": {
        "model_type": "t5",
        "vocab_size": 300,
        "d_model": WIDTH,
        "d_kv": 8,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
    },
    "llama": {
        "model_type": "llama",
        "vocab_size": 300,
        "num_hidden_layers": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        **SMALL,
    },
}
PROMPTS: dict[str, PromptForm] = {"t5": T5_PROMPT, "llama": VICUNA_PROMPT}


def architecture(language: str, width: int = WIDTH) -> InstructBlipConfig:
    """Return a miniature of InstructBLIP; `width` is the vision tower's."""
    vision = SMALL | {"hidden_size": width, "num_hidden_layers": 2, "image_size": 28}
    qformer = SMALL | {"num_hidden_layers": 3, "vocab_size": len(QUESTION_WORDS)}
    return InstructBlipConfig(
        vision_config=vision,
        qformer_config=qformer | {"max_position_embeddings": 64},
        text_config=dict(LANGUAGE[language]),
        num_query_tokens=4,
    )


def repository(language: str) -> HubRepository:
    return HubRepository(f"someone/tiny-{language}", f"a tiny InstructBLIP with {language}", 0.001)


def tiny_preset(language: str) -> Preset:
    """Return the preset that reads a folder `tiny-{language}`."""
    return instructblip_preset(
        f"clover-tiny-{language}",
        "A miniature.",
        repository(language),
        lambda: architecture(language),
        PROMPTS[language],
        SMALL_INPUT,
    )


def save_instructblip(
    parent: Path, language: str, seed: int = 0, shard: str = "50GB", width: int = WIDTH
) -> Path:
    """Write a checkpoint with tokenizers into a folder below `parent`, and return the folder."""
    folder = parent / repository(language).folder
    torch.manual_seed(seed)
    model = InstructBlipForConditionalGeneration(architecture(language, width))
    if language == "t5":  # as in FLAN-T5, the output layer is not the word embeddings
        model.language_model.lm_head.weight = torch.nn.Parameter(torch.empty(300, WIDTH))
    return save_model(folder, model, shard, f"{language.title()}Tokenizer")


def save_model(
    folder: Path, model: PreTrainedModel, shard: str = "50GB", tokenizer_class: str = ""
) -> Path:
    """Write a model, and tokenizers where a class is named for the language model's."""
    shake(model)
    model.save_pretrained(folder, max_shard_size=shard)
    if tokenizer_class:
        language_tokenizer().save_pretrained(folder)
        config = folder / "tokenizer_config.json"
        config.write_text(
            json.dumps(json.loads(config.read_text()) | {"tokenizer_class": tokenizer_class})
        )
        (folder / "qformer_tokenizer").mkdir(exist_ok=True)
        question_tokenizer().save(str(folder / "qformer_tokenizer" / "tokenizer.json"))
    return folder


@torch.no_grad()
def shake(model: PreTrainedModel) -> None:
    """Make every weight matter; the library starts vision towers next to zero."""
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and "norm" not in name.lower():
            parameter.normal_(std=0.2)


def language_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer with a token for every byte."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*CONTROL, *letters])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        **SPECIAL,
    )


def question_tokenizer() -> Tokenizer:
    """Return a BERT tokenizer for short words, with the extra token of BLIP."""
    vocabulary = {token: number for number, token in enumerate(QUESTION_WORDS)}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token=WORDS[1]))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return backend


def qwen3() -> Qwen3Config:
    return Qwen3Config(
        vocab_size=300,
        num_hidden_layers=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
        **SMALL,
    )


def siglip() -> SiglipConfig:
    shape = SMALL | {"num_hidden_layers": 2}
    return SiglipConfig(
        vision_config=shape | {"image_size": 28, "patch_size": 14},
        text_config=shape | {"vocab_size": 50},
    )


def dinov2() -> Dinov2Config:
    return Dinov2Config(
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=28,
        patch_size=14,
    )


def save_qwen3(folder: Path) -> Path:
    return save_model(folder, Qwen3ForCausalLM(qwen3()), tokenizer_class="Qwen2Tokenizer")


def save_siglip(folder: Path) -> Path:
    return save_model(folder, SiglipModel(siglip()))


def save_dinov2(folder: Path) -> Path:
    return save_model(folder, Dinov2Model(dinov2()))


def load(language: str, weights_dir: Path, cache_dir: Path) -> Frozen:
    """Return the halves that the folder `tiny-{language}` holds."""
    return tiny_preset(language).load(Places(cache_dir, weights_dir, lambda state: None))


def seeded(language: str, weights_dir: Path, cache_dir: Path) -> CloverModel:
    """Return the model with the bridge of that folder."""
    model, _, _ = new_model(tiny_preset(language), load(language, weights_dir, cache_dir))
    return model

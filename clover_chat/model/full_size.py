"""Full-size presets: the paper's own two, a modern language model, an encoder for histology.

A revision is pinned where we know the commit; elsewhere the content hash in each bridge tells
whether the weights are the ones it was trained with.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from transformers import (
    Dinov2Model,
    InstructBlipConfig,
    InstructBlipQFormerConfig,
    Qwen3ForCausalLM,
    SiglipVisionModel,
)

from clover_chat.model.architectures import (
    instructblip_with_flan_t5_xl,
    instructblip_with_vicuna_7b,
    phikon_v2,
    qwen3_4b,
    siglip2_so400m,
)
from clover_chat.model.config import CloverConfig, PromptForm
from clover_chat.model.frozen import Preset
from clover_chat.model.hub import HubRepository
from clover_chat.model.instructblip import blank_instructblip, load_instructblip
from clover_chat.model.pairs import Half, blank_pair, load_pair
from clover_chat.model.pixels import ImageInput

CLIP_INPUT = ImageInput(
    size=224,
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
    is_square=True,
)
IMAGENET_INPUT = ImageInput(
    size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), is_square=True
)
SIGLIP_INPUT = ImageInput(size=384, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), is_square=True)
T5_PROMPT = PromptForm(before="", between="</s>", after="</s>")
VICUNA_PROMPT = PromptForm(before="<s>USER:", between="ASSISTANT:", after="</s>")
QFORMER = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "cross_attention_frequency",
    "encoder_hidden_size",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
)
"""What a bridge's configuration keeps of its Q-Former's."""


def instructblip_preset(
    name: str,
    summary: str,
    repository: HubRepository,
    architecture: Callable[[], InstructBlipConfig],
    prompt: PromptForm,
    image_input: ImageInput = CLIP_INPUT,
) -> Preset:
    """Return a preset both of whose halves and whose first bridge are one InstructBLIP checkpoint.

    Args:
        name: As given on the command line.
        summary: One line for lists.
        repository: Of the checkpoint.
        architecture: Makes the configuration that it must have.
        prompt: The chat format of its language model.
        image_input: What its vision tower takes.
    """
    expected = architecture()
    qformer = expected.qformer_config
    assert isinstance(qformer, InstructBlipQFormerConfig)
    return Preset(
        name=name,
        summary=summary,
        config=CloverConfig(
            preset=name,
            version="instructblip",
            frozen={},
            qformer={key: getattr(qformer, key) for key in QFORMER},
            num_query_tokens=expected.num_query_tokens,
            image_input=image_input,
            prompt=prompt,
        ),
        load=partial(load_instructblip, repository, expected),
        blank=partial(blank_instructblip, expected),
        has_seed=True,
        uses_gpu=True,
    )


def pair_preset(
    name: str,
    summary: str,
    encoder: Half,
    language: Half,
    image_input: ImageInput,
    qformer: dict[str, Any],
    prompt: PromptForm | None = None,
) -> Preset:
    """Return a preset of two models that no published bridge joins.

    Args:
        name: As given on the command line.
        summary: One line for lists.
        encoder: The image encoder.
        language: The language model.
        image_input: What the encoder takes.
        qformer: Shape of the bridge's Q-Former.
        prompt: The language model's chat format; ChatML if left out.
    """
    return Preset(
        name=name,
        summary=summary,
        config=CloverConfig(
            preset=name,
            version="untrained",
            frozen={},
            qformer=qformer,
            image_input=image_input,
            prompt=prompt or PromptForm(),
        ),
        load=partial(load_pair, encoder, language),
        blank=partial(blank_pair, encoder, language),
        uses_gpu=True,
    )


def new_qformer(encoder_hidden_size: int) -> dict[str, Any]:
    """Return the shape of a Q-Former that starts from nothing: half the depth of the paper's."""
    return {
        "vocab_size": 3000,
        "hidden_size": 768,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "max_position_embeddings": 128,
        "cross_attention_frequency": 1,
        "encoder_hidden_size": encoder_hidden_size,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
    }


FLAN_T5_XL = instructblip_preset(
    "clover-flan-t5-xl",
    "The paper's: EVA-CLIP ViT-g/14, InstructBLIP's bridge, FLAN-T5-XL (MIT): a 16 GB GPU.",
    HubRepository("Salesforce/instructblip-flan-t5-xl", "InstructBLIP with FLAN-T5-XL", 16.1),
    instructblip_with_flan_t5_xl,
    T5_PROMPT,
)
VICUNA_7B = instructblip_preset(
    "clover-vicuna-7b",
    "The paper's: EVA-CLIP ViT-g/14, InstructBLIP's bridge, Vicuna-7B (no commerce): a 24 GB GPU.",
    HubRepository(
        "Salesforce/instructblip-vicuna-7b",
        "InstructBLIP with Vicuna-7B",
        31.7,
        "52ba0cb2c44d96b2fcceed4e84141dc40d2b6a92",
    ),
    instructblip_with_vicuna_7b,
    VICUNA_PROMPT,
)
QWEN3 = Half(
    HubRepository("Qwen/Qwen3-4B-Instruct-2507", "the language model Qwen3-4B-Instruct", 8.05),
    Qwen3ForCausalLM,
    qwen3_4b,
)
SIGLIP2 = Half(
    HubRepository("google/siglip2-so400m-patch14-384", "the image encoder SigLIP 2 So400m", 4.54),
    SiglipVisionModel,
    siglip2_so400m,
    part="vision",
)
PHIKON = Half(
    HubRepository(
        "owkin/phikon-v2",
        "the image encoder Phikon-v2",
        1.21,
        "419e8285b80eac3b60beca0d9b91942d48ad7b8e",
    ),
    Dinov2Model,
    phikon_v2,
)
QWEN3_4B = pair_preset(
    "clover-qwen3-4b",
    "SigLIP 2 So400m at 384 px, a new bridge, Qwen3-4B-Instruct (all Apache-2.0): a 16 GB GPU.",
    SIGLIP2,
    QWEN3,
    SIGLIP_INPUT,
    new_qformer(1152),
)
PHIKON_V2 = pair_preset(
    "clover-phikon-v2",
    "Phikon-v2, trained on histology (not for commercial use), a new bridge, Qwen3-4B-Instruct.",
    PHIKON,
    QWEN3,
    IMAGENET_INPUT,
    new_qformer(1024),
)
FULL_SIZE = (FLAN_T5_XL, VICUNA_7B, QWEN3_4B, PHIKON_V2)

"""Published architectures by their numbers, so that their sizes are known before a file is fetched.

Source: the config.json of each repository.
"""

from typing import Any

from transformers import (
    Dinov2Config,
    InstructBlipConfig,
    LlamaConfig,
    Qwen3Config,
    SiglipConfig,
)


def instructblip_with_flan_t5_xl() -> InstructBlipConfig:
    """Return the architecture of the paper's first model; BERT's vocabulary has one token more."""
    language: dict[str, Any] = {
        "model_type": "t5",
        "vocab_size": 32128,
        "d_model": 2048,
        "d_kv": 64,
        "d_ff": 5120,
        "num_layers": 24,
        "num_decoder_layers": 24,
        "num_heads": 32,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
    }
    return InstructBlipConfig(
        vision_config={}, qformer_config={"vocab_size": 30523}, text_config=language
    )


def instructblip_with_vicuna_7b() -> InstructBlipConfig:
    """Return the architecture of the paper's second model."""
    language: dict[str, Any] = {
        "model_type": "llama",
        "vocab_size": 32001,
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
    }
    return InstructBlipConfig(
        vision_config={}, qformer_config={"vocab_size": 30523}, text_config=language
    )


def qwen3_4b() -> Qwen3Config:
    """Return the architecture of Qwen3-4B-Instruct-2507."""
    return Qwen3Config(
        vocab_size=151936,
        hidden_size=2560,
        intermediate_size=9728,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=262144,
        tie_word_embeddings=True,
    )


def siglip2_so400m() -> SiglipConfig:
    """Return the architecture of SigLIP 2 So400m with 384 px input (arXiv 2502.14786)."""
    shape: dict[str, Any] = {
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "num_attention_heads": 16,
    }
    return SiglipConfig(
        vision_config=shape | {"image_size": 384, "patch_size": 14},
        text_config=shape | {"vocab_size": 256000},
    )


def phikon_v2() -> Dinov2Config:
    """Return the architecture of Phikon-v2 (arXiv 2409.09173), a ViT-L trained on histology."""
    return Dinov2Config(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        image_size=224,
        patch_size=16,
    )


def smollm2_135m() -> LlamaConfig:
    """Return the architecture of SmolLM2-135M-Instruct."""
    return LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
    )

"""Miniature frozen models with random weights: the whole composition in a second.

What they say means nothing.
"""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor, nn
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.modeling_outputs import BaseModelOutput

from clover_chat.model.config import CloverConfig, PromptForm
from clover_chat.model.pixels import ImageInput

WIDTH = 32
CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
HASHES = {"vision_model": "tiny-vision", "language_model": "tiny-language"}


class TinyVisionModel(nn.Module):
    """One convolution over 16 x 16 pixel patches; [B, 3, height, width] to [B, P, 32]."""

    hidden_size = WIDTH

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, 16, 16)

    def forward(self, pixel_values: Tensor) -> BaseModelOutput:
        """Return one token a patch as `last_hidden_state`."""
        return BaseModelOutput(
            last_hidden_state=self.patch(pixel_values).flatten(2).transpose(1, 2)
        )


def tiny_tokenizer() -> PreTrainedTokenizerBase:
    """Return a tokenizer with a token for every byte and the control tokens of ChatML."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*CONTROL_TOKENS, *letters])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    end, start, stop = CONTROL_TOKENS
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=start, eos_token=stop, pad_token=end, unk_token=end
    )


def tiny_llama(seed: int = 0) -> PreTrainedModel:
    """Return a two-layer decoder-only model."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tiny_tokenizer()),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
    )
    model: PreTrainedModel = LlamaForCausalLM(config)
    return model.requires_grad_(False)


def tiny_t5(seed: int = 0) -> PreTrainedModel:
    """Return a two-layer encoder-decoder model."""
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=len(tiny_tokenizer()),
        d_model=WIDTH,
        d_kv=8,
        d_ff=2 * WIDTH,
        num_layers=2,
        num_heads=4,
    )
    config.decoder_start_token_id = 0
    model: PreTrainedModel = T5ForConditionalGeneration(config)
    return model.requires_grad_(False)


def tiny_config(preset: str = "clover-tiny", prompt: PromptForm | None = None) -> CloverConfig:
    """Return the configuration of a miniature bridge."""
    return CloverConfig(
        preset=preset,
        version="random",
        frozen=HASHES,
        qformer={
            "vocab_size": 300,
            "hidden_size": WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 2 * WIDTH,
            "max_position_embeddings": 64,
            "cross_attention_frequency": 1,
            "encoder_hidden_size": WIDTH,
        },
        num_query_tokens=4,
        has_summary=True,
        max_question_tokens=64,
        image_input=ImageInput(size=64, max_size=96, multiple=16),
        prompt=prompt or PromptForm(),
    )


def tiny_vocabulary() -> Tokenizer:
    """Return a question vocabulary with a token for every byte."""
    backend: Tokenizer = tiny_tokenizer().backend_tokenizer
    return backend

"""How the two kinds of frozen language model write an answer, token by token.

T prompt positions, L width of the language model
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import EncoderDecoderCache, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from clover_chat.model.prefixes import Prefix


class Writer(Protocol):
    """Gives the logits of the next token."""

    def first(self) -> Tensor:
        """Read the prompt and return the logits of the first token, [vocabulary]."""

    def next(self, tokens: Sequence[int]) -> Tensor:
        """Take chosen tokens and return the logits of the one after them, [vocabulary]."""


class DecoderWriter:
    """Writes with a decoder-only model (Llama, Qwen, Vicuna, SmolLM).

    Args:
        model: The language model.
        embeds: The part of the prompt that `prefix` does not hold, [T, L].
        prefix: What the model has read before; grows as it reads and writes.
    """

    def __init__(self, model: PreTrainedModel, embeds: Tensor, prefix: Prefix) -> None:
        self._model = model
        self._embeds = embeds
        self._prefix = prefix

    @torch.inference_mode()
    def first(self) -> Tensor:
        return self._logits(inputs_embeds=self._embeds[None])

    @torch.inference_mode()
    def next(self, tokens: Sequence[int]) -> Tensor:
        logits = self._logits(input_ids=torch.tensor([tokens], device=self._embeds.device))
        self._prefix.atoms.extend(tokens)
        return logits

    def _logits(self, **inputs: Any) -> Tensor:
        output = self._model(
            **inputs, past_key_values=self._prefix.cache, use_cache=True, logits_to_keep=1
        )
        logits: Tensor = output.logits[0, -1]
        return logits


class EncoderDecoderWriter:
    """Writes with an encoder-decoder model (FlanT5), whose encoder reads the conversation.

    Args:
        model: The language model.
        embeds: The whole prompt, [T, L].
    """

    def __init__(self, model: PreTrainedModel, embeds: Tensor) -> None:
        self._model = model
        self._embeds = embeds
        self._read: BaseModelOutput | None = None
        self._written: EncoderDecoderCache | None = None

    @torch.inference_mode()
    def first(self) -> Tensor:
        self._read = self._model.get_encoder()(inputs_embeds=self._embeds[None])
        return self.next([self._model.config.decoder_start_token_id])

    @torch.inference_mode()
    def next(self, tokens: Sequence[int]) -> Tensor:
        output = self._model(
            encoder_outputs=self._read,
            decoder_input_ids=torch.tensor([tokens], device=self._embeds.device),
            past_key_values=self._written,
            use_cache=True,
        )
        self._written = output.past_key_values
        logits: Tensor = output.logits[0, -1]
        return logits

"""Which token comes next: greedy or sampled, with repetition kept in check."""

from collections.abc import Callable

import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from clover_chat.types import Sampling

REPEATED_TOKENS = 5
"""No run of this many tokens occurs twice in an answer."""


def chooser(sampling: Sampling) -> Callable[[Tensor], int]:
    """Return a function that takes logits, [vocabulary], and returns the chosen token.

    It remembers what it chose, so it serves one answer.
    """
    processors = LogitsProcessorList([NoRepeatNGramLogitsProcessor(REPEATED_TOKENS)])
    if sampling.temperature > 0:
        processors.append(TemperatureLogitsWarper(sampling.temperature))
        if sampling.top_p < 1:
            processors.append(TopPLogitsWarper(sampling.top_p))
    generator = torch.Generator().manual_seed(sampling.seed)
    chosen: list[int] = []

    @torch.inference_mode()
    def choose(logits: Tensor) -> int:
        history = torch.LongTensor([chosen])
        scores = processors(history, torch.FloatTensor(logits[None].float().cpu()))
        if sampling.temperature > 0:
            token = int(torch.multinomial(scores.softmax(-1), 1, generator=generator))
        else:
            token = int(scores.argmax())
        chosen.append(token)
        return token

    return choose

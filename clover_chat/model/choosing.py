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

from clover_chat.model.forms import Forms
from clover_chat.types import Sampling

REPEATED_TOKENS = 5
"""No run of this many tokens occurs twice in an answer."""


def chooser(sampling: Sampling, forms: Forms | None = None) -> Callable[[Tensor], list[int]]:
    """Return a function that takes logits, [vocabulary], and returns the chosen token.

    Tokens that can only follow come with it, so that the model need not be asked for them.

    It remembers what it chose, so it serves one answer.

    Args:
        sampling: How to choose.
        forms: Answers to choose among; None leaves the language model free.
    """
    processors = LogitsProcessorList()
    if forms is None:
        processors.append(NoRepeatNGramLogitsProcessor(REPEATED_TOKENS))
    if sampling.temperature > 0:
        processors.append(TemperatureLogitsWarper(sampling.temperature))
        if sampling.top_p < 1:
            processors.append(TopPLogitsWarper(sampling.top_p))
    generator = torch.Generator().manual_seed(sampling.seed)
    chosen: list[int] = []

    @torch.inference_mode()
    def choose(logits: Tensor) -> list[int]:
        if forms is not None:
            logits = forms.hold(logits, chosen)
        history = torch.LongTensor([chosen])
        scores = processors(history, torch.FloatTensor(logits[None].float().cpu()))
        if sampling.temperature > 0:
            token = _draw(scores[0].softmax(-1), generator)
        else:
            token = int(scores.argmax())
        tokens = [token] if forms is None else [token, *forms.certain([*chosen, token])]
        chosen.extend(tokens)
        return tokens

    return choose


def _draw(probabilities: Tensor, generator: torch.Generator) -> int:
    """Draw a token by the inverse of its cumulative distribution.

    `torch.multinomial` draws a number for each token of the vocabulary, which takes as long as a
    layer of a small model.
    """
    cumulated = probabilities.double().cumsum(-1)
    share = 1 - torch.rand(1, generator=generator, dtype=torch.double)  # above 0, at most 1
    return int(torch.searchsorted(cumulated, share * cumulated[-1]))

"""The three losses that align the Q-Former's view of pictures with captions.

Source: BLIP-2 (arXiv 2301.12597, section 3.2), summed 1:1:1 as in CLOVER (arXiv 2407.17734):
image-text contrast (ITC), image-text matching with hard negatives (ITM), and captioning by the
Q-Former's own text side (ITG).

Captions that are true of a picture are never its negatives, whichever picture they were drawn with.

    B pairs of picture and caption, Q query tokens, T text tokens, P image patches, H width of the
    Q-Former, D width of the contrast
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import pad

CONTRAST_WIDTH = 256
LABEL_SMOOTHING = 0.1
START, BEGIN, STOP = "[CLS]", "[DEC]", "[SEP]"


class Captions(NamedTuple):
    """Captions in the Q-Former's vocabulary.

    Attributes:
        input_ids: With START in front and STOP at the end, [B, T].
        mask: 1 where there is text, [B, T].
    """

    input_ids: Tensor
    mask: Tensor


class CaptionReader:
    """Turns captions into the Q-Former's tokens.

    Args:
        vocabulary: The Q-Former's; it must hold the three marks.
        longest: Most tokens of a caption, marks included.

    Raises:
        TrainingError: The vocabulary lacks a mark.
    """

    def __init__(self, vocabulary: Tokenizer, longest: int = 32) -> None:
        start, begin, stop = (vocabulary.token_to_id(mark) for mark in (START, BEGIN, STOP))
        if start is None or begin is None or stop is None:
            raise TrainingError(
                f"The Q-Former's vocabulary lacks one of {START}, {BEGIN}, {STOP}. "
                "Start a new run, which learns a vocabulary that has them."
            )
        self._start, self.begin, self._stop = start, begin, stop
        self._vocabulary, self._longest = vocabulary, longest

    def read(self, captions: Sequence[str], device: torch.device) -> Captions:
        """Return captions as tokens; longer ones are cut."""
        rows = [
            [self._start, *self._vocabulary.encode(text).ids[: self._longest - 2], self._stop]
            for text in captions
        ]
        input_ids, mask = pad(rows)
        return Captions(input_ids.to(device), mask.to(device))


class AlignmentHeads(nn.Module):
    """What only alignment needs beside the Q-Former.

    Args:
        width: H.
        vocabulary_size: Entries of the Q-Former's vocabulary.
    """

    def __init__(self, width: int, vocabulary_size: int) -> None:
        super().__init__()
        self.vision_projection = nn.Linear(width, CONTRAST_WIDTH)
        self.text_projection = nn.Linear(width, CONTRAST_WIDTH)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(0.07)))
        self.match = nn.Linear(width, 2)
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.word_bias = nn.Parameter(torch.zeros(vocabulary_size))


def see(model: CloverModel, patches: Tensor, patches_mask: Tensor) -> Tensor:
    """Return the query outputs of pictures alone, [B, Q, H]."""
    queries = model.query_tokens.expand(len(patches), -1, -1)
    scaled, scaled_mask = model.feature_scale(patches, patches_mask)
    output = model.qformer(
        input_ids=None,
        query_embeds=queries,
        encoder_hidden_states=scaled,
        encoder_attention_mask=scaled_mask,
    )
    seen: Tensor = output.last_hidden_state
    return seen


def similarities(
    model: CloverModel, heads: AlignmentHeads, seen: Tensor, captions: Captions
) -> Tensor:
    """Return how alike pictures and captions are, [pictures, captions]: the best of the queries."""
    output = model.qformer(input_ids=captions.input_ids, attention_mask=captions.mask)
    text = F.normalize(heads.text_projection(output.last_hidden_state[:, 0]), dim=-1)
    image = F.normalize(heads.vision_projection(seen), dim=-1)
    alike = torch.einsum("iqd,td->itq", image, text).amax(-1)
    return alike / heads.log_temperature.exp()


def contrast_targets(is_true: Tensor) -> Tensor:
    """Return the distribution each row should have: even over what is true, smoothed.

    Args:
        is_true: Whether a caption holds for a picture, [B, B]; the diagonal always does.
    """
    even = is_true.float() / is_true.sum(-1, keepdim=True)
    return (1 - LABEL_SMOOTHING) * even + LABEL_SMOOTHING / is_true.shape[-1]


def contrast_loss(logits: Tensor, is_true: Tensor) -> Tensor:
    """Return the contrast of every row, picture to caption and caption to picture, [B]."""
    to_caption = F.cross_entropy(logits, contrast_targets(is_true), reduction="none")
    to_picture = F.cross_entropy(logits.T, contrast_targets(is_true.T), reduction="none")
    return (to_caption + to_picture) / 2


def hard_negatives(logits: Tensor, is_true: Tensor, generator: torch.Generator) -> Tensor:
    """Return for each row a column that is not true, likelier the more alike it is; -1 if none."""
    weights = logits.detach().float().softmax(-1).add(1e-6).masked_fill(is_true, 0.0)
    has_negative = weights.sum(-1) > 0
    drawn = torch.multinomial(
        torch.where(has_negative[:, None], weights, torch.ones_like(weights)).cpu(),
        1,
        generator=generator,
    )[:, 0]
    return torch.where(has_negative, drawn.to(logits.device), -1)


def match_logits(
    model: CloverModel,
    heads: AlignmentHeads,
    patches: Tensor,
    patches_mask: Tensor,
    captions: Captions,
) -> Tensor:
    """Return no and yes to "does this caption fit this picture?", [B, 2]."""
    output = model.get_query_output(patches, captions.input_ids, captions.mask, patches_mask)
    seen = output.last_hidden_state[:, : model.config.num_query_tokens]
    logits: Tensor = heads.match(seen).mean(1)
    return logits


def caption_loss(
    model: CloverModel,
    heads: AlignmentHeads,
    patches: Tensor,
    patches_mask: Tensor,
    captions: Captions,
    begin: int,
) -> Tensor:
    """Return the loss of writing each caption word by word from the queries, [B].

    Queries see each other; a word sees the queries and the words before it.
    """
    input_ids = captions.input_ids.clone()
    input_ids[:, 0] = begin
    output = model.get_query_output(
        patches, input_ids, causal_mask(captions.mask, model.config.num_query_tokens), patches_mask
    )
    hidden = output.last_hidden_state[:, model.config.num_query_tokens : -1]
    words = model.qformer.embeddings.word_embeddings.weight
    logits = F.linear(heads.transform(hidden), words, heads.word_bias)
    told = input_ids[:, 1:].masked_fill(captions.mask[:, 1:] == 0, -100)
    losses = F.cross_entropy(logits.transpose(1, 2), told, reduction="none")
    return losses.sum(-1) / (told >= 0).sum(-1)


def causal_mask(text_mask: Tensor, queries: int) -> Tensor:
    """Return what may attend to what, as numbers to add to attention, [B, 1, Q + T, Q + T]."""
    batch, length = text_mask.shape
    size = queries + length
    allowed = torch.zeros(batch, size, size, dtype=torch.bool, device=text_mask.device)
    allowed[:, :, :queries] = True
    allowed[:, queries:, queries:] = torch.ones(
        length, length, dtype=torch.bool, device=text_mask.device
    ).tril() & (text_mask[:, None, :] > 0)
    allowed[:, :queries, queries:] = False
    added = torch.zeros(allowed.shape, device=text_mask.device)
    return added.masked_fill(~allowed, torch.finfo(added.dtype).min)[:, None]

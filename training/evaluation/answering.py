"""Greedy answers to many single questions at once, as the engine would give them one by one."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessorList, NoRepeatNGramLogitsProcessor

from clover_chat.model.choosing import REPEATED_TOKENS
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import Turn
from training.batches import NOT_LOADED, stack_patches


def answer_all(
    model: CloverModel,
    processor: CloverProcessor,
    asked: Sequence[tuple[Tensor, str]],
    batch: int = 24,
    max_tokens: int = 80,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[str]:
    """Return an answer to every question.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        asked: Encoder features of a picture, [P, V], and a question about it.
        batch: Questions answered together.
        max_tokens: Longest answer.
        progress: Wraps the batch starts, for a progress bar.
    """
    answers: list[str] = []
    for start in progress(range(0, len(asked), batch)):
        answers += _answer_batch(model, processor, asked[start : start + batch], max_tokens)
    return answers


@torch.inference_mode()
def _answer_batch(
    model: CloverModel,
    processor: CloverProcessor,
    asked: Sequence[tuple[Tensor, str]],
    max_tokens: int,
) -> list[str]:
    questions = [question for _, question in asked]
    patches, patches_mask = stack_patches([features for features, _ in asked])
    looks = model.get_image_features(patches, *processor.question_batch(questions), patches_mask)
    rows = [
        model.embed(processor.prompt([Turn(question, (NOT_LOADED,))]).segments, [look])
        for question, look in zip(questions, looks, strict=True)
    ]
    return write_answers(model, processor, rows, max_tokens)


@torch.inference_mode()
def write_answers(
    model: CloverModel, processor: CloverProcessor, rows: Sequence[Tensor], max_tokens: int
) -> list[str]:
    """Return what the language model writes greedily after each prompt.

    Args:
        model: Gives the language model.
        processor: Its vocabulary.
        rows: Prompts as embeddings, each [T, L].
        max_tokens: Longest answer.
    """
    embeds, mask = _pad_left(rows)
    ids = model.language_model.generate(  # type: ignore[operator]
        inputs_embeds=embeds,
        attention_mask=mask,
        do_sample=False,
        max_new_tokens=max_tokens,
        logits_processor=LogitsProcessorList([NoRepeatNGramLogitsProcessor(REPEATED_TOKENS)]),
        pad_token_id=processor.tokenizer.pad_token_id,
        eos_token_id=sorted(processor.end_ids),
    )
    return [
        text.strip() for text in processor.tokenizer.batch_decode(ids, skip_special_tokens=True)
    ]


def _pad_left(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return embeddings padded on the left, [B, T, L], and their mask, [B, T]."""
    width = max(len(row) for row in rows)
    embeds = rows[0].new_zeros(len(rows), width, rows[0].shape[-1])
    mask = torch.zeros(len(rows), width, dtype=torch.long, device=embeds.device)
    for position, row in enumerate(rows):
        embeds[position, width - len(row) :] = row
        mask[position, width - len(row) :] = 1
    return embeds, mask

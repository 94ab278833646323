"""Greedy answers to many questions at once, as the engine would give them one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    StoppingCriteria,
    StoppingCriteriaList,
)

from clover_chat.knowledge.guiding import guide
from clover_chat.model.choosing import REPEATED_TOKENS
from clover_chat.model.clover import CloverModel
from clover_chat.model.forms import Forms
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import Guidance, Reading, Turn
from training.batches import NOT_LOADED, stack_patches

Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Talk:
    """Questions about one picture, to be asked one after the other.

    Attributes:
        features: Of the encoder, [P, V].
        questions: In order; at least one.
        readings: What the bridge reads in it; none leaves its answers open.
    """

    features: Tensor
    questions: tuple[str, ...]
    readings: tuple[Reading, ...] = ()


def answer_all(
    model: CloverModel,
    processor: CloverProcessor,
    talks: Sequence[Talk],
    batch: int = 24,
    max_tokens: int = 80,
    progress: Progress = iter,
) -> list[list[str]]:
    """Return the answers to the questions of every conversation.

    A question is asked after the earlier ones and what the model itself answered to them; each
    looks at the picture afresh.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        talks: What to ask.
        batch: Conversations answered together.
        max_tokens: Longest answer.
        progress: Wraps the batch starts, for a progress bar.
    """
    answers: list[list[str]] = []
    for start in progress(range(0, len(talks), batch)):
        answers += _answer_batch(model, processor, talks[start : start + batch], max_tokens)
    return answers


def _answer_batch(
    model: CloverModel, processor: CloverProcessor, talks: Sequence[Talk], max_tokens: int
) -> list[list[str]]:
    """Return the answers of a batch; all its first questions are asked, then all second ones."""
    answers: list[list[str]] = [[] for _ in talks]
    looks: list[list[Tensor]] = [[] for _ in talks]
    for place in range(max(len(talk.questions) for talk in talks)):
        going = [number for number, talk in enumerate(talks) if place < len(talk.questions)]
        fresh = _look(model, processor, [talks[number] for number in going], place)
        rows: list[Tensor] = []
        for number, look in zip(going, fresh, strict=True):
            looks[number].append(look)
            turns = _turns(talks[number].questions[: place + 1], answers[number])
            rows.append(model.embed(processor.prompt(turns).segments, looks[number]))
        asked = [guide(talks[n].questions[place], talks[n].readings) for n in going]
        said = _say(model, processor, rows, asked, max_tokens)
        for number, answer in zip(going, said, strict=True):
            answers[number].append(answer)
    return answers


@torch.inference_mode()
def _look(
    model: CloverModel, processor: CloverProcessor, talks: Sequence[Talk], place: int
) -> Tensor:
    """Return the bridge tokens of one question of each conversation, [B, Q, L]."""
    patches, mask = stack_patches([talk.features for talk in talks])
    asked = processor.question_batch([talk.questions[place] for talk in talks])
    return model.get_image_features(patches, *asked, mask)


def _turns(questions: Sequence[str], answers: Sequence[str]) -> list[Turn]:
    """Return a conversation up to the question that has no answer yet."""
    return [
        Turn(question, (NOT_LOADED,), answer)
        for question, answer in zip(questions, (*answers, None), strict=True)
    ]


@torch.inference_mode()
def write_answers(
    model: CloverModel,
    processor: CloverProcessor,
    rows: Sequence[Tensor],
    max_tokens: int,
    forms: Sequence[Forms] = (),
) -> list[str]:
    """Return what the language model writes greedily after each prompt.

    Args:
        model: Gives the language model.
        processor: Its vocabulary.
        rows: Prompts as embeddings, each [T, L].
        max_tokens: Longest answer.
        forms: Answers to choose among after each prompt; none leaves the language model free.
    """
    checks = [] if forms else [NoRepeatNGramLogitsProcessor(REPEATED_TOKENS)]
    settled = _Settled(forms)
    embeds, mask = _pad_left(rows)
    ids = model.language_model.generate(  # type: ignore[operator]
        inputs_embeds=embeds,
        attention_mask=mask,
        do_sample=False,
        max_new_tokens=max_tokens,
        logits_processor=LogitsProcessorList(checks),
        prefix_allowed_tokens_fn=_holding(forms, processor) if forms else None,
        stopping_criteria=StoppingCriteriaList([settled] if forms else []),
        pad_token_id=processor.tokenizer.pad_token_id,
        eos_token_id=sorted(processor.end_ids),
    )
    written = [settled.answers.get(row, tokens) for row, tokens in enumerate(ids.tolist())]
    texts = processor.tokenizer.batch_decode(written, skip_special_tokens=True)
    return [text.strip() for text in texts]


class _Settled(StoppingCriteria):
    """Ends an answer as soon as what follows can only be one thing.

    Attributes:
        answers: The tokens of each such answer, by its row.
    """

    def __init__(self, forms: Sequence[Forms]) -> None:
        self.answers: dict[int, list[int]] = {}
        self._forms = forms

    def __call__(self, input_ids: Tensor, *_: object, **__: object) -> torch.BoolTensor:
        """Tell of each row, [B], whether it needs no more tokens."""
        for row, written in enumerate(input_ids.tolist()):
            if row not in self.answers:
                whole = [*written, *self._forms[row].certain(written)]
                if not self._forms[row].following(whole):
                    self.answers[row] = whole
        is_done = [row in self.answers for row in range(len(input_ids))]
        return torch.tensor(is_done, device=input_ids.device)  # type: ignore[return-value]


def _say(
    model: CloverModel,
    processor: CloverProcessor,
    rows: Sequence[Tensor],
    guided: Sequence[Guidance],
    max_tokens: int,
) -> list[str]:
    """Return an answer after each prompt; only those that are not stated have to be written."""
    left = [place for place, each in enumerate(guided) if not each.stated]
    forms = processor.forms
    held = [forms.guided(guided[place]) for place in left] if forms else []
    chosen = [rows[place] for place in left]
    written = write_answers(model, processor, chosen, max_tokens, held) if left else []
    said = dict(zip(left, written, strict=True))
    return [said.get(place, each.stated) for place, each in enumerate(guided)]


def _holding(
    forms: Sequence[Forms], processor: CloverProcessor
) -> Callable[[int, Tensor], list[int]]:
    """Return what `generate` asks for the tokens that may follow; after the end, padding does."""
    padding = [processor.tokenizer.pad_token_id]
    return lambda row, written: forms[row].following(written.tolist()) or padding


def _pad_left(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return embeddings padded on the left, [B, T, L], and their mask, [B, T]."""
    width = max(len(row) for row in rows)
    embeds = rows[0].new_zeros(len(rows), width, rows[0].shape[-1])
    mask = torch.zeros(len(rows), width, dtype=torch.long, device=embeds.device)
    for position, row in enumerate(rows):
        embeds[position, width - len(row) :] = row
        mask[position, width - len(row) :] = 1
    return embeds, mask

"""What the bridge is tuned for: to choose the answer, to spell it, and to have it said.

Each objective says how many things it measures in a list of conversations (`units`), and returns
sums over those, so that shards of a step can be weighed by the whole step.

    N looks (a picture under a question), Q query tokens, A answer tokens, B conversations,
    T tokens, H/L widths of Q-Former and language model
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor, pad
from training.batches import Asked, Conversation, draw_views, stack_patches

NOT_LEARNT = -100
"""The label of a position that is no answer."""


class Measured(NamedTuple):
    """Sums over the units of a shard: the loss, and how many were right."""

    loss: Tensor
    right: float


@dataclass(frozen=True)
class Looks:
    """What the Q-Former made of conversations.

    Attributes:
        drawn: The conversations; a look for each question and picture, in this order.
        seen: Query outputs, [N, Q, H].
    """

    drawn: Sequence[Conversation]
    seen: Tensor

    def single(self) -> tuple[Tensor, list[Asked]]:
        """Return the looks of questions about one picture, and what was asked."""
        rows = [
            item if len(item.shown) == 1 else None
            for conversation in self.drawn
            for item in conversation.asked
            for _ in item.shown
        ]
        chosen = torch.tensor([item is not None for item in rows], device=self.seen.device)
        return self.seen[chosen], [item for item in rows if item is not None]


def look(
    model: CloverModel,
    processor: CloverProcessor,
    drawn: Sequence[Conversation],
    keep: float,
    rng: random.Random,
) -> Looks:
    """Show the pictures of conversations to the Q-Former, under each of their questions."""
    shown: list[Tensor] = []
    questions: list[str] = []
    for conversation in drawn:
        views = draw_views(conversation.pictures, rng, keep)
        for item in conversation.asked:
            shown += [views[position] for position in item.shown]
            questions += [item.question] * len(item.shown)
    device = model.query_tokens.device
    patches, patches_mask = (each.to(device) for each in stack_patches(shown))
    input_ids, mask = (each.to(device) for each in processor.question_batch(questions))
    output = model.get_query_output(patches, input_ids, mask, patches_mask)
    return Looks(drawn, output.last_hidden_state[:, : model.config.num_query_tokens])


def asked_about_one(drawn: Sequence[Conversation]) -> list[Asked]:
    """Return what is asked about one picture alone."""
    return [item for conversation in drawn for item in conversation.asked if len(item.shown) == 1]


class AnswerHead(nn.Module):
    """Chooses one of the frequent answers from the mean query output; used in training only.

    Saying yes or no needs picture and question bound together. One choice teaches that much sooner
    than the single token "Yes" among all the tokens of an answer does.

    Args:
        width: The Q-Former's.
        answers: Those to choose from; looks with another answer are left out.
    """

    def __init__(self, width: int, answers: Collection[str]) -> None:
        super().__init__()
        self.choose = nn.Linear(width, max(1, len(answers)))
        self._numbers = {answer: number for number, answer in enumerate(sorted(answers))}

    def units(self, drawn: Sequence[Conversation]) -> int:
        """Return how many looks have an answer to choose."""
        return sum(item.answer in self._numbers for item in asked_about_one(drawn))

    def forward(self, looks: Looks) -> Measured:
        """Return the cross-entropy of the right answers, and how many were chosen."""
        seen, asked = looks.single()
        told = torch.tensor(
            [self._numbers.get(item.answer, NOT_LEARNT) for item in asked], device=seen.device
        )
        logits = self.choose(seen.mean(1))
        loss = F.cross_entropy(logits, told, reduction="sum")
        return Measured(loss, float((logits.argmax(-1) == told).sum()))


class Speller:
    """Measures how well bridge token number n lies nearest to the word of answer token number n.

    Args:
        model: Whose bridge and word embeddings.
        processor: Its vocabulary.
        answers: Every answer there is to spell.
    """

    def __init__(
        self, model: CloverModel, processor: CloverProcessor, answers: Collection[str]
    ) -> None:
        self._model, self._processor = model, processor
        tokens = sorted({token for answer in answers for token in processor.answer_ids(answer)})
        self._numbers = {token: number for number, token in enumerate(tokens)}
        self._words = model.embed([tuple(tokens)], [])  # [letters, L]

    def units(self, drawn: Sequence[Conversation]) -> int:
        """Return how many answer tokens there are bridge tokens for."""
        return sum(len(self._letters(item)) for item in asked_about_one(drawn))

    def __call__(self, looks: Looks) -> Measured:
        """Return the cross-entropy of a softmax over negative squared distances to the words."""
        seen, asked = looks.single()
        spelt = self._model.language_projection(seen)  # [N, Q, L]
        targets = torch.full(spelt.shape[:2], NOT_LEARNT)
        for row, item in zip(targets, asked, strict=True):
            letters = self._letters(item)
            row[: len(letters)] = torch.tensor(letters)
        targets = targets.to(spelt.device)
        told = targets[targets != NOT_LEARNT]
        logits = -0.5 * torch.cdist(spelt[targets != NOT_LEARNT], self._words).square()
        loss = F.cross_entropy(logits, told, reduction="sum")
        return Measured(loss, float((logits.argmax(-1) == told).sum()))

    def _letters(self, item: Asked) -> list[int]:
        ids = self._processor.answer_ids(item.answer)
        return [self._numbers[token] for token in ids[: self._model.config.num_query_tokens]]


FIRST_TOKEN = 4
"""An answer's first token counts as so many: yes or no hangs on it, and all that follows."""


class Teller:
    """Measures how likely the frozen language model finds the answers, given the bridge tokens.

    Source: CLOVER, section "Instruction tuning": loss on answer tokens only.
    """

    def __init__(self, model: CloverModel, processor: CloverProcessor) -> None:
        self._model, self._processor = model, processor

    def units(self, drawn: Sequence[Conversation]) -> int:
        """Return the number of answer tokens, the first of each counted `FIRST_TOKEN` times."""
        return sum(
            len(self._processor.answer_ids(item.answer)) + FIRST_TOKEN - 1
            for conversation in drawn
            for item in conversation.asked
        )

    def __call__(self, looks: Looks) -> Measured:
        """Return the language-model loss on the answer tokens."""
        is_encoder_decoder = self._model.language_model.config.is_encoder_decoder
        logits, told, is_first = (
            self._answered(looks) if is_encoder_decoder else self._continued(looks)
        )
        weights = torch.where(is_first, float(FIRST_TOKEN), 1.0)
        loss = F.cross_entropy(logits.float(), told, reduction="none") @ weights
        return Measured(loss, float((logits.argmax(-1) == told).float() @ weights))

    def log_probabilities(self, looks: Looks) -> Tensor:
        """Return how likely the last answer of each conversation is, as a whole, [B]."""
        is_encoder_decoder = self._model.language_model.config.is_encoder_decoder
        logits, told, is_first = (
            self._answered(looks) if is_encoder_decoder else self._continued(looks)
        )
        each = -F.cross_entropy(logits.float(), told, reduction="none")
        answers = is_first.long().cumsum(0) - 1
        summed = each.new_zeros(int(is_first.sum())).index_add(0, answers, each)
        asked = torch.tensor([len(conversation.asked) for conversation in looks.drawn])
        return summed[asked.cumsum(0) - 1]

    def _continued(self, looks: Looks) -> tuple[Tensor, Tensor, Tensor]:
        """Have a decoder-only model go on with whole conversations.

        Returns:
            Logits of the answers' tokens [A, vocabulary], the tokens [A], and which are first [A].
        """
        rows, labels = self._conversations(looks)
        embeds, attention_mask = _stacked(rows)
        language_model = self._model.language_model
        hidden = language_model.base_model(
            inputs_embeds=embeds, attention_mask=attention_mask, use_cache=False
        ).last_hidden_state[:, :-1]
        padded = pad(labels, value=NOT_LEARNT)[0].to(embeds.device)
        targets = padded[:, 1:]
        is_told = targets != NOT_LEARNT
        logits = language_model.get_output_embeddings()(hidden[is_told])
        return logits, targets[is_told], (padded[:, :-1] == NOT_LEARNT)[is_told]

    def _answered(self, looks: Looks) -> tuple[Tensor, Tensor, Tensor]:
        """Have an encoder-decoder model answer each question, having read what comes before it.

        Returns:
            As `_continued` does.
        """
        read: list[Tensor] = []
        answers: list[list[int]] = []
        for row, labels in zip(*self._conversations(looks), strict=True):
            for start, answer in _answers(labels):
                read.append(row[:start])
                answers.append(answer)
        embeds, attention_mask = _stacked(read)
        padded = pad(answers, value=NOT_LEARNT)[0].to(embeds.device)
        language_model = self._model.language_model
        logits = language_model(
            inputs_embeds=embeds,
            attention_mask=attention_mask,
            decoder_input_ids=language_model.prepare_decoder_input_ids_from_labels(padded),  # type: ignore[operator]
            use_cache=False,
        ).logits
        is_told = padded != NOT_LEARNT
        is_first = torch.zeros_like(is_told)
        is_first[:, 0] = True
        return logits[is_told], padded[is_told], is_first[is_told]

    def _conversations(self, looks: Looks) -> tuple[list[Tensor], list[list[int]]]:
        """Return each conversation as embeddings, [T, L], and as labels, T of them."""
        model = self._model
        remaining = iter(model.language_projection(looks.seen))
        rows: list[Tensor] = []
        labels: list[list[int]] = []
        for conversation in looks.drawn:
            learnt = self._processor.learnt(conversation.turns())
            own = [next(remaining) for _ in range(conversation.looks())]
            rows.append(model.embed([segment for segment, _ in learnt], own))
            labels.append(_labels(learnt, model.config.num_query_tokens))
        return rows, labels


def _stacked(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return embeddings padded on the right, [B, T, L], and their mask, [B, T]."""
    embeds = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    _, attention_mask = pad([[0] * len(row) for row in rows])
    return embeds, attention_mask.to(embeds.device)


def _answers(labels: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield where each answer begins, and its tokens."""
    place = 0
    for is_answer, group in groupby(labels, key=lambda label: label != NOT_LEARNT):
        tokens = list(group)
        if is_answer:
            yield place, tokens
        place += len(tokens)


def _labels(learnt: Sequence[tuple[object, bool]], num_query_tokens: int) -> list[int]:
    labels: list[int] = []
    for segment, is_answer in learnt:
        if not isinstance(segment, tuple):
            labels += [NOT_LEARNT] * num_query_tokens
        else:
            labels += segment if is_answer else [NOT_LEARNT] * len(segment)
    return labels

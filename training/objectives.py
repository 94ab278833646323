"""What the bridge is tuned for: to choose the answer, to spell it, and to have it said.

Each objective says how many things it measures in a list of conversations (`units`), and returns
sums over those, so that shards of a step can be weighed by the whole step.

    N looks (a picture under a question), Q query tokens, A answer tokens, B conversations,
    T tokens, H/L widths of Q-Former and language model
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor, pad
from training.batches import Asked, Conversation, draw_views, stack_patches


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
        self.choose = nn.Linear(width, len(answers))
        self._numbers = {answer: number for number, answer in enumerate(sorted(answers))}

    def units(self, drawn: Sequence[Conversation]) -> int:
        """Return how many looks have an answer to choose."""
        return sum(item.answer in self._numbers for item in asked_about_one(drawn))

    def forward(self, looks: Looks) -> Measured:
        """Return the cross-entropy of the right answers, and how many were chosen."""
        seen, asked = looks.single()
        told = torch.tensor(
            [self._numbers.get(item.answer, -100) for item in asked], device=seen.device
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
        targets = torch.full(spelt.shape[:2], -100)
        for row, item in zip(targets, asked, strict=True):
            letters = self._letters(item)
            row[: len(letters)] = torch.tensor(letters)
        targets = targets.to(spelt.device)
        told = targets[targets >= 0]
        logits = -0.5 * torch.cdist(spelt[targets >= 0], self._words).square()
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
        embeds, attention_mask, labels = self.batch(looks)
        language_model = self._model.language_model
        hidden = language_model.base_model(
            inputs_embeds=embeds, attention_mask=attention_mask, use_cache=False
        ).last_hidden_state[:, :-1]
        targets = labels[:, 1:]
        told = targets[targets >= 0]
        logits = language_model.get_output_embeddings()(hidden[targets >= 0])  # [A, vocabulary]
        weights = torch.where(labels[:, :-1] < 0, float(FIRST_TOKEN), 1.0)[targets >= 0]
        loss = F.cross_entropy(logits.float(), told, reduction="none") @ weights
        return Measured(loss, float((logits.argmax(-1) == told).float() @ weights))

    def batch(self, looks: Looks) -> tuple[Tensor, Tensor, Tensor]:
        """Return embeddings [B, T, L], mask and labels [B, T]; -100 where nothing is learnt."""
        model = self._model
        remaining = iter(model.language_projection(looks.seen))
        rows: list[Tensor] = []
        labels: list[list[int]] = []
        for conversation in looks.drawn:
            learnt = self._processor.learnt(conversation.turns())
            own = [next(remaining) for _ in range(conversation.looks())]
            rows.append(model.embed([segment for segment, _ in learnt], own))
            labels.append(_labels(learnt, model.config.num_query_tokens))
        padded, _ = pad(labels, value=-100)
        _, attention_mask = pad([[0] * len(row) for row in rows])
        embeds = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return embeds, attention_mask.to(embeds.device), padded.to(embeds.device)


def _labels(learnt: Sequence[tuple[object, bool]], num_query_tokens: int) -> list[int]:
    labels: list[int] = []
    for segment, is_answer in learnt:
        if not isinstance(segment, tuple):
            labels += [-100] * num_query_tokens
        else:
            labels += segment if is_answer else [-100] * len(segment)
    return labels

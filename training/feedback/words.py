"""Judged answers as conversations whose pictures have been looked at, and how likely they are.

B conversations
"""

import random
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.batches import Asked, Conversation, Views
from training.feedback.judged import Exchange, Feedback
from training.instructions.records import ImageRef
from training.objectives import Teller, look

WHOLE = 1.0
_BATCH = 8


def conversation(exchange: Exchange, answer: str, views: Mapping[ImageRef, Views]) -> Conversation:
    """Return an exchange that ends with an answer; pictures are seen as they are."""
    pictures = tuple(views[image][:1] for image in exchange.images)
    earlier = tuple(Asked(turn.question, turn.answer, turn.images) for turn in exchange.earlier)
    return Conversation(pictures, (*earlier, Asked(exchange.question, answer, exchange.shown)))


def pictures_of(feedback: Feedback) -> list[ImageRef]:
    """Return every picture that judged answers are about, each once."""
    exchanges = [
        *(each.exchange for each in feedback.lessons),
        *(each.exchange for each in feedback.pairs),
        *(each.exchange for each in feedback.singles),
    ]
    return list(dict.fromkeys(image for each in exchanges for image in each.images))


class Likeliness:
    """Measures how likely a bridge finds the last answers of conversations.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
    """

    def __init__(self, model: CloverModel, processor: CloverProcessor) -> None:
        self._model, self._processor = model, processor
        self._teller = Teller(model, processor)

    def __call__(self, drawn: Sequence[Conversation]) -> Tensor:
        """Return the log-probabilities of the last answers, [B]."""
        rng = random.Random(0)  # noqa: S311 - nothing is left to it: whole pictures, one view
        looks = look(self._model, self._processor, drawn, WHOLE, rng)
        return self._teller.log_probabilities(looks)

    def tokens(self, drawn: Sequence[Conversation]) -> int:
        """Return how many tokens the last answers have."""
        return sum(len(self._processor.answer_ids(each.asked[-1].answer)) for each in drawn)

    @torch.no_grad()
    def all(self, drawn: Sequence[Conversation]) -> Tensor:
        """Return the log-probabilities of many last answers, [B], without a gradient."""
        if not drawn:
            return torch.zeros(0)
        starts = range(0, len(drawn), _BATCH)
        return torch.cat([self(drawn[start : start + _BATCH]).cpu() for start in starts])

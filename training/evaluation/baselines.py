"""What is reached without looking, or without a bridge: the same questions, answered otherwise.

Every baseline takes the bridge's own predictions and replaces the answers, so that the two line up
question by question.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from clover_chat.knowledge.cards import card
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import Turn
from training.evaluation.answering import write_answers
from training.evaluation.metrics import closed_truth
from training.evaluation.predictions import Prediction
from training.evaluation.probe import Guess

MAJORITY = "majority answer"
WITHOUT_IMAGE = "language model without the image"
LINEAR_PROBE = "linear probe"


def majority_answers(learnt: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the commonest answer of each kind, the first in the alphabet among equals.

    A closed kind is answered by "Yes." or "No." alone: what follows the verdict says more than a
    guess can know.

    Args:
        learnt: Kind and answer of every training instruction.
    """
    counts: dict[str, Counter[str]] = {}
    for kind, answer in learnt:
        truth = closed_truth(answer)
        said = f"{truth.capitalize()}." if truth else answer
        counts.setdefault(kind, Counter())[said] += 1
    return {
        kind: min(answers, key=lambda answer: (-answers[answer], answer))
        for kind, answers in counts.items()
    }


def answer_by_majority(
    predictions: Sequence[Prediction], majorities: Mapping[str, str]
) -> list[Prediction]:
    """Return the predictions as whoever always says the commonest answer would have made them.

    Args:
        predictions: The bridge's own; kinds without a majority are left out.
        majorities: See `majority_answers`.
    """
    return [
        replace(item, answer=majorities[item.kind], bridge=MAJORITY, confidence=None)
        for item in predictions
        if item.kind in majorities
    ]


def answer_by_probe(
    predictions: Sequence[Prediction],
    guesses: Mapping[str, Guess],
    kind: str = "label",
    say: Callable[[str], str] = lambda guessed: f"This is {card(guessed).phrase}.",
) -> list[Prediction]:
    """Return the predictions as the linear probe would have made them.

    Args:
        predictions: The bridge's own; only questions for the label of a guessed image are kept.
        guesses: See `guess_by_source`.
        kind: The kind of question that asks for the label.
        say: Puts a label into the words of an answer.
    """
    return [
        replace(
            item,
            answer=say(guesses[item.image].label),
            bridge=LINEAR_PROBE,
            confidence=guesses[item.image].confidence,
        )
        for item in predictions
        if item.kind == kind and item.image in guesses
    ]


def answer_without_image(
    predictions: Sequence[Prediction],
    model: CloverModel,
    processor: CloverProcessor,
    batch: int = 24,
    max_tokens: int = 80,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[Prediction]:
    """Return the predictions as the language model makes them that sees the question alone.

    The prompt is the same but for the picture, so a question needs one answer for all images.

    Args:
        predictions: The bridge's own.
        model: Only its language model is used.
        processor: Its vocabularies.
        batch: Questions answered together.
        max_tokens: Longest answer.
        progress: Wraps the batch starts, for a progress bar.
    """
    questions = sorted({item.question for item in predictions})
    answers: dict[str, str] = {}
    for start in progress(range(0, len(questions), batch)):
        asked = questions[start : start + batch]
        said = write_answers(model, processor, _prompts(model, processor, asked), max_tokens)
        answers |= dict(zip(asked, said, strict=True))
    return [
        replace(item, answer=answers[item.question], bridge=WITHOUT_IMAGE, confidence=None)
        for item in predictions
    ]


@torch.inference_mode()
def _prompts(
    model: CloverModel, processor: CloverProcessor, questions: Sequence[str]
) -> list[Tensor]:
    """Return the prompt of each question without a picture, each [T, L]."""
    return [model.embed(processor.prompt([Turn(question)]).segments, []) for question in questions]

"""How well one answer fits its reference, by the field's measures and by a strict one of ours.

Open questions: the answer and the reference as bags of words. Closed questions: what counts as
saying "yes" or "no" differs between papers, so each of their rules stands beside the strict one.
"""

import re
from collections import Counter
from typing import NamedTuple

from training.evaluation.reading import verdict
from training.evaluation.vqa_text import normalise, words

_CLOSED = re.compile(r"\s*(yes|no)\s*([.,;:!]|$)", re.IGNORECASE)


class Overlap(NamedTuple):
    """How the words of an answer and of its reference overlap, each share from 0 to 1.

    Attributes:
        precision: Share of the answer's words that the reference has, repetitions counted.
        recall: Share found, where a word found counts as often as the answer repeats it and a word
            missed as often as the reference has it; PathVQA's "open" score.
        f1: Harmonic mean of the two.
        exact_match: Distinct reference words found, over the number of words in the answer; no
            match of the whole, whatever its name says.
    """

    precision: float
    recall: float
    f1: float
    exact_match: float


def overlap(answer: str, reference: str) -> Overlap:
    """Return how the words of an answer and of its reference overlap."""
    said, told = Counter(words(answer)), Counter(words(reference))
    found = sum(count for word, count in said.items() if word in told)
    if not found:
        return Overlap(0.0, 0.0, 0.0, 0.0)
    missed = sum(count for word, count in told.items() if word not in said)
    precision, recall = found / said.total(), found / (found + missed)
    f1 = 2 * precision * recall / (precision + recall)
    return Overlap(precision, recall, f1, len(said.keys() & told.keys()) / said.total())


def closed_truth(reference: str) -> str:
    """Return "yes" or "no" if the reference answers a closed question, otherwise "".

    "No, this is a basophil." does; "No tumor cells are seen." answers what is seen.
    """
    found = _CLOSED.match(reference)
    return found[1].lower() if found else ""


def strict_rule(answer: str, truth: str) -> bool:
    """Tell whether the answer's first word is the right one of "yes" and "no"."""
    return verdict(answer) == truth


def quilt_verdict(answer: str) -> str:
    """Return "no" if the words "no" or "not" occur, and "yes" for everything else."""
    return "no" if {"no", "not"} & set(words(answer)) else "yes"


def quilt_rule(answer: str, truth: str) -> bool:
    """Tell whether Quilt-LLaVA's script would count the answer as right."""
    return quilt_verdict(answer) == truth


def llava_med_rule(answer: str, truth: str) -> bool:
    """Tell whether "yes" or "no", whichever is right, occurs anywhere: "normal" holds a "no"."""
    return truth in normalise(answer)


def llava_med_pathvqa_rule(answer: str, truth: str) -> bool | None:
    """Tell whether LLaVA-Med's PathVQA script would count the answer as right.

    Returns:
        None where that script leaves the question out of the mean: for wrong answers that say "yes"
        or "no".
    """
    if llava_med_rule(answer, truth):
        return True
    return None if re.search("yes|no", normalise(answer)) else False

"""What speaks for a passage as the answer to a question, and what against it, in numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from clover_chat.knowledge.asking import Asked, Term
from clover_chat.knowledge.lexicon import Passage
from clover_chat.knowledge.speech import Speech

_LIGHT = 10.0  # brings sums of word weights near 1


class Evidence(NamedTuple):
    """What speaks for one passage; the shares are between 0 and 1.

    Attributes:
        complete: Share of the question that one whole name of the passage covers.
        specific: Weight of that name's words, however long the question.
        together: 1 if these words stand together in the question.
        partial: Likeness of the question to the most similar name.
        named: Share of the question that the names cover together.
        covered: Share that names and text cover together.
        text: Word relevance (bm25) as a share of the best passage's.
        keyed: 1 if a whole name holds the word of the question that tells most.
        wanted: 1 if the question asks for entries of the passage's kind.
        foreign: 1 if nobody would ask for entries of its kind with the question's words.
    """

    complete: float
    specific: float
    together: float
    partial: float
    named: float
    covered: float
    text: float
    keyed: float
    wanted: float
    foreign: float


class Doubt(NamedTuple):
    """What speaks against quoting one passage.

    Attributes:
        unknown: Share of the question in words that the shelf does not hold.
        corrected: Share in words that were taken for another.
        missing: Weight of the words that the passage does not hold.
    """

    unknown: float
    corrected: float
    missing: float


def evidence(question: Asked, passage: Passage, relevance: float, speech: Speech) -> Evidence:
    """Weigh what speaks for a passage.

    Args:
        question: The question's terms, at least one.
        passage: The passage.
        relevance: Its bm25 as a share of the best passage's.
        speech: The words of questions.
    """
    weights = {term.stem: term.weight for term in question.terms}
    total = question.weight
    wholes = [name for name in passage.names if weights.keys() >= set(name)]
    whole = max(wholes, key=lambda name: _sum(name, weights), default=())
    key = max(weights, key=weights.__getitem__)
    return Evidence(
        complete=_sum(whole, weights) / total,
        specific=_sum(whole, weights) / _LIGHT,
        together=float(bool(whole) and _stand_together(whole, question.stems)),
        partial=max(_likeness(name, weights) for name in passage.names),
        named=_sum(passage.named, weights) / total,
        covered=_sum(passage.held, weights) / total,
        text=relevance,
        keyed=float(any(key in name for name in wholes)),
        wanted=_names_kind(weights, passage.entry.kind, speech.wanted),
        foreign=_names_kind(weights, passage.entry.kind, speech.foreign),
    )


def doubt(question: Asked, passage: Passage) -> Doubt:
    """Weigh what speaks against quoting a passage."""
    terms = question.terms
    return Doubt(
        unknown=_total(term for term in terms if not term.is_known) / question.weight,
        corrected=_total(term for term in terms if term.is_corrected) / question.weight,
        missing=_total(term for term in terms if term.stem not in passage.held) / _LIGHT,
    )


def _sum(words: Collection[str], weights: Mapping[str, float]) -> float:
    return sum(weight for word, weight in weights.items() if word in words)


def _total(terms: Iterable[Term]) -> float:
    return sum(term.weight for term in terms)


def _names_kind(words: Iterable[str], kind: str, kinds: Mapping[str, Collection[str]]) -> float:
    return float(any(kind in kinds.get(word, ()) for word in words))


def _likeness(name: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return the share of words that a question and a name have in common (Dice)."""
    shared = _sum(name, weights)
    if not shared:
        return 0.0
    mean = sum(weights.values()) / len(weights)
    foreign = sum(mean for word in set(name) if word not in weights)
    return 2 * shared / (sum(weights.values()) + shared + foreign)


def _stand_together(name: Sequence[str], question: Sequence[str]) -> bool:
    places = sorted(question.index(word) for word in set(name))
    return places[-1] - places[0] == len(places) - 1

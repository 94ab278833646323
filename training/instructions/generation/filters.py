"""Which generated pairs are dropped, and a count of why."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from training.evaluation.reading import normalise, verdict
from training.instructions.generation.parsing import Pair

MOST_QUESTION_WORDS, MOST_ANSWER_WORDS = 40, 120

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_PATTERNS = {
    "meta-words": re.compile(
        r"\b(mention(s|ed|ing)?|titles?|titled|contexts?|narrat(e|es|ed|ing|ion|or|ors)|captions?"
        r"|descriptions?|according to|the (text|passage|video|speaker|lecturer|author|expert)s?)\b",
        re.IGNORECASE,
    ),
    "refusal": re.compile(
        r"\b(as an ai|language model|i cannot|i can't|i am unable|i'm unable|i'm sorry"
        r"|not (provided|specified|stated|given)|no information|cannot be determined)\b",
        re.IGNORECASE,
    ),
    "date": re.compile(
        r"\b(19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
        rf"|\b({_MONTHS})\s+\d|\d(st|nd|rd|th)?\s+(of\s+)?({_MONTHS})\b",
    ),
    "magnification": re.compile(
        r"\bmagnif|\b\d+(\.\d+)?\s?[x\u00d7](?!\w)(?!\s?\d)|(?<!\w)(?<!\d\s)[x\u00d7]\s?\d{1,4}\b"
        r"|\b(low|lower|medium|high|higher)[- ]power(ed)?\b",
        re.IGNORECASE,
    ),
    "advice": re.compile(
        r"\b(should|must|recommend\w*|advis\w+|consult\w*|prescri\w+|follow[- ]up"
        r"|treat(ed|ments?|ing)?|therap\w+|dosage|doses?|see (a|your) doctor"
        r"|further (tests?|testing|work-?up))\b",
        re.IGNORECASE,
    ),
}
_SMALL = frozenset(
    normalise(
        "a an the is are was were be been it its this that these those there of in on at to for "
        "with by and or as from into which what where how why who does do did has have can show "
        "shows shown seen see present image picture"
    ).split()
)


@dataclass(frozen=True)
class Sifted:
    """What is left of generated pairs.

    Attributes:
        kept: (Number of the caption, pair).
        dropped: How many were dropped, by reason.
    """

    kept: tuple[tuple[int, Pair], ...]
    dropped: Counter[str]

    @property
    def sentence(self) -> str:
        """The histogram in words."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.dropped.most_common())
        return f"{len(self.kept)} pairs kept, {self.dropped.total()} dropped ({reasons or 'none'})."


def sift(answers: Iterable[list[Pair]]) -> Sifted:
    """Return the pairs worth keeping of the answers about each caption, in order."""
    kept: list[tuple[int, Pair]] = []
    dropped: Counter[str] = Counter()
    for number, pairs in enumerate(answers):
        if not pairs:
            dropped["unreadable"] += 1
        asked: set[str] = set()
        for pair in pairs:
            reason = reason_to_drop(pair)
            if not reason and normalise(pair.question) in asked:
                reason = "duplicate"
            if reason:
                dropped[reason] += 1
            else:
                asked.add(normalise(pair.question))
                kept.append((number, pair))
    return Sifted(tuple(kept), dropped)


def reason_to_drop(pair: Pair) -> str:
    """Return why a pair is no good by itself, or ""."""
    if not pair.question.strip() or not pair.answer.strip():
        return "empty"
    for reason, pattern in _PATTERNS.items():
        if pattern.search(pair.question) or pattern.search(pair.answer):
            return reason
    if len(pair.question.split()) > MOST_QUESTION_WORDS:
        return "too long"
    if len(pair.answer.split()) > MOST_ANSWER_WORDS:
        return "too long"
    return "leaked answer" if is_leaked(pair) else ""


def is_leaked(pair: Pair) -> bool:
    """Tell whether the question holds every word of weight of its answer.

    An answer that begins with yes or no may repeat the question: it adds the verdict.
    """
    if verdict(pair.answer):
        return False
    weighty = set(normalise(pair.answer).split()) - _SMALL
    return weighty <= set(normalise(pair.question).split())

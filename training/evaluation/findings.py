"""Sentences about findings as sets of word stems, what is denied apart from what is affirmed."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.words import stems, words
from training.evaluation.clauses import clauses

_PLAIN = """
    a an and are as at be been by can each from has have here in is it its lie lies many may most
    mostly nor of often on one or over seen show shows some that the their them there these they
    this to usually very was were which with within present found visible image picture patch
"""
_FILLERS = frozenset(_PLAIN.split())
_AFTER_NOUNS = re.compile(
    r"\b([a-z]+)\s+(?:is|are|has|have|may|lies?|of|between|fill|surrounds?)\b"
)
_END_OF_PHRASE = re.compile(
    r"\b(?:is|are|fill|cover|lies?|lines?|surrounds?|projects?|in|within|between|by|with|to|such"
    r"|alone|can)\b"
)
_ALTERNATIVES = re.compile(r"\bor\b|\band\b|\bnor\b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A sentence by its words.

    Attributes:
        affirmed: Stems of the content words said to be so.
        denied: Stems of those said not to be so.
    """

    affirmed: frozenset[str]
    denied: frozenset[str]


@lru_cache(maxsize=1 << 14)
def finding(sentence: str) -> Finding:
    """Return a sentence by its words."""
    parts: dict[bool, set[str]] = {False: set(), True: set()}
    for clause in clauses(sentence):
        parts[clause.is_denied] |= _content(clause.text)
    return Finding(frozenset(parts[False]), frozenset(parts[True]))


def likeness(one: Finding, other: Finding) -> float:
    """Return how alike two sentences are, 0 to 1: Dice's coefficient over words with polarity."""
    shared = len(one.affirmed & other.affirmed) + len(one.denied & other.denied)
    size = sum(len(part) for each in (one, other) for part in (each.affirmed, each.denied))
    return 2 * shared / size if size else 0.0


def excluded(said: Finding, not_seen: str) -> list[frozenset[str]]:
    """Return the words in a sentence that a sentence of `not_seen` bars from being affirmed.

    Every alternative of a denial is barred by itself: "no orange-red or dark purple granules".
    """
    return [barred for barred in _barred(not_seen) if barred <= said.affirmed]


@cache
def _barred(not_seen: str) -> tuple[frozenset[str], ...]:
    """Return the sets of words that must not be affirmed together."""
    context: set[str] = set()
    found: list[set[str]] = []
    for clause in clauses(not_seen):
        if clause.is_denied:
            found += _alternatives(clause.text)
        else:
            context |= _content(clause.text)
    return tuple(frozenset(context | each) for each in found if each)


def _alternatives(denied: str) -> list[set[str]]:
    """Return what is denied, part by part; an adjective alone gets the noun that follows."""
    parts = [_END_OF_PHRASE.split(part)[0] for part in _ALTERNATIVES.split(denied)]
    contents = [_content(part) for part in parts]
    nouns = contents[-1] & _nouns()
    return [each if each & _nouns() else each | nouns for each in contents if each]


def _content(text: str) -> set[str]:
    return {
        stem
        for word, stem in zip(words(text), stems(text), strict=True)
        if word not in _FILLERS and stem not in _FILLERS
    }


@cache
def _nouns() -> frozenset[str]:
    """Return the stems of words that stand before a verb or "of" somewhere on the cards."""
    found: set[str] = set()
    for known in cards().values():
        for sentence in (*known.seen, *known.may_show, *known.not_seen):
            for word in _AFTER_NOUNS.findall(sentence.lower()):
                if not word.endswith("ed") and word not in _FILLERS:
                    found |= set(stems(word))
    return frozenset(found)

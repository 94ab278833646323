"""A question, reduced to the words that a passage has to answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from clover_chat.knowledge.lexicon import Lexicon
from clover_chat.knowledge.speech import Speech
from clover_chat.knowledge.words import fold, stem, words

LONGEST = 4000
"""Characters of a question that are read; whatever follows is padding."""

_MOST_WORDS = 64
_LONGEST_WORD = 40
_ASIDE_NAME, _ASIDE_OTHER = 0.5, 0.1  # weight of words outside the sentence that asks
_ASKING = 0.3
_LETTERS = frozenset("ais")  # left over from "a", "I" and possessives
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
_SHOUTED = re.compile(r"\b[A-Z][A-Z0-9]+\b")
_NEGATION = re.compile(r"n['\u2019]t\b")
_SHORTEST_HALF = 4


@dataclass(frozen=True)
class Term:
    """A word of a question that carries content.

    Attributes:
        stem: What it is compared by.
        weight: How much it narrows down what is asked.
        is_known: Whether the shelf holds it at all.
        is_corrected: Whether it was taken for a known word that sounds a little different.
    """

    stem: str
    weight: float
    is_known: bool = True
    is_corrected: bool = False


@dataclass(frozen=True)
class Asked:
    """A question as the search sees it: its terms, each once, in the order they are met."""

    terms: tuple[Term, ...]

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of all terms in order."""
        return tuple(term.stem for term in self.terms)

    @property
    def weight(self) -> float:
        """The weight of all terms together."""
        return sum(term.weight for term in self.terms)


def asked(question: str, lexicon: Lexicon, speech: Speech) -> Asked:
    """Reduce a question to its terms.

    Args:
        question: Anything a person, or a file, may contain.
        lexicon: The words of the shelf.
        speech: The words of questions.

    Returns:
        Its terms; none where it has no content.
    """
    terms: dict[str, Term] = {}
    text = question[:LONGEST]
    abbreviations = _abbreviations(text)
    for sentence, is_aside in _sentences(text):
        content = _content(words(_NEGATION.sub(" not", sentence)), abbreviations, lexicon, speech)
        for term in _terms(content, lexicon, speech):
            heard = _heard_aside(term, lexicon) if is_aside else term
            if term.stem in terms or len(terms) < _MOST_WORDS:
                before = terms.get(term.stem, heard)
                terms[term.stem] = max(before, heard, key=lambda each: each.weight)
    return Asked(tuple(terms.values()))


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Return the sentences, and which of them only lead up to the one that asks."""
    sentences = [sentence.rstrip() for sentence in _SENTENCE.findall(text)]
    has_question = any(sentence.endswith("?") for sentence in sentences)
    return [(each, has_question and not each.endswith("?")) for each in sentences]


def _heard_aside(term: Term, lexicon: Lexicon) -> Term:
    factor = _ASIDE_NAME if lexicon.is_name(term.stem) else _ASIDE_OTHER
    return replace(term, weight=term.weight * factor)


def _abbreviations(text: str) -> frozenset[str]:
    """Return what is written in capitals, unless everything is."""
    return frozenset() if text.isupper() else frozenset(map(fold, _SHOUTED.findall(text)))


def _content(
    found: Iterable[str], abbreviations: frozenset[str], lexicon: Lexicon, speech: Speech
) -> list[str]:
    kept = []
    for word in found:
        if len(word) > _LONGEST_WORD:
            continue
        is_filler = stem(word) in speech.fillers or word in _LETTERS
        if not is_filler or (word in abbreviations and lexicon.is_name(stem(word))):
            kept.append(word)
    return kept


def _terms(content: Sequence[str], lexicon: Lexicon, speech: Speech) -> Iterator[Term]:
    at = 0
    while at < len(content):
        joined = speech.meaning(stem("".join(content[at : at + 2])))
        if at + 1 < len(content) and lexicon.is_name(joined) and content[at + 1].isalpha():
            yield _known(joined, lexicon, speech)
            at += 2
        else:
            yield from _term(content[at], lexicon, speech)
            at += 1


def _term(word: str, lexicon: Lexicon, speech: Speech) -> Iterator[Term]:
    found = speech.meaning(stem(word))
    if found in lexicon or found in speech.asking:
        yield _known(found, lexicon, speech)
    elif halves := _halves(word, lexicon):
        yield from (_known(half, lexicon, speech) for half in halves)
    elif meant := lexicon.meant(word):
        yield replace(_known(meant.word, lexicon, speech), is_corrected=meant.edits > 0)
    else:
        yield Term(found, lexicon.weight(found), is_known=False)


def _known(found: str, lexicon: Lexicon, speech: Speech) -> Term:
    factor = _ASKING if found in speech.asking or found.isdigit() else 1.0
    return Term(found, lexicon.weight(found) * factor)


def _halves(word: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return the two words that were written as one ("mastcell")."""
    for cut in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1):
        halves = stem(word[:cut]), stem(word[cut:])
        if all(map(lexicon.is_name, halves)):
            return halves
    return None

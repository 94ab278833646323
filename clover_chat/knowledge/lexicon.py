"""The words of the shelf: which of them are names, and how much each of them tells."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from clover_chat.knowledge.entries import Entry
from clover_chat.knowledge.speech import Speech
from clover_chat.knowledge.spelling import Meant, Spelling
from clover_chat.knowledge.words import spelt, stem, stems, words

_ABBREVIATION = re.compile(r"\b[A-Z][A-Z0-9]+\b")


@dataclass(frozen=True)
class Passage:
    """An entry in stems.

    Attributes:
        entry: The entry itself.
        names: The content words of each of its names, the title first.
        body: The words of its text.
    """

    entry: Entry
    names: tuple[tuple[str, ...], ...]
    body: tuple[str, ...]

    @cached_property
    def named(self) -> frozenset[str]:
        """Every word of every name."""
        return frozenset(word for name in self.names for word in name)

    @cached_property
    def held(self) -> frozenset[str]:
        """Every word of names and text."""
        return self.named | frozenset(self.body)


def passages(entries: Iterable[Entry], speech: Speech) -> tuple[Passage, ...]:
    """Return the entries in stems."""
    return tuple(_passage(entry, speech) for entry in entries)


class Lexicon:
    """Knows every stem on the shelf.

    Args:
        shelf: All passages.
        speech: The words of questions.
    """

    def __init__(self, shelf: Sequence[Passage], speech: Speech) -> None:
        seen: Counter[str] = Counter()
        names: set[str] = set()
        for passage in shelf:
            names |= passage.named
            seen.update(passage.held)
        self._names = frozenset(names)
        self._weights = _weights(seen, len(shelf))
        self._unknown = max(self._weights.values(), default=1.0)
        self._meaning = speech.meaning
        self._spelling = Spelling(_written(shelf))

    def __contains__(self, found: str) -> bool:
        return found in self._weights

    def is_name(self, found: str) -> bool:
        """Tell whether a stem is part of a name."""
        return found in self._names

    def weight(self, found: str) -> float:
        """Return how much a stem narrows down what is asked: rare words most."""
        return self._weights.get(found, self._unknown)

    def meant(self, word: str) -> Meant | None:
        """Return the known stem that a misspelt word probably stands for."""
        nearest = self._spelling.nearest(spelt(word))
        if nearest is None:
            return None
        return Meant(self._meaning(stem(nearest.word)), nearest.edits)


def _weights(seen: Mapping[str, int], total: int) -> dict[str, float]:
    return {word: math.log((total + 1) / (count + 0.5)) for word, count in seen.items()}


def _written(shelf: Iterable[Passage]) -> dict[str, bool]:
    """Return all words in one spelling, and whether each belongs to a name."""
    texts = {spelt(word): False for passage in shelf for word in words(passage.entry.text)}
    names = (name for passage in shelf for name in passage.entry.names)
    return texts | {spelt(word): True for name in names for word in words(name)}


def _passage(entry: Entry, speech: Speech) -> Passage:
    names = [_name(name, speech) for name in entry.names]
    if entry.kind == names[0][-1] and len(names[0]) > 1:  # "Congo red stain" is called Congo red
        names.append(names[0][:-1])
    body = tuple(map(speech.meaning, stems(entry.text)))
    return Passage(entry, tuple(names), body)


def _name(name: str, speech: Speech) -> tuple[str, ...]:
    abbreviations = set(stems(" ".join(_ABBREVIATION.findall(name))))
    found = [speech.meaning(part) for part in stems(name)]
    content = [part for part in found if part not in speech.fillers or part in abbreviations]
    return tuple(content or found)

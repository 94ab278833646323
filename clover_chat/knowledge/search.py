"""Finds the passage of the shelf that answers a question, or says that none does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from clover_chat.errors import CloverError
from clover_chat.knowledge.asking import Asked, asked
from clover_chat.knowledge.belief import Weights, belief, fit, learned, traits
from clover_chat.knowledge.entries import Entry, read_shelf
from clover_chat.knowledge.evidence import doubt, evidence
from clover_chat.knowledge.index import PassageIndex
from clover_chat.knowledge.lexicon import Lexicon, passages
from clover_chat.knowledge.speech import speech

_CANDIDATES = 40


class EntryNotFound(CloverError):
    """The shelf has no entry of that id."""


@dataclass(frozen=True)
class Hit:
    """An entry that may answer a question.

    Attributes:
        entry: The entry.
        score: The estimated chance, from 0 to 1, that it is the right one.
        is_sure: Whether that suffices to quote it.
        traits: What the score rests on.
    """

    entry: Entry
    score: float
    is_sure: bool
    traits: Mapping[str, float]


class Shelf:
    """The reference shelf, ready to be asked; safe to use from several threads.

    Args:
        entries: What stands on it.
        weights: What was learned about scores; those that come with the program if None.
    """

    def __init__(self, entries: Sequence[Entry], weights: Weights | None = None) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._weights = weights or learned()
        self._speech = speech()
        self._passages = passages(entries, self._speech)
        self._lexicon = Lexicon(self._passages, self._speech)
        self._index = PassageIndex(self._passages)

    def find(self, question: str, limit: int = 5) -> list[Hit]:
        """Return the entries that answer a question best, the best first.

        Args:
            question: Any text.
            limit: Hits returned at most.

        Returns:
            Hits in order of their fit; none where no entry shares a word with the question.
        """
        heard = asked(question, self._lexicon, self._speech)
        found = self._index.matching(heard.stems, _CANDIDATES) if heard.weight else []
        return self._ranked(heard, found)[:limit]

    def answer(self, question: str) -> Hit | None:
        """Return the entry to quote as an answer, None where nothing fits well enough."""
        hits = self.find(question, limit=1)
        return hits[0] if hits and hits[0].is_sure else None

    def entry(self, entry_id: str) -> Entry:
        """Return one entry.

        Raises:
            EntryNotFound: There is none of that id.
        """
        try:
            return self._entries[entry_id]
        except KeyError:
            raise EntryNotFound(f"The reference shelf has no entry {entry_id!r}.") from None

    def topics(self) -> Mapping[str, tuple[Entry, ...]]:
        """Return all entries by topic, both in alphabetical order."""
        topics: dict[str, list[Entry]] = {}
        for entry in sorted(self._entries.values(), key=lambda each: each.title.casefold()):
            topics.setdefault(entry.topic, []).append(entry)
        return MappingProxyType({topic: tuple(topics[topic]) for topic in sorted(topics)})

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _ranked(self, heard: Asked, found: Sequence[tuple[int, float]]) -> list[Hit]:
        best = max((relevance for _, relevance in found), default=1.0) or 1.0
        weighed = []
        for position, relevance in found:
            passage = self._passages[position]
            speaking = evidence(heard, passage, relevance / best, self._speech)
            weighed.append((fit(speaking, self._weights.fit), passage, speaking))
        weighed.sort(key=lambda each: (-each[0], each[1].entry.id))
        hits = []
        for rank, (fitness, passage, speaking) in enumerate(weighed):
            rivals = weighed[1:2] if rank == 0 else weighed[:1]
            margin = fitness - rivals[0][0] if rivals else fitness
            seen = traits(speaking, doubt(heard, passage), fitness, margin)
            score = belief(seen, self._weights.belief)
            hits.append(Hit(passage.entry, score, score >= self._weights.threshold, seen))
        return hits


@cache
def shelf() -> Shelf:
    """Return the shelf that comes with the program; it is read once."""
    return Shelf(read_shelf())

"""Misspelt words: which known word was probably meant.

Words are compared by their sound ("fybrosis" and "fibrosis" are the same), then by the letters in
which the sounds differ. A word is only taken for another that it resembles closely; medical words
that differ in a part with a meaning of its own (hypo and hyper, lipo and myo) never are.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

_SHORTEST = 4
_SURE_LENGTH = 5
_EDITS = ((4, 1), (9, 2), (13, 3))  # from this length on, so many edits are forgiven
_SHARED = 0.3
_SOUNDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"ph", "f"),
        (r"ck|k|q", "c"),
        (r"x", "cs"),
        (r"(?<=[bcdgkrst])h", ""),
        (r"y", "i"),
        (r"z", "s"),
        (r"(.)\1+", r"\1"),
    )
)
_ENDING = re.compile(
    r"(oma|omas|sarcoma|carcinoma|blastoma|osis|oses|itis|asis|emia|aemia|plasia|pati|cite|cites|"
    r"citic|citosis|fil|fils|blast|blasts|logi|scopi|ation|ing|ed|ia|ic|al|us|um|in|s)$"
)
_MEDICAL_PARTS = """
adeno angio ante anti auto blasto cardio cole condro cito derm dis ecto endo ependimo epi  ecso
fibro gastro glio haem hem hepato hetero histio homo hidro hiper hipo inter intra intro  cerato
leio leuco lipo limfo macro mega melano meningo micro mono mico mielo mio micso nefro  neuro
neutro normo oligo osteo para peri fago pilo plasmo poli post pre pro pseudo rabdo  scisto sero
spongio scuamo sub supra siringo terato timo tiro trico ventro csanto
"""
_PARTS = tuple(_MEDICAL_PARTS.split())


class Meant(NamedTuple):
    """A known word that somebody probably meant.

    Attributes:
        word: The known word.
        edits: How many letters were wrong that can be heard.
    """

    word: str
    edits: int


class Spelling:
    """Finds the known word that resembles a misspelt one most.

    Args:
        known: Known words, and whether each belongs to a name. The others are only recognised by
            their sound.
    """

    def __init__(self, known: Mapping[str, bool]) -> None:
        self._words: dict[str, str] = {}
        self._by_trigram: dict[str, set[str]] = defaultdict(set)
        for word, is_name in known.items():
            if len(word) >= _SHORTEST and word.isalpha():
                self._learn(word, is_name)
        self.nearest = lru_cache(maxsize=4096)(self._nearest)

    def _learn(self, word: str, is_name: bool) -> None:
        heard = sound(word)
        if is_name or heard not in self._words:
            self._words[heard] = word
        for trigram in _trigrams(heard) if is_name else ():
            self._by_trigram[trigram].add(heard)

    def _nearest(self, word: str) -> Meant | None:
        """Return the known word that was probably meant, None where nothing resembles it enough."""
        heard = sound(word)
        if len(word) < _SHORTEST or not word.isalpha():
            return None
        if heard in self._words:
            return Meant(self._words[heard], 0)
        limit = _forgiven(heard)
        ranked = [
            (edits, candidate)
            for candidate in self._candidates(heard)
            if (edits := distance(heard, candidate, limit)) <= limit
            and not _is_different(heard, candidate)
        ]
        if not ranked:
            return None
        edits, candidate = min(ranked)
        return Meant(self._words[candidate], edits)

    def _candidates(self, heard: str) -> Iterable[str]:
        trigrams = _trigrams(heard)
        shared: dict[str, int] = defaultdict(int)
        for trigram in trigrams:
            for candidate in self._by_trigram.get(trigram, ()):
                shared[candidate] += 1
        enough = max(1, int(_SHARED * len(trigrams)))
        return [candidate for candidate, count in shared.items() if count >= enough]


def sound(word: str) -> str:
    """Return how a word sounds, roughly: the same for spellings that are often mixed up."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def distance(one: str, other: str, limit: int) -> int:
    """Return how many letters must be added, dropped, changed or swapped; above the limit, more.

    Args:
        one: A word.
        other: Another.
        limit: Distances above it need not be exact.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, before, row = before, row, [i]
        for j, expected in enumerate(other, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != expected))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == expected:
                best = min(best, above[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def _forgiven(heard: str) -> int:
    """Return how many edits a word may be away; a common ending does not make it longer."""
    length = max(len(_ENDING.sub("", heard)), _SHORTEST)
    return max(edits for longer, edits in _EDITS if length >= longer)


def _trigrams(word: str) -> set[str]:
    padded = f" {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _is_different(heard: str, candidate: str) -> bool:
    """Tell whether two words that sound alike are different ones all the same."""
    if len(heard) < _SURE_LENGTH and heard[0] != candidate[0]:
        return True
    parts = _first_part(heard), _first_part(candidate)
    return all(parts) and parts[0] != parts[1]


def _first_part(heard: str) -> str:
    return max((part for part in _PARTS if heard.startswith(part)), key=len, default="")

"""When two texts say the same: exactly, up to case and punctuation, or all but a few words.

Numbers and words that turn a sentence round have to agree, whatever else does: "grade 2" and
"grade 3", or "invasion" and "no invasion", are never alike.
"""

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np

ALIKE = 0.9
"""Share of word triples that two texts have in common from which on they are alike (Jaccard)."""

_BANDS, _ROWS = 8, 4
_WORD = re.compile(r"\w+(?:[.,'\u2019]\w+)*|[+%<>≤≥]|(?<=\w)-(?!\w)")
# fmt: off
_TELLING = frozenset((
    "no", "not", "never", "without", "none", "neither", "nor", "cannot", "yes",
    "negative", "positive", "absent", "present", "benign", "malignant", "invasive",
    "normal", "abnormal", "left", "right", "high", "low", "well", "poorly",
))
# fmt: on
_chance = np.random.default_rng(0)
_MULTIPLIERS = _chance.integers(1, 2**32, _BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
_SUMMANDS = _chance.integers(0, 2**32, _BANDS * _ROWS, dtype=np.uint64)

Triples = frozenset[int]


@lru_cache(maxsize=1024)  # a text is looked at from several sides, one after the other
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, without punctuation."""
    return tuple(_WORD.findall(text.casefold()))


def digest(*parts: str) -> str:
    """Return a name for some texts, the same for texts that differ in case or punctuation."""
    normal = "\n".join(" ".join(words_of(part)) for part in parts)
    return sha256(normal.encode()).hexdigest()


def telling(texts: Sequence[str]) -> str:
    """Return the words of some texts that have to agree, as one key."""
    kept = (sorted(w for w in words_of(text) if w in _TELLING or _has_digit(w)) for text in texts)
    return "|".join(" ".join(words) for words in kept)


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(map(str.isdigit, word))


def triples(text: str) -> Triples:
    """Return a number for each run of three words, short texts and ends included."""
    words = ["", "", *words_of(text), "", ""]
    return frozenset(
        zlib.crc32(" ".join(words[at : at + 3]).encode()) for at in range(len(words) - 2)
    )


def likeness(one: Triples, other: Triples) -> float:
    """Return the share of triples that two texts have in common, 0 to 1."""
    return len(one & other) / len(one | other)


def bands(all_triples: Triples) -> tuple[int, ...]:
    """Return keys of which two texts that are alike nearly always share one (MinHash)."""
    numbers = np.fromiter(all_triples, np.uint64, len(all_triples))
    hashes = (numbers[None, :] * _MULTIPLIERS[:, None] + _SUMMANDS[:, None]) >> np.uint64(32)
    least = hashes.min(axis=1).astype(np.uint32).reshape(_BANDS, _ROWS)
    return tuple(zlib.crc32(band.tobytes()) for band in least)

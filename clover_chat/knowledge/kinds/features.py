"""What the classifier sees of a question: hashed n-grams, word vectors, and the situation.

Words count as they stand and, in a second reading, with every name of the shelf replaced by one
sign, so that "what is eosin" and "what is saffron" read alike. Word vectors bring what no example
holds: they are those of MiniLM-L6 (Apache-2.0), each word piece read alone, reduced to their main
directions and kept as small integers.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from clover_chat.knowledge.entries import Entry
from clover_chat.knowledge.lexicon import Lexicon, passages
from clover_chat.knowledge.speech import speech
from clover_chat.knowledge.words import stem, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

VECTORS_PATH = Path(__file__).with_name("vectors.safetensors")
PIECES_PATH = Path(__file__).with_name("pieces.json")
BUCKETS = 2**15
VECTOR_WEIGHT = 3.0
LONGEST = 2000
"""Characters of a question that are read."""

_MOST_WORDS = 80
_LONGEST_WORD = 30
_NAME = "<n>"
_NAME_WEIGHT = 3.0  # lighter words, such as "cell", are part of names but tell too little
_FLAG = 0.3


@dataclass(frozen=True)
class Context:
    """What else is known when a question is asked.

    Attributes:
        has_picture: There is something to look at, of this question or an earlier one.
        brings_picture: It came with this question.
        has_earlier: Something was asked before in the conversation.
    """

    has_picture: bool = False
    brings_picture: bool = False
    has_earlier: bool = False

    @property
    def picture(self) -> str:
        """Where the picture comes from: "new", "earlier" or "none"."""
        return "new" if self.brings_picture else "earlier" if self.has_picture else "none"


@dataclass(frozen=True)
class Row:
    """The features of one question: where they are, and how much of each."""

    places: "NDArray[np.int64]"
    values: "NDArray[np.float32]"


class Features:
    """Makes features of questions.

    Args:
        entries: The reference shelf, whose names are known.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._speech = speech()
        self._lexicon = Lexicon(passages(entries, self._speech), self._speech)
        self._pieces, self._vectors = _word_vectors()

    @property
    def width(self) -> int:
        """Number of different features."""
        return BUCKETS + int(self._vectors.shape[1])

    def row(self, question: str, context: Context) -> Row:
        """Return the features of a question."""
        text = question[:LONGEST]
        hashed: dict[int, float] = {}
        for weight, names in self._groups(text, context):
            for name in names:
                place = zlib.crc32(name.encode()) % BUCKETS
                hashed[place] = hashed.get(place, 0.0) + weight
        vector = self._vector(text)
        places = np.concatenate([list(hashed), np.arange(BUCKETS, self.width)]).astype(np.int64)
        values = np.concatenate([list(hashed.values()), vector]).astype(np.float32)
        return Row(places, values)

    def _vector(self, text: str) -> "NDArray[np.float32]":
        """Return the direction of the mean of a question's word vectors."""
        pieces = self._pieces.encode(text, add_special_tokens=False).ids[:_MOST_WORDS]
        if not pieces:
            return np.zeros(self._vectors.shape[1], np.float32)
        mean = self._vectors[pieces].astype(np.float32).mean(axis=0)
        return np.asarray(VECTOR_WEIGHT * mean / (np.linalg.norm(mean) + 1e-6), np.float32)

    def _groups(self, text: str, context: Context) -> Iterator[tuple[float, list[str]]]:
        found = words(text)[:_MOST_WORDS]
        bare = self._without_names(found)
        picture = context.picture
        yield _even(1.0, [*_tagged("w", found), *_chains("2", found, 2)])
        yield _even(1.0, [*_chains("d", bare, 2), *_chains("e", bare, 3)])
        yield _even(1.0, sorted(_letters(found)))
        seen, new = context.has_picture, context.brings_picture
        crossed = [*_tagged(f"x{seen}", set(found)), *_tagged(f"y{new}", set(found))]
        yield _even(0.7, sorted(crossed))
        yield _even(0.5, list(_chains(f"z{picture}", found, 2)))
        yield _FLAG, self._flags(text, found, bare, context)

    def _flags(
        self, text: str, found: Sequence[str], bare: Sequence[str], context: Context
    ) -> list[str]:
        picture, earlier = context.picture, context.has_earlier
        content = [word for word in found if stem(word) not in self._speech.fillers]
        unknown = min(3, sum(not self._is_known(word) for word in content))
        names = min(3, sum(map(self._is_name, content)))
        length, told = _length(len(found)), min(4, len(content))
        is_name = bool(bare) and set(bare) == {_NAME}
        return [
            f"picture {picture}",
            f"earlier {earlier}",
            f"length {length}",
            f"length {length} {picture} {earlier}",
            f"asks {'?' in text}",
            f"asks {'?' in text} {picture}",
            f"has name {_NAME in bare} {length} {picture}",
            f"is name {is_name} {picture}",
            f"begins {' '.join(bare[:2])}",
            f"begins {' '.join(bare[:1])} {picture}",
            f"unknown {unknown}",
            f"names {names}",
            f"unknown {unknown} names {names}",
            f"unknown {unknown} of {told} {picture}",
            f"names {names} of {told} {picture}",
        ]

    def _without_names(self, found: Sequence[str]) -> list[str]:
        bare: list[str] = []
        for word in found:
            sign = _NAME if self._is_name(word) else word
            if sign != _NAME or bare[-1:] != [_NAME]:
                bare.append(sign)
        return bare

    def _is_name(self, word: str) -> bool:
        meant = self._speech.meaning(stem(word))
        is_light = len(word) <= 2 or meant in self._speech.asking
        lexicon = self._lexicon
        return not is_light and lexicon.is_name(meant) and lexicon.weight(meant) > _NAME_WEIGHT

    def _is_known(self, word: str) -> bool:
        meant = self._speech.meaning(stem(word))
        return meant in self._lexicon or stem(word) in self._speech.asking


@cache
def _word_vectors() -> "tuple[Tokenizer, NDArray[np.int8]]":
    return Tokenizer.from_file(str(PIECES_PATH)), load_file(VECTORS_PATH)["vectors"]


def _even(weight: float, names: list[str]) -> tuple[float, list[str]]:
    """Share a weight among features so that their sum of squares stays the same."""
    return weight / max(1.0, len(names)) ** 0.5, names


def _tagged(tag: str, found: "Sequence[str] | set[str]") -> Iterator[str]:
    return (f"{tag} {word}" for word in found)


def _chains(tag: str, found: Sequence[str], length: int) -> Iterator[str]:
    """Yield the runs of words, the ends of the question included."""
    edged = ["^", *found, "$"]
    for at in range(len(edged) - length + 1):
        yield f"{tag} {' '.join(edged[at : at + length])}"


def _letters(found: Sequence[str]) -> set[str]:
    return {
        f"c {padded[at : at + size]}"
        for padded in (f"<{word[:_LONGEST_WORD]}>" for word in found)
        for size in (3, 4, 5)
        for at in range(max(1, len(padded) - size + 1))
    }


def _length(count: int) -> int:
    return count if count < 4 else 4 if count < 7 else 5 if count < 12 else 6

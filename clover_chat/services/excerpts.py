"""A text cut down to where something was found in it, with the words found set apart."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_EXCERPT = 120
_BEFORE = 36  # characters shown ahead of the first word that was found
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of an excerpt; what was found, or what lies between."""

    text: str
    is_found: bool = False


def fold(text: str) -> str:
    """Return a text without case and accents, as long as it was, so that places stay the same."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def words_of(text: str) -> list[str]:
    """Return the words of a text, without case and accents."""
    return _WORD.findall(fold(unicodedata.normalize("NFC", text)))


def has_words(text: str, beginnings: Sequence[str]) -> bool:
    """Say whether a text holds, for each of the beginnings, a word that begins like it."""
    folded = fold(unicodedata.normalize("NFC", text))
    if not all(begun in folded for begun in beginnings):  # most texts are ruled out by this
        return False
    words = _WORD.findall(folded)
    return all(any(word.startswith(begun) for word in words) for begun in beginnings)


def marked(text: str, beginnings: Sequence[str]) -> tuple[Piece, ...]:
    """Return a whole text in pieces, the words with one of the beginnings set apart."""
    found = [
        match.span()
        for match in _WORD.finditer(fold(text))
        if match.group().startswith(tuple(beginnings))
    ]
    return _pieces(text, found)


def marked_literally(text: str, wanted: str) -> tuple[Piece, ...]:
    """Return a whole text in pieces, each place set apart that reads as wanted."""
    places = re.finditer(re.escape(fold(wanted)), fold(text)) if wanted else ()
    return _pieces(text, [match.span() for match in places])


def excerpt(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return pieces cut down to a line around the first one that was found."""
    first = next((place for place, piece in enumerate(pieces) if piece.is_found), 0)
    ahead = _one_line("".join(piece.text for piece in pieces[:first]))
    begins = _tail(ahead)
    shown, left = [Piece(begins)] if begins else [], LONGEST_EXCERPT - len(begins)
    for piece in pieces[first:]:
        line = _one_line(piece.text)
        if len(line) > left:
            shown.append(Piece(f"{line[:left].rstrip()}…", piece.is_found))
            break
        shown.append(Piece(line, piece.is_found))
        left -= len(line)
    return tuple(shown)


def _pieces(text: str, found: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = 0
    for begin, end in found:
        pieces += [Piece(text[at:begin]), Piece(text[begin:end], is_found=True)]
        at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)


def _folded(sign: str) -> str:
    base = unicodedata.normalize("NFD", sign)[0].lower()
    return base if len(base) == 1 else sign


def _one_line(text: str) -> str:
    """Return a text as one line, without the signs that make letters bold."""
    return re.sub(r"\s+", " ", text.replace("**", ""))


def _tail(text: str) -> str:
    """Return the end of a text, from where a word begins."""
    if len(text) <= _BEFORE:
        return text
    return f"…{text[-_BEFORE:].partition(' ')[2] or text[-_BEFORE:]}"

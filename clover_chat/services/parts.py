"""What an answer is made of: stretches of text, each by one author, told as they are written."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from clover_chat.knowledge.entries import Entry
from clover_chat.types import Author, ModelState, Picture, Turn, Waiting

BETWEEN = "\n\n"
"""What stands between two parts in the text of a whole answer."""


@dataclass(frozen=True)
class Quoted:
    """Where a quotation comes from.

    Attributes:
        entry_id: The entry of the reference shelf.
        title: What the entry is called.
        source: The standard texts it rests on, in one line.
    """

    entry_id: str
    title: str
    source: str


@dataclass(frozen=True)
class PartBegun:
    """From here on another author writes.

    Attributes:
        author: Who.
        quoted: Where a quotation comes from; None where nothing is quoted.
    """

    author: Author
    quoted: Quoted | None = None


@dataclass(frozen=True)
class CutBack:
    """The part that is being written ends here, because what followed did not hold.

    Attributes:
        reason: A sentence for the reader.
    """

    reason: str


PartEvent = PartBegun | CutBack | ModelState | Waiting | str
Part = Generator[PartEvent, None, None]
"""A part that tells its beginning, what it waits for, and increments of its text."""


class Check(Protocol):
    """A running check of one answer; it holds back what it cannot judge yet."""

    def feed(self, piece: str) -> str:
        """Take an increment and return what may be shown now."""

    def end(self) -> tuple[str, str]:
        """Return what may still be shown, and why the answer was cut back; empty if it was not."""


Checker = Callable[[Picture | None], Check]
"""Begins the check of an answer about a picture; None where several or none were looked at."""

Talker = Callable[[tuple[Turn, ...], Callable[[], Part]], Part]
"""Writes instead of the bridge: takes the conversation and what the bridge would write itself."""


def fixed(sentence: str) -> Part:
    """Yield a sentence of the fixed repertoire."""
    yield PartBegun(Author.FIXED)
    yield sentence


def quotation(entry: Entry) -> Part:
    """Yield an entry of the shelf word for word."""
    yield PartBegun(Author.SHELF, quoted_from(entry))
    yield from _words(entry.text)


def quoted_from(entry: Entry) -> Quoted:
    """Return where a quotation of an entry comes from."""
    source = " ".join(source.citation for source in entry.sources)
    return Quoted(entry.id, entry.title, source)


def checked(pieces: Iterator[PartEvent], check: Check) -> Iterator[PartEvent]:
    """Yield what a check lets through; everything that is no text passes as it is."""
    for piece in pieces:
        if not isinstance(piece, str):
            yield piece
        elif shown := check.feed(piece):
            yield shown
    rest, reason = check.end()
    if rest:
        yield rest
    if reason:
        yield CutBack(reason)


def _words(text: str) -> Iterator[str]:
    """Cut a text into words that keep the blank before them."""
    first, *rest = text.split(" ")
    yield first
    yield from (f" {word}" for word in rest)

"""What an answer is made of: stretches of text, each by one author, told as they are written."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from clover_chat.knowledge.entries import Entry
from clover_chat.types import Author, ModelState, Waiting

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


def _words(text: str) -> Iterator[str]:
    """Cut a text into words that keep the blank before them."""
    first, *rest = text.split(" ")
    yield first
    yield from (f" {word}" for word in rest)

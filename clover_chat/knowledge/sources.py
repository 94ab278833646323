"""The standard texts that the shelf rests on, and how they are cited.

An entry names a source by its id ("mills") or by its id and one of its parts ("robbins/kidney").
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.errors import CloverError

_TEXTS = ("authors", "title", "publisher")
_KNOWN = {*_TEXTS, "year", "edition", "parts"}
_YEARS = range(1850, 2101)


class ShelfDamaged(CloverError):
    """The reference shelf holds something that must not be shown."""


@dataclass(frozen=True)
class Source:
    """A book, a chapter of it, or an article.

    Attributes:
        id: What entries call it by.
        publisher: For an article, its journal.
        edition: Empty where there has been only one.
        part: The chapter, empty for the whole work.
    """

    id: str
    authors: str
    title: str
    publisher: str
    year: int
    edition: str = ""
    part: str = ""

    @property
    def citation(self) -> str:
        """The source in one line, as it is shown below a quotation."""
        edition = f", {self.edition}" if self.edition else ""
        part = f" Chapter: {self.part}." if self.part else ""
        return f"{self.authors}. {self.title}{edition}. {self.publisher}, {self.year}.{part}"


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ShelfDamaged: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ShelfDamaged(f"{path} cannot be read as TOML: {error}. Correct the file.") from error


def read_sources(path: Path) -> dict[str, Source]:
    """Read all sources and their parts, each under the id that entries use.

    Raises:
        ShelfDamaged: The file is no TOML, or a source lacks something.
    """
    found: dict[str, Source] = {}
    for name, record in read_toml(path).items():
        source = _source(name, record, f"{path.name}, source {name!r}")
        found[name] = source
        for short, part in record.get("parts", {}).items():
            found[f"{name}/{short}"] = _part(source, short, part, path)
    return found


def _source(name: str, record: object, where: str) -> Source:
    if not isinstance(record, Mapping):
        raise ShelfDamaged(f"{where}: {record!r} is no table; write [{name}] and its fields.")
    if unknown := set(record) - _KNOWN:
        raise ShelfDamaged(
            f"{where}: unknown fields {sorted(unknown)}; known are {sorted(_KNOWN)}."
        )
    for field in _TEXTS:
        if not isinstance(record.get(field), str) or not record[field].strip():
            raise ShelfDamaged(f"{where}: {field} is {record.get(field)!r}; it must be a text.")
    if record.get("year") not in _YEARS:
        raise ShelfDamaged(f"{where}: year is {record.get('year')!r}; it must be a year in print.")
    texts = {field: record[field] for field in _TEXTS}
    return Source(name, year=record["year"], edition=record.get("edition", ""), **texts)


def _part(source: Source, short: str, part: object, path: Path) -> Source:
    if not isinstance(part, str) or not part.strip():
        raise ShelfDamaged(f"{path.name}, source {source.id!r}: part {short!r} has no title.")
    return Source(
        f"{source.id}/{short}",
        source.authors,
        source.title,
        source.publisher,
        source.year,
        source.edition,
        part,
    )

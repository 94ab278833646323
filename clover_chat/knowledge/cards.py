"""Knowledge cards: what a finding looks like, in our own words and with the texts behind it.

A file of cards is TOML, one table a label:

    article          what goes before the label: "a", "an", "a field of", or ""
    nature           "malignant", "benign", or "" where the pair makes no sense or would mislead
    is_differential  whether it is named as what else something could be; healthy tissue is not
    organ            organ or specimen it is usually from
    specimen         the sample as a noun phrase ("lung tissue", "a peripheral blood smear")
    stains           stains the description holds for
    power            at which power it is read
    seen             sentences that are true of a typical picture, each understood on its own
    may_show         sentences on what only some pictures show
    not_seen         sentences on what is not there
    sure             how sure one can be, and what a picture cannot tell
    synonyms, abbreviations
    overlaps         other labels that may be true of the same picture: never denied of it
    references       keys of references.toml
    tells_apart      a sentence a neighboring label: what the neighbor looks like
    questions        typical questions with answers that need no picture
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from clover_chat.errors import CloverError

_FOLDER = Path(__file__).with_name("cards")
_REFERENCES = Path(__file__).with_name("references.toml")
_SENTENCES = frozenset({"stains", "seen", "may_show", "not_seen", "synonyms", "abbreviations"})
_LISTS = _SENTENCES | {"overlaps", "references", "questions"}
_KINDS: dict[str, type] = {"tells_apart": dict, "is_differential": bool}
NATURES = ("malignant", "benign", "")


class CardError(CloverError):
    """A knowledge card is missing or cannot be used."""


@dataclass(frozen=True)
class Reference:
    """A standard text."""

    author: str
    title: str
    edition: str
    publisher: str
    year: int

    def __str__(self) -> str:
        return f"{self.author}: {self.title}, {self.edition}, {self.publisher}, {self.year}"


@dataclass(frozen=True)
class Question:
    """A typical question about a finding, answered from general knowledge."""

    question: str
    answer: str


@dataclass(frozen=True)
class Card:
    """What is known of one label; the fields are explained at the top of this module."""

    key: str
    article: str
    nature: str
    is_differential: bool
    organ: str
    specimen: str
    stains: tuple[str, ...]
    power: str
    seen: tuple[str, ...]
    may_show: tuple[str, ...]
    not_seen: tuple[str, ...]
    sure: str
    synonyms: tuple[str, ...]
    abbreviations: tuple[str, ...]
    overlaps: frozenset[str]
    references: tuple[Reference, ...]
    tells_apart: Mapping[str, str]
    questions: tuple[Question, ...]
    sha256: str = field(repr=False)

    @property
    def phrase(self) -> str:
        """The label with its article."""
        return f"{self.article} {self.key}".strip()


def card(key: str) -> Card:
    """Return the card of one label.

    Raises:
        CardError: There is none.
    """
    try:
        return cards()[key]
    except KeyError:
        raise CardError(
            f"Label {key!r} has no knowledge card; add one to a TOML file in {_FOLDER}."
        ) from None


@cache
def cards() -> Mapping[str, Card]:
    """Return every card that comes with the program, by label."""
    return read_cards(_FOLDER)


@cache
def references() -> Mapping[str, Reference]:
    """Return the standard texts by the short names that cards use."""
    tables = tomllib.loads(_REFERENCES.read_text(encoding="utf-8"))
    return {name: Reference(**table) for name, table in tables.items()}


def read_cards(folder: Path) -> dict[str, Card]:
    """Return the cards of every TOML file in a folder.

    Raises:
        CardError: A file or card cannot be used, or a label has two; the message names file, card
            and field.
    """
    found: dict[str, Card] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, table in _tables(path).items():
            if key in found:
                raise CardError(f"{path}: label {key!r} has a second card; keep one of them.")
            found[key] = _card(path, key, table)
    if not found:
        raise CardError(f"No cards in {folder}; it should hold TOML files.")
    _check_neighbors(folder, found)
    return found


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CardError(f"{path} is no TOML file that can be read: {error}.") from error


def _card(path: Path, key: str, table: Any) -> Card:
    where = f"{path}, card {key!r}"
    if not isinstance(table, dict):
        raise CardError(f"{where}: expected a table of fields, found {table!r}.")
    _check_fields(where, table)
    values: dict[str, Any] = {
        name: tuple(table[name]) if name in _SENTENCES else table[name] for name in table
    }
    values["overlaps"] = frozenset(table["overlaps"])
    values["references"] = tuple(_reference(where, name) for name in table["references"])
    try:
        values["questions"] = tuple(Question(**item) for item in table["questions"])
    except TypeError as error:
        raise CardError(f"{where}: each of `questions` holds question and answer.") from error
    text = json.dumps({key: table}, sort_keys=True)
    return Card(key=key, sha256=hashlib.sha256(text.encode()).hexdigest(), **values)


def _check_fields(where: str, table: dict[str, Any]) -> None:
    expected = {each.name for each in fields(Card)} - {"key", "sha256"}
    if missing := sorted(expected - set(table)):
        raise CardError(f"{where}: missing {', '.join(missing)}.")
    if unknown := sorted(set(table) - expected):
        raise CardError(f"{where}: unknown {', '.join(unknown)}; is a name misspelt?")
    if table["nature"] not in NATURES:
        raise CardError(f"{where}: nature is {table['nature']!r}, expected one of {NATURES}.")
    for name, value in table.items():
        wanted = _KINDS.get(name, list if name in _LISTS else str)
        if not isinstance(value, wanted):
            raise CardError(f"{where}: {name} should be a {wanted.__name__}, found {value!r}.")
    if not table["seen"]:
        raise CardError(f"{where}: seen is empty; say what a picture of it shows.")


def _reference(where: str, name: str) -> Reference:
    try:
        return references()[name]
    except KeyError:
        raise CardError(
            f"{where}: reference {name!r} is unknown; {_REFERENCES.name} has: "
            f"{', '.join(sorted(references()))}."
        ) from None


def _check_neighbors(folder: Path, found: Mapping[str, Card]) -> None:
    for known in found.values():
        for other in (*known.tells_apart, *known.overlaps):
            if other not in found:
                raise CardError(
                    f"{folder}, card {known.key!r}: neighbor {other!r} has no card of its own."
                )


def overlap(one: str, other: str) -> bool:
    """Tell whether two labels may both be true of one picture."""
    return one == other or other in card(one).overlaps or one in card(other).overlaps

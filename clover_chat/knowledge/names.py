"""What an answer may claim of a picture: organs, stains, diagnoses, benign or malignant.

A claim may be true of several names of a reading: sets differ about what they call the same stain,
and labels overlap. Its probability is what the reading gives to all of them together.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from clover_chat.knowledge.cards import Card, cards, overlap
from clover_chat.types import Finding, Reading

_FILE = Path(__file__).with_name("names.toml")
_ABBREVIATION = re.compile(r"[A-Z][A-Za-z-]*[A-Z]")
_SHORTEST_ABBREVIATION = 4
"""Shorter ones stand for too many things: "PC" and "MC" are words elsewhere."""


class Aspect(StrEnum):
    """What a claim is about."""

    ORGAN = "organ"
    STAIN = "stain"
    LABEL = "label"
    NATURE = "nature"


@dataclass(frozen=True)
class KnownName:
    """Something that can be claimed of a picture.

    Attributes:
        aspect: What it is about.
        title: What to call it.
        true_of: Names of a reading of which it is true; of labels for a nature.
        spellings: How it may be written, longest first.
        parts: Words that claim it before a word for a specimen, such as "colonic".
        claimed_by_any_mention: Spellings that claim it wherever they stand. The others are of
            cells and tissues that other pictures hold as well, or too general, so that only
            "this is ..." claims it.
    """

    aspect: Aspect
    title: str
    true_of: frozenset[str]
    spellings: tuple[str, ...]
    parts: tuple[str, ...] = ()
    claimed_by_any_mention: frozenset[str] = frozenset()

    def probability(self, reading: Reading) -> float:
        """Return how likely a reading holds it to be true."""
        aspect = Aspect.LABEL if self.aspect is Aspect.NATURE else self.aspect
        findings: Sequence[Finding] = getattr(reading, aspect)
        return sum(each.probability for each in findings if each.name in self.true_of)


@dataclass(frozen=True)
class KnownNames:
    """All of them."""

    names: tuple[KnownName, ...]
    by_spelling: Mapping[str, tuple[KnownName, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, list[KnownName]] = {}
        for name in self.names:
            for spelling in name.spellings:
                found.setdefault(spelling.casefold(), []).append(name)
        object.__setattr__(self, "by_spelling", {key: tuple(each) for key, each in found.items()})

    def of(self, aspect: Aspect) -> list[KnownName]:
        """Return those of one aspect."""
        return [name for name in self.names if name.aspect is aspect]


@cache
def known_names() -> KnownNames:
    """Return what the cards and `names.toml` know; it is read once."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    labels = tuple(cards().values())
    return KnownNames(
        (
            *(_listed(Aspect.ORGAN, table) for table in tables["organ"]),
            *(_listed(Aspect.STAIN, table) for table in tables["stain"]),
            *(_label(each, labels) for each in labels),
            *(_family(table, labels) for table in tables["family"]),
            _nature("malignant", ("malignant", "cancer", "malignancy", "carcinoma"), labels),
            _nature("benign", ("benign", "not malignant", "no malignancy"), labels),
        )
    )


def as_certain(label: str, organ: str, stain: str) -> Reading:
    """Return the reading of somebody who knows what is true of a picture."""
    return Reading((Finding(organ, 1.0),), (Finding(stain, 1.0),), (Finding(label, 1.0),))


def _listed(aspect: Aspect, table: Mapping[str, Any]) -> KnownName:
    names = table.get("names", [])
    spellings = _longest_first([*names, *table["spellings"]])
    title = (names or table["spellings"])[0]
    return KnownName(aspect, title, frozenset(names), spellings, tuple(table.get("parts", ())))


def _label(known: Card, labels: Iterable[Card]) -> KnownName:
    true_of = frozenset(other.key for other in labels if overlap(known.key, other.key))
    spellings = _longest_first((*_keys(known), *_abbreviations(known), *known.synonyms))
    sure = () if _is_constituent(known) else (*_keys(known), *_abbreviations(known))
    return KnownName(
        Aspect.LABEL,
        known.key,
        true_of,
        spellings,
        claimed_by_any_mention=frozenset(each.casefold() for each in sure),
    )


def _keys(known: Card) -> Iterator[str]:
    yield known.key
    without = re.sub(r" *\([^)]*\)", "", known.key).strip()
    if len(without.split()) > 1:
        yield without


def _abbreviations(known: Card) -> Iterator[str]:
    for each in (*known.abbreviations, *_ABBREVIATION.findall(known.key)):
        if len(each) >= _SHORTEST_ABBREVIATION and each.isupper():
            yield each


def _is_constituent(known: Card) -> bool:
    """Tell whether pictures with another label may well show it."""
    return not known.nature and known.organ in ("blood", "peripheral blood", "colon/rectum")


def _family(table: Mapping[str, Any], labels: Iterable[Card]) -> KnownName:
    true_of = frozenset(each.key for each in labels if table["within"] in each.key)
    spellings = _longest_first(table["spellings"])
    sure = frozenset(each.casefold() for each in spellings)
    return KnownName(Aspect.LABEL, table["within"], true_of, spellings, claimed_by_any_mention=sure)


def _nature(nature: str, spellings: Sequence[str], labels: Iterable[Card]) -> KnownName:
    """Return a nature; of labels without one, such as a blood cell, neither is held false."""
    true_of = frozenset(each.key for each in labels if each.nature in (nature, ""))
    return KnownName(Aspect.NATURE, nature, true_of, _longest_first(spellings))


def _longest_first(spellings: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(spellings), key=lambda each: (-len(each), each)))

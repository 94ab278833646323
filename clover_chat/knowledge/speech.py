"""How people ask: which words of a question carry its content, and which mean the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clover_chat.knowledge.sources import ShelfDamaged, read_toml
from clover_chat.knowledge.words import stem, stems

_FILE = Path(__file__).with_name("speech.toml")


@dataclass(frozen=True)
class Speech:
    """What is known of the language of questions, in stems.

    Attributes:
        fillers: Words without content.
        asking: Words that ask for looks, use or reasons, which every passage is about.
        same: Words that are taken for another.
        wanted: Words that ask for certain kinds of entry.
        foreign: Words with which nobody asks for certain kinds.
    """

    fillers: frozenset[str]
    asking: frozenset[str]
    same: Mapping[str, str]
    wanted: Mapping[str, frozenset[str]]
    foreign: Mapping[str, frozenset[str]]

    def meaning(self, stem: str) -> str:
        """Return the stem that stands for this one and everything that means the same."""
        return self.same.get(stem, stem)


@cache
def speech() -> Speech:
    """Return what comes with the program.

    Raises:
        ShelfDamaged: The file lacks one of its lists.
    """
    lists = read_toml(_FILE)
    for name in ("fillers", "asking", "same", "wanted", "foreign"):
        if not isinstance(lists.get(name), str):
            raise ShelfDamaged(f"{_FILE} must hold {name} as a text of words.")
    same = _same(lists["same"])
    return Speech(
        fillers=frozenset(stems(lists["fillers"])),
        asking=frozenset(stems(lists["asking"])),
        same=same,
        wanted=_kinds(lists["wanted"], same),
        foreign=_kinds(lists["foreign"], same),
    )


def _same(lines: str) -> dict[str, str]:
    same: dict[str, str] = {}
    for line in filter(None, map(str.split, lines.splitlines())):
        for word in line[1:]:
            for found in stems(word):
                same[found] = stem(stems(line[0])[0])
    return same


def _kinds(lines: str, same: Mapping[str, str]) -> dict[str, frozenset[str]]:
    kinds: dict[str, frozenset[str]] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        named, _, asking = line.partition(":")
        for found in stems(asking):
            kinds[same.get(found, found)] = frozenset(map(str.strip, named.split(",")))
    return kinds

"""Composes questions from patterns, so that the classifier learns from more than anybody writes.

A file of patterns is TOML:

    [slots]
    here = "..."                        # a wording a line

    [[group]]
    kind = "picture"                    # one of `Kind`
    topic = ""                          # what of it, for the kinds that have topics
    situations = ["new", "earlier+!"]   # where the picture comes from, as in questions.py;
                                        # "+" something was asked before, "!" of this kind only so
    lines = "..."                       # a pattern a line

In a pattern "(one|other)" is a choice, which may be empty, and "{here}" stands for a line of a
slot, or for a name on the reference shelf: {diagnosis}, {marker}, {stain} and so on, by the kinds
of entries. What is composed is varied as people vary: small letters, a question mark or none, a
slip of the keyboard, a word before or after. The same file always gives the same questions.
"""

import random
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.knowledge.entries import KINDS, Entry
from clover_chat.knowledge.kinds.features import Context
from clover_chat.knowledge.kinds.questions import PICTURES, Labelled
from clover_chat.knowledge.questions import TUNING, QuestionsDamaged
from clover_chat.types import Kind

EACH = 5000
"""Questions that are composed of every kind."""

_SEED = 7
_ROUNDS = 200  # after which a kind with few wordings is left with fewer questions
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{([^{}]*)\}")
_BEFORE = (
    *("please,", "sorry,", "hi,", "hello,", "ok,", "so", "dear colleague,", "just curious:"),
    *("quick one:", "question:", "well,", "thanks,", "good morning,", "one more thing:", "now"),
    *("excuse me,", "hm,", "may I ask,", "and", "actually,", "I was wondering,", "also,"),
)
_AFTER = (" please", " pls", ", thanks", " thank you", "!", "...", " ??", ", thanks in advance")


@dataclass(frozen=True)
class Pattern:
    """A pattern with what its questions are.

    Attributes:
        situations: Those its questions are asked in, each with whether they are bound to it.
    """

    text: str
    kind: Kind
    topic: str
    situations: tuple[tuple[Context, bool], ...]


class Composer:
    """Makes questions of patterns.

    Args:
        slots: The wordings that each slot stands for.
    """

    def __init__(self, slots: Mapping[str, Sequence[str]]) -> None:
        self._slots = slots
        self._random = random.Random(_SEED)  # noqa: S311 - chooses words, guards nothing

    def questions(self, patterns: Sequence[Pattern], count: int) -> list[Labelled]:
        """Return so many different questions, all patterns in turn, or fewer if that is all."""
        made: dict[str, Labelled] = {}
        for pattern in (pattern for _ in range(_ROUNDS) for pattern in patterns):
            if len(made) == count:
                break
            text = self._varied(self._wording(pattern.text))
            context, is_bound = self._random.choice(pattern.situations)
            asked = Labelled(text, pattern.kind, pattern.topic, context, is_bound, TUNING)
            made.setdefault(text, asked)
        return list(made.values())

    def _wording(self, text: str) -> str:
        text = _CHOICE.sub(lambda found: self._random.choice(found[1].split("|")), text)
        text = _SLOT.sub(lambda found: self._random.choice(self._slots[found[1]]), text)
        return " ".join(text.split())

    def _varied(self, text: str) -> str:
        chance = self._random.random
        if chance() < 0.12:
            text = f"{self._random.choice(_BEFORE)} {text}"
        if chance() < 0.12:
            text = self._slip(text)
        if chance() < 0.4:
            text = text.lower()
        elif chance() < 0.8:
            text = text[:1].upper() + text[1:]
        if chance() < 0.4:
            return text.rstrip(" ?") + "?"
        return text + self._random.choice(_AFTER) if chance() < 0.12 else text

    def _slip(self, text: str) -> str:
        """Leave out, double or exchange a letter."""
        at = self._random.randrange(len(text))
        one, two = text[at], text[at + 1 : at + 2]
        return text[:at] + self._random.choice(("", one + one, two + one)) + text[at + 1 :]


def compose(path: Path, entries: Iterable[Entry], count: int = EACH) -> tuple[Labelled, ...]:
    """Return the questions that a file of patterns gives.

    Args:
        path: The file.
        entries: The reference shelf, whose names fill slots.
        count: How many are composed of every kind.

    Raises:
        QuestionsDamaged: The file cannot be read.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        slots = {name: _lines(text) for name, text in document["slots"].items()}
        patterns = [one for group in document["group"] for one in _patterns(group)]
        composer = Composer(slots | _shelf_slots(entries))
        of_kind = ([one for one in patterns if one.kind is kind] for kind in Kind)
        return tuple(asked for some in of_kind for asked in composer.questions(some, count))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise QuestionsDamaged(f"{path} holds no patterns: {error}.") from error


def _patterns(group: Mapping[str, Any]) -> Iterator[Pattern]:
    situations = tuple(map(_situation, group["situations"]))
    for line in _lines(group["lines"]):
        yield Pattern(line, Kind(group["kind"]), group.get("topic", ""), situations)


def _situation(name: str) -> tuple[Context, bool]:
    picture = name.rstrip("+!")
    return Context(*PICTURES[picture], has_earlier="+" in name), "!" in name


def _shelf_slots(entries: Iterable[Entry]) -> dict[str, list[str]]:
    slots: dict[str, list[str]] = {kind.removesuffix(" tissue"): [] for kind in KINDS}
    for entry in entries:
        slots[entry.kind.removesuffix(" tissue")] += [_within(name) for name in entry.names]
    return slots


def _within(name: str) -> str:
    """Return a name as it stands within a sentence."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _lines(text: str) -> list[str]:
    return text.strip().split("\n")

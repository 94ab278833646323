"""Reading answers strictly: what was named, and was it that and nothing else."""

import re
from collections.abc import Collection


def normalise(text: str) -> str:
    """Return text in lower case, words only, single spaces."""
    return " ".join(re.findall(r"[a-z0-9&]+", text.lower()))


def named(answer: str, names: Collection[str]) -> set[str]:
    """Return the names an answer says; one inside a longer one does not count."""
    said: set[str] = set()
    rest = f" {normalise(answer)} "
    for name in sorted(names, key=lambda each: len(normalise(each)), reverse=True):
        wanted = f" {normalise(name)} "
        if wanted in rest:
            said.add(name)
            rest = rest.replace(wanted, " | ")
    return said


def names_only(answer: str, truth: str, names: Collection[str]) -> bool:
    """Tell whether an answer names the truth and none of the other names."""
    return named(answer, names) == {truth}


def verdict(answer: str) -> str:
    """Return "yes" or "no" if that is the answer's first word, otherwise ""."""
    first = normalise(answer).split(" ")[0]
    return first if first in ("yes", "no") else ""

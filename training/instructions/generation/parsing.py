"""Reading the pairs out of what a language model wrote, which is not always what it was asked."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_OBJECT = re.compile(r"\{[^{}]*\}")
_LINES = re.compile(
    r"^\W*(?:\d+\W+)?(?:Q|Question)\b[^:\n]*:\s*(?P<question>.+?)\s*$\s*"
    r"^\W*(?:\d+\W+)?(?:A|Answer)\b[^:\n]*:\s*(?P<answer>.+?)\s*(?=^\W*(?:\d+\W+)?(?:Q|Question)\b|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Pair:
    """A question and its answer, as they were written."""

    question: str
    answer: str


def parse_pairs(text: str) -> list[Pair]:
    """Return the pairs in a text: a JSON list, what is left of one, or lines with Q and A.

    An empty list means that nothing can be read out of it.
    """
    return _from_list(text) or _from_objects(text) or _from_lines(text)


def _from_list(text: str) -> list[Pair]:
    begin, end = text.find("["), text.rfind("]")
    if begin < 0 or end < begin:
        return []
    try:
        found = json.loads(text[begin : end + 1])
    except (ValueError, RecursionError):
        return []
    return _pairs(found)


def _from_objects(text: str) -> list[Pair]:
    """Return the whole objects of a list that was cut off or spoilt somewhere."""
    found = []
    for match in _OBJECT.finditer(text):
        try:
            found.append(json.loads(match[0]))
        except ValueError:
            continue
    return _pairs(found)


def _from_lines(text: str) -> list[Pair]:
    return [
        Pair(_one_line(match["question"]), _one_line(match["answer"]))
        for match in _LINES.finditer(text)
    ]


def _pairs(found: Iterable[Any]) -> list[Pair]:
    return [
        Pair(_one_line(item["question"]), _one_line(item["answer"]))
        for item in found
        if isinstance(item, dict)
        and isinstance(item.get("question"), str)
        and isinstance(item.get("answer"), str)
    ]


def _one_line(text: str) -> str:
    return " ".join(text.replace("**", "").split())

"""Questions with known answers, by which the search is tuned and judged.

A file of them is JSONL, one question a line:

    question   what somebody might ask
    entries    ids of the entries that may be quoted as its answer, null where none answers it
    group      what sort of question it is
    part       "tuning": weights and threshold are learned from it; "held back": only measured
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.errors import CloverError

TUNING = "tuning"
HELD_BACK = "held back"
_FIELDS = {"question", "entries", "group", "part"}


class QuestionsDamaged(CloverError):
    """A file of questions with known answers cannot be used."""


@dataclass(frozen=True)
class Graded:
    """A question with its known answer.

    Attributes:
        question: The question.
        right: Ids of the entries that answer it, empty where it should be declined.
        group: What sort of question it is.
        part: TUNING or HELD_BACK.
    """

    question: str
    right: frozenset[str]
    group: str
    part: str


def read_questions(path: Path) -> tuple[Graded, ...]:
    """Read a file of questions.

    Raises:
        QuestionsDamaged: It cannot be read; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsDamaged(f"{path} cannot be read: {error}.") from error
    return tuple(
        _graded(line, f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )


def _graded(line: str, where: str) -> Graded:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise QuestionsDamaged(f"{where} is no JSON: {error}.") from error
    _check(record, where)
    right = frozenset(record["entries"] or ())
    return Graded(record["question"], right, record["group"], record["part"])


def _check(record: Mapping[str, Any], where: str) -> None:
    if not isinstance(record, dict) or set(record) != _FIELDS:
        raise QuestionsDamaged(f"{where} must be an object with {', '.join(sorted(_FIELDS))}.")
    if record["part"] not in (TUNING, HELD_BACK):
        raise QuestionsDamaged(
            f"{where}: part is {record['part']!r}, not {TUNING!r} or {HELD_BACK!r}."
        )
    if record["entries"] is not None and not record["entries"]:
        raise QuestionsDamaged(f"{where}: entries is empty; write null where none is right.")

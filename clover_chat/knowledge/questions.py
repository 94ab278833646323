"""Questions with known answers, by which the search is tuned and judged.

A file of them is JSONL, one question a line:

    question   what somebody might ask
    entries    ids of the entries that may be quoted as its answer, null where none answers it
    group      what sort of question it is
    part       "tuning": weights and threshold are learned from it; "held back": only measured
"""

import json
from collections.abc import Iterator, Mapping, Set
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
    return tuple(_graded(record, where) for record, where in read_records(path, _FIELDS))


def read_records(path: Path, fields: Set[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the records of a file of questions, each with a name for its line.

    Args:
        path: JSONL; empty lines are passed over.
        fields: What every record has, among them "part".

    Raises:
        QuestionsDamaged: It cannot be read; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsDamaged(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{path}, line {number}"
            yield _record(line, fields, where), where


def _record(line: str, fields: Set[str], where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise QuestionsDamaged(f"{where} is no JSON: {error}.") from error
    if not isinstance(record, dict) or set(record) != fields:
        raise QuestionsDamaged(f"{where} must be an object with {', '.join(sorted(fields))}.")
    if record["part"] not in (TUNING, HELD_BACK):
        raise QuestionsDamaged(
            f"{where}: part is {record['part']!r}, not {TUNING!r} or {HELD_BACK!r}."
        )
    return record


def _graded(record: Mapping[str, Any], where: str) -> Graded:
    if record["entries"] is not None and not record["entries"]:
        raise QuestionsDamaged(f"{where}: entries is empty; write null where none is right.")
    right = frozenset(record["entries"] or ())
    return Graded(record["question"], right, record["group"], record["part"])

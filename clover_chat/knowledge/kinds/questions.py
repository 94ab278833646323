"""Questions of known kind, by which the classifier is tuned and judged.

A file of them is JSONL, one question a line:

    question     what somebody might ask
    kind         one of `Kind`
    topic        what of it, for the kinds whose answers differ by topic; else empty
    picture      "new": it brings a picture; "earlier": one was shown before; "none"
    has_earlier  whether something was asked before
    is_bound     whether it is of this kind in this situation only
    part         "tuning": learned from; "held back": only measured
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.knowledge.kinds.features import Context
from clover_chat.knowledge.questions import Graded, QuestionsDamaged, read_records
from clover_chat.types import Kind

PICTURES = {
    "new": (True, True),
    "earlier": (True, False),
    "none": (False, False),
}
_FIELDS = {"question", "kind", "topic", "picture", "has_earlier", "is_bound", "part"}


@dataclass(frozen=True)
class Labelled:
    """A question with its known kind.

    Attributes:
        context: The situation it is asked in.
        is_bound: Whether it is of this kind in this situation only.
        part: TUNING or HELD_BACK.
    """

    question: str
    kind: Kind
    topic: str
    context: Context
    is_bound: bool
    part: str


def read_labelled(path: Path) -> tuple[Labelled, ...]:
    """Read a file of questions.

    Raises:
        QuestionsDamaged: It cannot be read; the message names file and line.
    """
    return tuple(_labelled(record, where) for record, where in read_records(path, _FIELDS))


def as_general(graded: Iterable[Graded]) -> tuple[Labelled, ...]:
    """Return questions to the shelf as general ones; those out of scope are left out."""
    return tuple(
        Labelled(each.question, Kind.GENERAL, "", Context(), False, each.part)
        for each in graded
        if each.group != "out of scope"
    )


def _labelled(record: Mapping[str, Any], where: str) -> Labelled:
    try:
        return Labelled(
            str(record["question"]),
            Kind(record["kind"]),
            str(record["topic"]),
            Context(*PICTURES[record["picture"]], has_earlier=bool(record["has_earlier"])),
            bool(record["is_bound"]),
            record["part"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise QuestionsDamaged(f"{where} is no question of known kind: {error}.") from error

"""The answers a bridge was trained for, and the labels of the pictures each is true of."""

from collections.abc import Iterable, Mapping

from clover_chat.types import SEVERAL
from training.instructions.records import Record, RecordTurn


def forms_with(
    known: Mapping[str, tuple[str, ...]], records: Iterable[Record]
) -> dict[str, tuple[str, ...]]:
    """Return answers with the labels they hang on, those of records added to known ones.

    An answer about a picture without a label hangs on none; one about several pictures at once is
    marked as such in place of a label.

    Args:
        known: Answers of an earlier training.
        records: What a bridge was trained on now.
    """
    found = {answer: set(labels) for answer, labels in known.items()}
    free = {answer for answer, labels in known.items() if not labels}
    for record in records:
        for turn in record.turns:
            labels = found.setdefault(turn.answer, set())
            if label := _label(record, turn):
                labels.add(label)
            else:
                free.add(turn.answer)
    return {
        answer: () if answer in free else tuple(sorted(labels))
        for answer, labels in sorted(found.items())
    }


def _label(record: Record, turn: RecordTurn) -> str:
    return SEVERAL if len(turn.images) > 1 else record.label

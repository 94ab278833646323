"""The answers a bridge was trained for, and the labels of the pictures each is true of."""

from collections.abc import Iterable, Mapping

from clover_chat.types import OTHERS, SEVERAL
from training.instructions.dialogues import OF_OTHERS
from training.instructions.records import Record, RecordTurn


def forms_with(
    known: Mapping[str, tuple[str, ...]], records: Iterable[Record]
) -> dict[str, tuple[str, ...]]:
    """Return answers with the labels they hang on, those of records added to known ones.

    An answer about a picture without a label hangs on none; one about several pictures at once is
    marked as such in place of a label, and one that was only given about neighbors is marked so
    beside its labels.

    Args:
        known: Answers of an earlier training.
        records: What a bridge was trained on now.
    """
    found = {answer: set(labels) for answer, labels in known.items()}
    free = {answer for answer, labels in known.items() if not set(labels) - {OTHERS}}
    plain = {answer for answer, labels in known.items() if OTHERS not in labels}
    for record in records:
        for turn in record.turns:
            labels = found.setdefault(turn.answer, set())
            if label := _label(record, turn):
                labels.add(label)
            else:
                free.add(turn.answer)
            if turn.kind not in OF_OTHERS:
                plain.add(turn.answer)
    return {
        answer: tuple(sorted(_marked(labels, answer in free, answer in plain)))
        for answer, labels in sorted(found.items())
    }


def _marked(labels: set[str], is_free: bool, is_plain: bool) -> set[str]:
    return (set() if is_free else labels - {OTHERS}) | (set() if is_plain else {OTHERS})


def _label(record: Record, turn: RecordTurn) -> str:
    return SEVERAL if len(turn.images) > 1 else record.label

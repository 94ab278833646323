"""What a bridge's reading alone says to questions for yes or no, as predictions.

In the app yes and no follow the reading, too: of the answers that a bridge has learnt, only those
that begin so may be chosen.
"""

from collections.abc import Iterable, Mapping, Sequence

from clover_chat.knowledge.guiding import guide
from clover_chat.types import Reading, Verdict
from training.evaluation.asking import as_predictions, image_name, image_of
from training.evaluation.predictions import Prediction
from training.instructions.records import Record, as_row, digest

YES_NO = "yes_no_label"
"""The kind of question that is asked."""

_WORDS = {Verdict.YES: "Yes.", Verdict.NO: "No."}


def verdicts(
    records: Sequence[Record], readings: Mapping[str, Reading], bridge: str
) -> list[Prediction]:
    """Return yes or no to every such question, with how sure that is.

    Args:
        records: Questions about one picture each.
        readings: By the name of the picture.
        bridge: SHA-256 of the bridge whose readings they are.
    """
    asked = digest([as_row(record) for record in records])
    return [
        prediction
        for record in records
        for prediction in _of(record, readings[image_name(image_of(record))], bridge, asked)
    ]


def _of(record: Record, reading: Reading, bridge: str, asked: str) -> Iterable[Prediction]:
    said = [_WORDS.get(guide(turn.question, [reading]).verdict, "") for turn in record.turns]
    found = as_predictions(record, said, bridge=bridge, instructions=asked, readings=[reading])
    return (each for each in found if each.kind == YES_NO)

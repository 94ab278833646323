"""A folder of pictures with a CSV table: the simplest way to bring one's own data.

Columns: `image` (path below the folder) and either `caption` or `question` and `answer`; and where
known `kind`, `label`, `organ`, `stain`, `split` (train, val, test) and `group` (slide or patient).
"""

from pathlib import Path

from clover_chat.errors import TrainingError
from training.instructions.problems import Accepted
from training.instructions.readers.collecting import (
    About,
    Collector,
    Publication,
    open_or_closed,
)
from training.instructions.readers.files import csv_rows
from training.instructions.records import Record, RecordTurn
from training.instructions.templates import QUESTIONS

_ABOUT = ("label", "organ", "stain", "split", "group")


def read_folder(path: Path, publication: Publication) -> Accepted[Record]:
    """Return a record for each row of a table.

    Raises:
        TrainingError: The file cannot be read, lacks columns, or has problems that are to be
            refused.
    """
    collector = Collector(publication, path)
    for line, row in csv_rows(path, ("image",), collector.problems):
        if "caption" not in row and not {"question", "answer"} <= set(row):
            raise TrainingError(
                f"{path} needs a column caption, or columns question and answer; it has: "
                f"{', '.join(row)}."
            )
        name = row["image"].strip()
        known = {key: row.get(key, "").strip() for key in _ABOUT}
        collector.take(line, [name] if name else [], [_turn(row)], About(**known))
    return collector.settle()


def _turn(row: dict[str, str]) -> RecordTurn:
    kind = row.get("kind", "").strip()
    if "caption" in row and not row.get("question"):
        return RecordTurn(kind or "caption", QUESTIONS["describe"][0], row["caption"].strip())
    answer = row["answer"].strip()
    return RecordTurn(kind or open_or_closed(answer), row["question"].strip(), answer)

"""Reading files of records: what can be used, and what is wrong with the rest."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clover_chat.errors import TrainingError
from training.instructions.leaks import leak, strictest_splits
from training.instructions.pictures import MOST_MEGAPIXELS, Gallery
from training.instructions.problems import Accepted, OnProblem, Problems
from training.instructions.records import Record, Row, from_row
from training.instructions.schema import complaints, record_schema


@dataclass(frozen=True)
class _Placed:
    """A record with the line it stands in."""

    record: Record
    path: Path
    line: int


def read_records(
    paths: Sequence[Path],
    roots: Sequence[Path] = (),
    on_problem: OnProblem = OnProblem.SKIP,
    checks_images: bool = True,
    most_megapixels: float = MOST_MEGAPIXELS,
) -> Accepted[Record]:
    """Return the records of files that can be used, and what is wrong with the other lines.

    Args:
        paths: Files of records; a group may not be in two splits over all of them.
        roots: Folders the pictures' paths start from; the folder of each file is tried last.
        on_problem: Leave out what cannot be used, or refuse all of it.
        checks_images: Look at every picture: is it there, unchanged, and of a size to be read?
        most_megapixels: The largest picture that is taken.

    Raises:
        TrainingError: A file is missing, or there are problems and they are to be refused.
    """
    problems = Problems(on_problem)
    placed: list[_Placed] = []
    for path in paths:
        gallery = Gallery((*roots, path.parent), most_megapixels) if checks_images else None
        placed += _read(path, gallery, problems)
    belongs = strictest_splits((item.record.split, item.record.images) for item in placed)
    kept: list[Record] = []
    for item in placed:
        if reason := leak(item.record.split, item.record.images, belongs):
            problems.add(item.path, item.line, "leaking split", reason)
        else:
            kept.append(item.record)
    return problems.settle(kept)


def _read(path: Path, gallery: Gallery | None, problems: Problems) -> Iterator[_Placed]:
    for number, row in json_lines(path, problems):
        kind, detail = complaint(row)
        if kind:
            problems.add(path, number, kind, detail)
            continue
        record = from_row(row)
        wrong = next(filter(None, map(gallery.complaint, record.images)), None) if gallery else None
        if wrong:
            problems.add(path, number, wrong.kind, wrong.detail)
        else:
            yield _Placed(record, path, number)


def json_lines(path: Path, problems: Problems) -> Iterator[tuple[int, Row]]:
    """Yield (line number, value) of a file of JSON lines; broken ones are noted.

    Raises:
        TrainingError: The file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.add(path, number, "broken JSON", str(error))


def complaint(row: Row) -> tuple[str, str]:
    """Return kind and detail of what is wrong with a line, or two empty texts."""
    wrong = list(complaints(row, record_schema()))
    if wrong:
        return _kind(wrong[0]), "; ".join(wrong)
    for number, turn in enumerate(row["turns"]):
        beyond = [each for each in turn.get("images", ()) if each >= len(row["images"])]
        if beyond:
            count = len(row["images"])
            return "wrong form", f"turns[{number}].images names {beyond[0]}, there are {count}"
    return "", ""


def _kind(told: str) -> str:
    for name in ("answer", "question"):
        if told.endswith(f".{name} is empty"):
            return f"empty {name}"
    return "wrong form"

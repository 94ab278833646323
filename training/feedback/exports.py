"""Reading exports of feedback: a manifest, rows by split, pictures by content hash.

Every file of rows and every picture that is used is held against the manifest, so that a run names
exactly what it has seen.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clover_chat.errors import TrainingError
from training.feedback.judged import Feedback, Lesson, Pair, Single
from training.feedback.rows import Origin, Row, Taught, UnusableRow, taught_by
from training.instructions.intake import json_lines
from training.instructions.pictures import Complaint, Gallery
from training.instructions.problems import OnProblem, Problems
from training.instructions.records import ImageRef
from training.lineage import sha256_of

MANIFEST, LINEAGE, RECORDS = "manifest.json", "lineage.jsonl", "records.jsonl"


def read_exports(
    folders: Sequence[Path], split: str = "train", on_problem: OnProblem = OnProblem.SKIP
) -> Feedback:
    """Return what the exports teach in one split; what cannot be used is told.

    Args:
        folders: Each as `clover-chat feedback export` writes it, in any of its formats.
        split: "train" or "val".
        on_problem: Leave out rows that cannot be used, or refuse everything.

    Raises:
        TrainingError: A folder is no export, a file is not the one its manifest names, or there are
            problems and they are to be refused.
    """
    problems = Problems(on_problem)
    files: dict[str, str] = {}
    taught: list[Taught] = []
    for folder in folders:
        manifest = _manifest(folder)
        for name in (f"{split}.jsonl", RECORDS):
            if name in manifest:
                path = folder / name
                files[f"{folder.resolve().name}/{name}"] = _checked(path, manifest)
                taught += _taught(path, split, problems, manifest)
    return _feedback(problems.settle(taught).items, files)


def read_rows(
    path: Path, split: str | None = None, on_problem: OnProblem = OnProblem.SKIP
) -> Feedback:
    """Return what a single file of rows teaches.

    Args:
        path: Its pictures lie beside it, as in an export.
        split: Rows that say they belong to another one are passed over; None takes all.
        on_problem: Leave out rows that cannot be used, or refuse everything.

    Raises:
        TrainingError: The file cannot be read, or there are problems and they are to be refused.
    """
    problems = Problems(on_problem)
    taught = list(_taught(path, split, problems, {}))
    return _feedback(problems.settle(taught).items, {path.name: sha256_of(path)})


def _feedback(taught: Sequence[Taught], files: Mapping[str, str]) -> Feedback:
    return Feedback(
        tuple(each for each in taught if isinstance(each, Lesson)),
        tuple(each for each in taught if isinstance(each, Pair)),
        tuple(each for each in taught if isinstance(each, Single)),
        files,
    )


def _manifest(folder: Path) -> dict[str, str]:
    """Return the hash of every file of an export by its name."""
    try:
        described = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {name: str(file["sha256"]) for name, file in described["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"{folder} is no export of feedback: its {MANIFEST} is missing or damaged. Name a "
            "folder that clover-chat feedback export wrote."
        ) from error


def _checked(path: Path, manifest: Mapping[str, str]) -> str:
    """Return a file's hash, which is the one the manifest names."""
    found = sha256_of(path) if path.is_file() else "nothing"
    if found != manifest[path.name]:
        raise TrainingError(
            f"{path} is not what the export wrote: expected SHA-256 {manifest[path.name][:12]}, "
            f"found {found[:12]}. Export again."
        )
    return found


def _taught(
    path: Path, split: str | None, problems: Problems, manifest: Mapping[str, str]
) -> Iterator[Taught]:
    gallery = Gallery((path.parent,))

    def refer(name: str) -> ImageRef:
        image = gallery.refer(name, Path(name).stem)
        if isinstance(image, Complaint):
            raise UnusableRow(image.kind, image.detail)
        if manifest.get(name, image.sha256) != image.sha256:
            raise UnusableRow("changed image", f"{name} is not what the export wrote")
        return image

    origins = _origins(path, manifest)
    for number, row in json_lines(path, problems):
        if split is not None and _is_elsewhere(row, split):
            continue
        try:
            yield from taught_by(row, refer, origins.get(number, Origin()))
        except UnusableRow as unusable:
            problems.add(path, number, unusable.kind, str(unusable))


def _is_elsewhere(row: Any, split: str) -> bool:
    return isinstance(row, dict) and row.get("split", split) != split


def _origins(path: Path, manifest: Mapping[str, str]) -> dict[int, Origin]:
    """Return where the rows of a split come from, by line, where the export says it."""
    lineage = path.with_name(LINEAGE)
    if LINEAGE not in manifest or path.name == RECORDS:
        return {}
    _checked(lineage, manifest)
    rows: list[Row] = [json.loads(line) for line in lineage.read_text("utf-8").splitlines()]
    return {
        int(row["line"]) + 1: Origin(
            str(row["group"]),
            bool(row["is_disputed"]),
            str(row.get("person", "")),
            str(row.get("judged_on", "")),
        )
        for row in rows
        if row["split"] == path.stem
    }

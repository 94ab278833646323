"""Quilt-1M and QUILT-VQA in their published forms.

Quilt-1M is a CSV file with `image_path` and `caption` among its columns; QUILT-VQA is a JSON list
of `image`, `question`, `answer` and `answer_type` (OPEN or CLOSED, with `yes_no_answer`).

Ikezogwo et al., "Quilt-1M" (2023); Seyfioglu et al., "Quilt-LLaVA" (2024).
"""

import hashlib
from pathlib import Path
from typing import Any

from training.evaluation.reading import verdict
from training.instructions.problems import Accepted
from training.instructions.readers.collecting import About, Collector, Publication
from training.instructions.readers.files import csv_rows, json_items
from training.instructions.records import Record, RecordTurn
from training.instructions.templates import QUESTIONS


def read_quilt_1m(path: Path, publication: Publication) -> Accepted[Record]:
    """Return a caption record for each row of the table of Quilt-1M.

    Raises:
        TrainingError: The file cannot be read, or has problems that are to be refused.
    """
    collector = Collector(publication, path)
    for line, row in csv_rows(path, ("image_path", "caption"), collector.problems):
        name, caption = row["image_path"].strip(), row["caption"].strip()
        turn = RecordTurn("caption", _describe(name + caption), caption)
        collector.take(line, [name] if name else [], [turn], About(group=_video(name)))
    return collector.settle()


def read_quilt_vqa(path: Path, publication: Publication) -> Accepted[Record]:
    """Return a record for each question of QUILT-VQA.

    Raises:
        TrainingError: The file cannot be read, or has problems that are to be refused.
    """
    collector = Collector(publication, path)
    for line, row in json_items(path, collector.problems):
        try:
            name, turn = str(row["image"]), _turn(row)
        except KeyError as error:
            collector.problems.add(path, line, "wrong form", f"{error} is missing")
            continue
        collector.take(line, [name], [turn], About(group=_video(name)))
    return collector.settle()


def _turn(row: dict[str, Any]) -> RecordTurn:
    """Return the question; the answer to a closed one begins with yes or no."""
    answer = str(row["answer"]).strip()
    if str(row["answer_type"]).upper() != "CLOSED":
        return RecordTurn("open", str(row["question"]), answer)
    said = str(row.get("yes_no_answer") or "").strip().lower()
    if answer and said in ("yes", "no") and verdict(answer) != said:
        answer = f"{said.capitalize()}. {answer}"
    return RecordTurn("yes_no", str(row["question"]), answer)


def _video(name: str) -> str:
    """Return the video a picture was taken from, which its name begins with."""
    return Path(name).stem.split("_image_")[0]


def _describe(text: str) -> str:
    """Return one of the requests for a description, always the same for the same text."""
    number = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
    return QUESTIONS["describe"][number % len(QUESTIONS["describe"])]

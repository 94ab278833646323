"""PathVQA in its published form: questions and answers by picture, the pictures beside them.

    [{"img_id": "val_0000", "sentf": {"pvqa": [question, ...]}, "labelf": {"pvqa": [{answer: 1}]}}]

He et al., "PathVQA: 30000+ Questions for Medical Visual Question Answering" (2020).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.instructions.problems import Accepted
from training.instructions.readers.collecting import (
    About,
    Collector,
    Publication,
    open_or_closed,
)
from training.instructions.readers.files import json_items
from training.instructions.records import Record, RecordTurn


def read_pathvqa(path: Path, publication: Publication) -> Accepted[Record]:
    """Return a record for each question of a PathVQA file.

    Raises:
        TrainingError: The file cannot be read, or has problems that are to be refused.
    """
    collector = Collector(publication, path)
    names = _names_by_stem(publication.images)
    for line, item in json_items(path, collector.problems):
        try:
            image, pairs = str(item["img_id"]), list(pairs_of(item))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            collector.problems.add(path, line, "wrong form", f"{error!r}")
            continue
        for question, answer in pairs:
            turn = RecordTurn(open_or_closed(answer), question, answer)
            collector.take(line, [names.get(image, f"{image}.jpg")], [turn], About(group=image))
    return collector.settle()


def pairs_of(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield question and likeliest answer of everything that is asked about one picture.

    Raises:
        ValueError: There are not as many answers as questions.
    """
    for name, questions in item["sentf"].items():
        for question, scores in zip(questions, item["labelf"][name], strict=True):
            yield str(question), str(max(scores, key=scores.get))


def _names_by_stem(folder: Path) -> dict[str, str]:
    """Return the names of the pictures in a folder by what stands before the suffix."""
    if not folder.is_dir():
        return {}
    return {file.stem: file.name for file in sorted(folder.iterdir()) if file.is_file()}

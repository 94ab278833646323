"""Answers that a bridge has given before, kept on disk.

An answer follows from the bridge's tensors, the picture, the question, and the answers that might
be given. A bridge of which only the reading is new gives the same one wherever it reads the same.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from training.instructions.records import digest


class AnswerStore:
    """Keeps answers in a file, one JSON object a line.

    Args:
        path: Made, with its folder, when the first answer is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            row = json.loads(line)
            self._known[str(row["key"])] = str(row["answer"])
        except (ValueError, KeyError, TypeError):
            return  # the last line of a process that was killed

    def get(self, key: str) -> str | None:
        """Return an answer, None if it was not given yet."""
        return self._known.get(key)

    def keep(self, answers: Mapping[str, str]) -> None:
        """Keep answers by their keys."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for key, answer in answers.items():
                file.write("\n" + json.dumps({"key": key, "answer": answer}) + "\n")
        self._known |= answers


def answer_key(image: str, question: str, allowed: str) -> str:
    """Return what an answer is kept under, for one bridge.

    Args:
        image: Which picture.
        question: As it was asked.
        allowed: Stands for the answers that might be given.
    """
    return digest([image, question, allowed])

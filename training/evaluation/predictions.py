"""The predictions file: every answer of one bridge to one instruction file, one JSON object a line.

Everything that is counted, compared or shown later is read from here, so that figures can be made
again without the model.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from clover_chat.errors import TrainingError


@dataclass(frozen=True)
class Prediction:
    """One answer with what it was asked and what it should have been.

    Attributes:
        image: SHA-256 of the picture, hexadecimal.
        source: Set the picture comes from.
        label: What is true of the picture; empty where nobody said.
        kind: Kind of question.
        question: As asked.
        reference: The right answer.
        answer: What was said, which may be nothing.
        bridge: SHA-256 of the bridge's weights, hexadecimal; for a baseline its name.
        instructions: SHA-256 of the instruction file, hexadecimal.
        file: Name of the image file, for people; empty if there is none.
        confidence: Probability that whoever answered gave the answer, where it is known.
        turn: Place of the question in its conversation, from 1.
    """

    image: str
    source: str
    label: str
    kind: str
    question: str
    reference: str
    answer: str
    bridge: str
    instructions: str
    file: str = ""
    confidence: float | None = None
    turn: int = 1


NUMBERS = frozenset({"confidence", "turn"})
TEXTS = tuple(field.name for field in fields(Prediction) if field.name not in NUMBERS)
REQUIRED = tuple(name for name in TEXTS if name != "file")
MAY_BE_EMPTY = frozenset({"label", "answer", "file"})


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write every answer, in order; an older file is replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        for prediction in predictions:
            row = {name: value for name, value in asdict(prediction).items() if value is not None}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)


def read_predictions(path: Path) -> list[Prediction]:
    """Return every answer of a predictions file, in order.

    Raises:
        TrainingError: The file or a line cannot be used, or the answers are not all of one bridge
            to one instruction file; the message names file and line.
    """
    predictions = [_read(path, number, line) for number, line in _lines(path)]
    if not predictions:
        raise TrainingError(f"{path} holds no answers. Run clover-train evaluate again.")
    for number, prediction in enumerate(predictions, start=1):
        for name in ("bridge", "instructions"):
            found, expected = getattr(prediction, name), getattr(predictions[0], name)
            if found != expected:
                raise TrainingError(
                    f"{path}, line {number}: {name} is {found[:12]!r} and {expected[:12]!r} on "
                    "line 1. Keep one file for each run of clover-train evaluate."
                )
    return predictions


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers; only a line feed ends a line, as in JSON lines."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}). Name a predictions.jsonl that clover-train "
            "evaluate wrote."
        ) from error
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{path} is no UTF-8 text (byte {error.start}). Copy it again."
        ) from error
    lines = text.split("\n")
    yield from enumerate(lines[:-1] if lines[-1] == "" else lines, start=1)


def _read(path: Path, number: int, line: str) -> Prediction:
    try:
        return _prediction(json.loads(line))
    except ValueError as error:
        raise TrainingError(
            f"{path}, line {number}: {error}. Mend the line, or run clover-train evaluate again."
        ) from error


def _prediction(row: object) -> Prediction:
    if not isinstance(row, dict):
        raise ValueError(f"expected a JSON object, found {row!r:.40}")
    if missing := [name for name in REQUIRED if name not in row]:
        raise ValueError(f"{missing[0]!r} is missing")
    if unknown := sorted(set(row) - {*TEXTS, *NUMBERS}):
        raise ValueError(f"{unknown[0]!r} is no field of a prediction")
    for name in TEXTS:
        value = row.get(name, "")
        if not isinstance(value, str):
            raise ValueError(f"{name!r} is {value!r:.40}, not a text")
        if not value.strip() and name not in MAY_BE_EMPTY:
            raise ValueError(f"{name!r} is empty")
    _check_confidence(row.get("confidence"))
    _check_turn(row.get("turn", 1))
    return Prediction(**row)


def _check_confidence(value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"'confidence' is {value!r:.40}, not a number from 0 to 1")


def _check_turn(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"'turn' is {value!r:.40}, not a number from 1")

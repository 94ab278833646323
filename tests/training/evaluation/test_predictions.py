import json
from dataclasses import asdict
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from tests.training.evaluation.answers import asked, yes_no
from training.evaluation.predictions import read_predictions, write_predictions


def save(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(**changes: object) -> dict[str, object]:
    return {key: value for key, value in (asdict(asked("x")) | changes).items() if value != "drop"}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "predictions.jsonl"
    predictions = [
        asked('He said "no"\n\u2028to gr\u00fcn.', confidence=0.5, file="a.png"),
        yes_no("", label=""),
    ]
    write_predictions(path, predictions)
    assert read_predictions(path) == predictions
    before = path.read_bytes()
    write_predictions(path, predictions)
    assert path.read_bytes() == before
    assert len(before.split(b"\n")) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "drop"}, "'answer' is missing"),
        ({"colour": "red"}, "'colour' is no field"),
        ({"question": 7}, "'question' is 7, not a text"),
        ({"reference": "  "}, "'reference' is empty"),
        ({"confidence": 1.5}, "'confidence' is 1.5"),
        ({"confidence": True}, "'confidence' is True"),
        ({"bridge": "d" * 64}, "bridge is 'dddddddddddd' and 'bbbbbbbbbbbb' on line 1"),
        ({"instructions": "d" * 64}, "instructions is 'dddddddddddd'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    path = save(tmp_path / "predictions.jsonl", row(), row(**changes))
    with pytest.raises(TrainingError, match=r"predictions\.jsonl, line 2: ") as caught:
        read_predictions(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize("line", ["{", "", "[]", '"text"', "NaN"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text(f"{json.dumps(row())}\n{line}\n{json.dumps(row())}\n")
    with pytest.raises(TrainingError, match="line 2: "):
        read_predictions(path)


def test_a_file_without_answers_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no answers"):
        read_predictions(save(tmp_path / "predictions.jsonl"))
    with pytest.raises(TrainingError, match="cannot be read"):
        read_predictions(tmp_path / "nowhere.jsonl")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(TrainingError, match="no UTF-8 text"):
        read_predictions(path)

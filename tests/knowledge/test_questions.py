from pathlib import Path

import pytest

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.questions import (
    HELD_BACK,
    TUNING,
    Graded,
    QuestionsDamaged,
    read_questions,
)

QUESTIONS = Path(__file__).with_name("questions.jsonl")


@pytest.fixture(scope="module")
def questions() -> tuple[Graded, ...]:
    return read_questions(QUESTIONS)


def test_there_are_enough_questions_of_every_sort(questions: tuple[Graded, ...]) -> None:
    assert len(questions) >= 320
    assert sum(each.group == "out of scope" for each in questions) >= 60
    assert sum(each.group == "not on the shelf" for each in questions) >= 40
    assert sum(each.part == HELD_BACK for each in questions) >= 200
    assert sum(each.part == TUNING for each in questions) >= 200


def test_no_question_is_asked_twice(questions: tuple[Graded, ...]) -> None:
    asked = [each.question.casefold() for each in questions]
    assert len(asked) == len(set(asked))


def test_every_right_answer_stands_on_the_shelf(questions: tuple[Graded, ...]) -> None:
    known = {entry.id for entry in read_shelf()}
    assert {name for each in questions for name in each.right} <= known


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "is no JSON"),
        ("[]", "must be an object"),
        ('{"question": "What?"}', "must be an object"),
        ('{"question": "?", "entries": [], "group": "g", "part": "tuning"}', "entries is empty"),
        ('{"question": "?", "entries": null, "group": "g", "part": "mine"}', "part is 'mine'"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n" + line)
    with pytest.raises(QuestionsDamaged, match=f"line 2.*{complaint}"):
        read_questions(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionsDamaged, match="nowhere"):
        read_questions(tmp_path / "nowhere.jsonl")

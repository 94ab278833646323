import pytest

from clover_chat.errors import TrainingError
from tests.training.evaluation.answers import NAMES, asked, yes_no
from training.evaluation.comparison import compare, statement, table
from training.evaluation.predictions import Prediction

RIGHT, OTHER, WRONG = "This is a basophil.", "A basophil.", "This is a monocyte."


def answered(*answers: str) -> list[Prediction]:
    return [asked(answer, image=f"{place:02}") for place, answer in enumerate(answers)]


def test_a_clear_gain_is_significant() -> None:
    found = compare(answered(*[WRONG] * 20), answered(*[WRONG] * 4, *[RIGHT] * 16), NAMES)
    over_all = found.rows[0]
    assert (over_all.scope, over_all.measure) == ("all", "right")
    assert (over_all.first.value, over_all.second.value) == (0.0, 0.8)
    assert over_all.difference.is_significant
    assert statement(over_all).startswith("Significantly better: +80.0 points (95% interval +")


def test_a_single_changed_answer_may_be_chance() -> None:
    found = compare(answered(*[RIGHT] * 9, WRONG), answered(*[RIGHT] * 10), NAMES)
    assert not found.rows[0].difference.is_significant
    assert statement(found.rows[0]).startswith("No significant difference: +10.0 points")


def test_the_changed_answers_are_listed_the_broken_ones_first() -> None:
    found = compare(
        answered(RIGHT, WRONG, RIGHT, RIGHT), answered(RIGHT, RIGHT, OTHER, WRONG), NAMES
    )
    assert [(change.verdict, change.second.image) for change in found.changes] == [
        ("broken", "03"),
        ("mended", "01"),
        ("reworded", "02"),
    ]


def test_every_scope_has_its_rows() -> None:
    first = [asked(RIGHT, image="1"), yes_no("Yes.", image="1", label="")]
    rows = compare(first, first, NAMES).rows
    assert [(row.scope, row.name, row.measure) for row in rows] == [
        ("all", "all", "right"),
        ("all", "all", "f1"),
        ("kind", "label", "right"),
        ("kind", "label", "f1"),
        ("kind", "yes_no_label", "right"),
        ("source", "pbc_cells", "right"),
        ("source", "pbc_cells", "f1"),
        ("label", "basophil", "right"),
        ("label", "basophil", "f1"),
    ]


def test_the_table_is_markdown_and_ends_with_what_changed() -> None:
    text = table(compare(answered(WRONG, RIGHT), answered(RIGHT, RIGHT), NAMES))
    lines = text.splitlines()
    assert lines[2].startswith("| all | right | 2 | 50.0 (0.0 to 100.0) | 100.0 (")
    assert {line.count("|") for line in lines if line.startswith("|")} == {8}
    assert lines[-1] == "Changed answers: 1 mended, 0 broken, 0 reworded."


def test_the_order_of_a_file_does_not_matter() -> None:
    first, second = answered(RIGHT, WRONG, RIGHT), answered(RIGHT, RIGHT, WRONG)
    assert compare(first, second, NAMES).rows == compare(first, second[::-1], NAMES).rows


def test_a_question_asked_twice_about_an_image_is_paired_in_order() -> None:
    first = [asked(RIGHT), asked(WRONG)]
    found = compare(first, [asked(RIGHT), asked(RIGHT)], NAMES)
    assert [change.first.answer for change in found.changes] == [WRONG]


def test_other_questions_are_refused_unless_only_the_shared_ones_are_wanted() -> None:
    first, second = answered(RIGHT, RIGHT), answered(RIGHT)
    with pytest.raises(TrainingError, match="1 of 2 questions were asked of one only"):
        compare(first, second, NAMES)
    assert compare(first, second, NAMES, shared_only=True).rows[0].difference.rows == 1


def test_nothing_shared_is_refused() -> None:
    with pytest.raises(TrainingError, match="share no question"):
        compare([asked(RIGHT)], [yes_no("Yes.")], NAMES, shared_only=True)


def test_another_right_answer_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"'This is a basophil\.' in the first"):
        compare([asked(RIGHT)], [asked(RIGHT, reference="This is a monocyte.")], NAMES)

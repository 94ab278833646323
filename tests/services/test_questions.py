import pytest

from clover_chat.errors import QuestionError
from clover_chat.services.questions import checked_question


@pytest.mark.parametrize("text", ["", "   ", "\n\t ", "\0"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match=r"^The question is empty\."):
        checked_question(text)


def test_a_question_of_fifty_thousand_characters_is_told_both_numbers() -> None:
    with pytest.raises(QuestionError, match=r"50,000 characters.*8,000"):
        checked_question("x" * 50_000)


def test_the_longest_question_is_asked() -> None:
    assert len(checked_question("x" * 8000)) == 8000


def test_surrounding_blanks_and_what_no_database_holds_are_left_out() -> None:
    assert checked_question("  Is this\0 benign \ud83d?\n") == "Is this benign ??"

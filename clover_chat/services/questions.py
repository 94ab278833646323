"""What may be asked: the checks that come before anything is written."""

from clover_chat.errors import QuestionError

LONGEST_QUESTION = 8000


def checked_question(text: str) -> str:
    """Return the question without surrounding blanks and without what no database can hold.

    Raises:
        QuestionError: There is no question, or it is too long.
    """
    question = storable(text)
    if not question:
        raise QuestionError("The question is empty. Type what you would like to know.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; "
            f"up to {LONGEST_QUESTION:,} can be asked at once. Shorten it and ask again."
        )
    return question


def storable(text: str) -> str:
    """Return a text without surrounding blanks and without what no database can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()

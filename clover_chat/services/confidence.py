"""How far an answer about a picture can be relied on, in fixed words before it and after it."""

from collections.abc import Sequence

from clover_chat.knowledge.sureness import sureness
from clover_chat.types import Engine, Reading, Turn, pictures_asked_about

UNLIKE = "unlike those the model has learnt from"
_MEANING = (
    "another organ, stain or magnification, perhaps, or no histology at all. What follows is the "
    "nearest thing the model knows; how sure that is cannot be said."
)
_AGAIN = "how sure the answer is cannot be said."


def unlike_note(engine: Engine, turns: Sequence[Turn]) -> str:
    """Return what is to be said before an answer about pictures unlike those learnt from.

    Args:
        engine: The bridge that answers.
        turns: The conversation, the question last.

    Returns:
        Nothing where all of its pictures are like them, or where that is not known. What it means
        is said once, when a picture comes; in a word where one goes on asking about it.
    """
    shown = pictures_asked_about(turns)
    before = {picture.key for turn in turns[:-1] for picture in turn.pictures}
    meaning = _AGAIN if before.issuperset(picture.key for picture in shown) else _MEANING
    judged = [engine.familiarity(picture) for picture in shown]
    unlike = sum(each is not None and each.is_unlike for each in judged)
    if not unlike:
        return ""
    if len(judged) == 1:
        return f"This picture is {UNLIKE}: {meaning}"
    which = "All" if unlike == len(judged) else f"{unlike}"
    verb = "is" if unlike == 1 else "are"
    return (
        f"{which} of the {len(judged)} pictures that the model is shown {verb} {UNLIKE}: {meaning}"
    )


def how_sure(question: str, answer: str, readings: Sequence[Reading]) -> str:
    """Return how sure one can be of an answer, in a sentence; empty where that is not known."""
    found = sureness(question, answer, readings)
    if found is None:
        return ""
    about = f" ({found.name})" if found.name else ""
    return f"How sure the model is: {found.words}{about}."

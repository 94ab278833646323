"""What a conversation is called: its first question and what that is about, or a person's words.

A slide goes by the beginning of its id, never by its file's name, which may name a patient.
"""

import textwrap
from collections.abc import Sequence

from sqlalchemy.orm import Session

from clover_chat.errors import TitleError
from clover_chat.services.questions import storable
from clover_chat.storage.tables import Conversation, Message
from clover_chat.types import Reading

LONGEST_QUESTION_IN_TITLE = 60
LONGEST_TITLE = 120
SURELY = 0.8
"""Chance from which on an organ is worth naming in a title."""

_BEFORE_TOPIC = " · "


def title_of(question: str, topic: str = "") -> str:
    """Return a title: the beginning of a question, cut where a word ends, and what it is about.

    Args:
        question: The first question.
        topic: An organ or a slide; left out where the question names it itself.
    """
    line = " ".join(question.split())
    title = textwrap.shorten(line, LONGEST_QUESTION_IN_TITLE, placeholder="…")
    if title == "…":
        title = f"{line[: LONGEST_QUESTION_IN_TITLE - 1]}…"
    is_news = topic and topic.casefold() not in line.casefold()
    return f"{title}{_BEFORE_TOPIC}{topic}" if is_news else title


def slide_topic(slide_ids: Sequence[str]) -> str:
    """Return what to call the slides that a question is about, empty where it is about none."""
    different = sorted(set(slide_ids))
    if len(different) > 1:
        return f"{len(different)} slides"
    return f"slide {different[0][:6]}" if different else ""


def organ_topic(readings: Sequence[Reading]) -> str:
    """Return the organ that every picture surely shows, empty where that is not known."""
    likeliest = [reading.organ[0] for reading in readings if reading.organ]
    names = {finding.name for finding in likeliest if finding.probability >= SURELY}
    is_sure = bool(likeliest) and all(each.probability >= SURELY for each in likeliest)
    return names.pop() if is_sure and len(names) == 1 else ""


def own_title(text: str) -> str:
    """Return a title that a person gave, as one line.

    Raises:
        TitleError: It is empty or too long.
    """
    title = " ".join(storable(text).split())
    if not title:
        raise TitleError("A conversation needs a title. Type at least one word, or press Esc.")
    if len(title) > LONGEST_TITLE:
        raise TitleError(
            f"The title has {len(title):,} characters; up to {LONGEST_TITLE} are kept. Shorten it."
        )
    return title


def add_topic(session: Session, *, question_id: int, topic: str) -> None:
    """Name in a title what the first question turned out to be about; a person's own title stays.

    Args:
        session: Where the conversation is.
        question_id: A question that was answered; another one than the first changes nothing.
        topic: What its pictures show.
    """
    question = session.get_one(Message, question_id)
    if question.parent_id is not None:
        return
    conversation = session.get_one(Conversation, question.conversation_id)
    slides = slide_topic([marked.region.slide_id for marked in question.marked])
    automatic = {title_of(question.content), title_of(question.content, slides)}
    if conversation.title in automatic:
        conversation.title = title_of(question.content, topic)

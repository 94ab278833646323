"""Conversations as they pile up over months, written straight into a database."""

from datetime import timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.conversations import add_answer, add_conversation, add_question
from clover_chat.storage.tables import Conversation, Message, utc_now
from clover_chat.types import Ending, Role, Sampling

OWNER = "local"
WORDS = (
    "The section shows colon mucosa with regular crypts, a loose lamina propria, some lymphocytes "
    "and plasma cells, and no sign of invasive growth; mitoses are few and where they belong."
)


def add_long(sessions: sessionmaker[Session], title: str, messages: int) -> str:
    """Add a conversation of so many questions and answers in turn, and return its id."""
    with sessions.begin() as session:
        conversation = add_conversation(session, owner=OWNER, title=title)
        last: int | None = None
        for number in range(0, messages, 2):
            asked = add_question(
                session,
                conversation=conversation,
                parent_id=last,
                content=f"What do you see in part {number} of it?",
                image_hashes=(),
            )
            last = asked.id
            if number + 1 < messages:
                answer = add_answer(
                    session, conversation=conversation, question_id=last, sampling=Sampling()
                )
                answer.content, answer.status = f"{WORDS} ({number})", Ending.COMPLETE
                last = answer.id
        conversation.active_leaf_id = last
        return conversation.id


def add_many(sessions: sessionmaker[Session], count: int) -> None:
    """Add conversations of one question and answer each, a few a day."""
    now = utc_now()
    numbers = range(count)
    with sessions.begin() as session:
        session.execute(
            insert(Conversation),
            [
                {
                    "id": f"many{number:028}",
                    "owner": OWNER,
                    "title": f"What is the finding in case {number}?",
                    "updated_at": now - timedelta(hours=number),
                }
                for number in numbers
            ],
        )
        for role, words in ((Role.USER, "What is the finding in case"), (Role.ASSISTANT, WORDS)):
            session.execute(
                insert(Message),
                [
                    {
                        "conversation_id": f"many{number:028}",
                        "role": role,
                        "content": f"{words} {number}",
                        "status": Ending.COMPLETE,
                    }
                    for number in numbers
                ],
            )

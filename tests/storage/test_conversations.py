from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from clover_chat.errors import ConversationNotFound, QuestionError
from clover_chat.storage.conversations import (
    add_answer,
    add_conversation,
    add_question,
    close_interrupted,
    get_conversation,
    get_message,
    list_conversations,
    list_messages,
    question_of,
    save_answer,
)
from clover_chat.storage.tables import Conversation, Generation, Message
from clover_chat.types import Ending, Figures, Identity, Role, Sampling

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = Identity(preset="clover-mini", bridge_version="1.0", bridge_hash="f" * 64)


@pytest.fixture
def conversation(session: Session) -> Conversation:
    return add_conversation(session, owner="ada", title="What is it?")


@pytest.fixture
def question(session: Session, conversation: Conversation) -> Message:
    return add_question(
        session, conversation=conversation, parent_id=None, content="What?", image_hashes=()
    )


@pytest.fixture
def answer(session: Session, conversation: Conversation, question: Message) -> Message:
    return add_answer(
        session,
        conversation=conversation,
        question_id=question.id,
        sampling=Sampling(temperature=0.5, top_p=0.8, max_tokens=99, seed=7),
    )


def save(session: Session, answer: Message, conversation_id: str) -> bool:
    return save_answer(
        session,
        conversation_id=conversation_id,
        answer_id=answer.id,
        content="A colon.",
        status=Ending.COMPLETE,
        figures=Figures(40, 3, 0.2, 21.5),
        identity=IDENTITY,
    )


def test_a_conversation_is_there_for_its_owner_only(
    session: Session, conversation: Conversation
) -> None:
    assert get_conversation(session, owner="ada", conversation_id=conversation.id) is conversation
    for owner, conversation_id in [("bob", conversation.id), ("ada", "unknown")]:
        with pytest.raises(ConversationNotFound):
            get_conversation(session, owner=owner, conversation_id=conversation_id)


def test_the_newest_conversations_come_first_and_empty_ones_not_at_all(session: Session) -> None:
    for title, minutes in [("older", 0), ("newest", 2), ("newer", 1)]:
        conversation = add_conversation(session, owner="ada", title=title)
        add_question(
            session, conversation=conversation, parent_id=None, content=title, image_hashes=()
        )
        conversation.updated_at = NOON + timedelta(minutes=minutes)
    add_conversation(session, owner="ada", title="empty")
    listed = list_conversations(session, owner="ada", limit=2)
    assert [conversation.title for conversation in listed] == ["newest", "newer"]
    assert list_conversations(session, owner="bob", limit=2) == []


def test_an_answer_begins_unwritten_on_the_branch_that_is_shown(
    conversation: Conversation, answer: Message
) -> None:
    assert (answer.content, answer.status) == ("", Ending.WRITING)
    assert conversation.active_leaf_id == answer.id
    generation = answer.generation
    assert generation is not None
    assert (generation.temperature, generation.top_p) == (0.5, 0.8)
    assert (generation.max_tokens, generation.seed) == (99, 7)
    assert generation.preset is None


def test_a_saved_answer_carries_its_model_and_figures(
    session: Session, conversation: Conversation, answer: Message
) -> None:
    assert save(session, answer, conversation.id)
    (_, saved) = list_messages(session, conversation_id=conversation.id)
    assert (saved.content, saved.status) == ("A colon.", Ending.COMPLETE)
    generation = saved.generation
    assert generation is not None
    assert (generation.preset, generation.bridge_version) == ("clover-mini", "1.0")
    assert (generation.prompt_tokens, generation.answer_tokens) == (40, 3)
    assert (generation.time_to_first_token_s, generation.tokens_per_s) == (0.2, 21.5)
    assert generation.ending is Ending.COMPLETE


def test_an_answer_is_never_saved_into_another_conversation(
    session: Session, answer: Message
) -> None:
    assert not save(session, answer, "a deleted conversation whose ids were used again")
    assert answer.content == ""


def test_messages_of_other_conversations_or_roles_are_not_there(
    session: Session, conversation: Conversation, question: Message, answer: Message
) -> None:
    assert question_of(session, conversation_id=conversation.id, answer_id=answer.id) is question
    with pytest.raises(QuestionError):
        question_of(session, conversation_id=conversation.id, answer_id=question.id)
    with pytest.raises(QuestionError):
        get_message(session, conversation_id="another", message_id=answer.id)
    with pytest.raises(QuestionError):
        get_message(session, conversation_id=conversation.id, message_id=10_000)


def test_answers_nobody_writes_any_more_are_marked(
    session: Session, conversation: Conversation, answer: Message
) -> None:
    assert close_interrupted(session) == 1
    assert close_interrupted(session) == 0
    (_, closed) = list_messages(session, conversation_id=conversation.id)
    assert closed is answer
    assert closed.status is Ending.INTERRUPTED
    assert closed.generation is not None
    assert closed.generation.ending is Ending.INTERRUPTED


def test_a_conversation_of_any_depth_can_be_deleted(session: Session) -> None:
    """SQLite follows at most a thousand references that delete one another in a chain."""
    deep = add_conversation(session, owner="ada", title="A long day")
    row = {
        "conversation_id": deep.id,
        "role": Role.USER,
        "content": "And here?",
        "status": Ending.COMPLETE,
        "created_at": NOON,
    }
    session.execute(
        insert(Message), [{**row, "id": i, "parent_id": i - 1 or None} for i in range(1, 1501)]
    )
    session.delete(deep)
    session.flush()
    assert session.scalar(select(func.count(Message.id))) == 0
    assert session.scalar(select(func.count(Generation.id))) == 0

"""Questions to and changes of the tables. The caller owns the transaction; nothing here commits."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from clover_chat.errors import ConversationNotFound, QuestionError
from clover_chat.storage.tables import (
    AnswerPart,
    Conversation,
    Generation,
    Message,
    MessageImage,
    MessageRegion,
    Region,
    utc_now,
)
from clover_chat.types import Ending, Figures, Identity, Kind, Role, Sampling


def add_conversation(session: Session, *, owner: str, title: str) -> Conversation:
    """Begin a conversation."""
    conversation = Conversation(id=uuid4().hex, owner=owner, title=title)
    session.add(conversation)
    session.flush()
    return conversation


def get_conversation(
    session: Session, *, owner: str, conversation_id: str, even_deleted: bool = False
) -> Conversation:
    """Return a conversation of this person.

    Args:
        session: Where to look.
        owner: Who asks.
        conversation_id: Which one.
        even_deleted: Whether one that was deleted and not removed yet is meant, too.

    Raises:
        ConversationNotFound: There is none of that id, or it is somebody else's.
    """
    conversation = session.get(Conversation, conversation_id)
    is_there = conversation is not None and (even_deleted or conversation.deleted_at is None)
    if conversation is None or not is_there or conversation.owner != owner:
        raise ConversationNotFound(
            "There is no such conversation. It may have been deleted; open another or begin anew."
        )
    return conversation


def list_conversations(session: Session, *, owner: str, limit: int) -> Sequence[Conversation]:
    """Return the conversations of a person that hold messages, newest first."""
    has_messages = select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    newest_first = (Conversation.updated_at.desc(), Conversation.created_at.desc(), Conversation.id)
    query = select(Conversation).where(
        Conversation.owner == owner, Conversation.deleted_at.is_(None), has_messages
    )
    return session.scalars(query.order_by(*newest_first).limit(limit)).all()


class Node(NamedTuple):
    """A message as a place in the tree, without anything that was said."""

    id: int
    parent_id: int | None


def list_nodes(session: Session, *, conversation_id: str) -> Sequence[Node]:
    """Return the tree of a conversation, oldest first; cheap however long the conversation is."""
    query = select(Message.id, Message.parent_id).where(Message.conversation_id == conversation_id)
    return [Node(*row) for row in session.execute(query.order_by(Message.id))]


def list_messages(session: Session, *, conversation_id: str) -> Sequence[Message]:
    """Return all messages of a conversation, of every branch, oldest first."""
    return messages_by_conversation(session, conversation_ids=[conversation_id])[conversation_id]


def messages_by_conversation(
    session: Session, *, conversation_ids: Sequence[str]
) -> dict[str, list[Message]]:
    """Return all messages of several conversations, of every branch, oldest first."""
    query = _whole_messages().where(Message.conversation_id.in_(conversation_ids))
    found: dict[str, list[Message]] = {each: [] for each in conversation_ids}
    for message in session.scalars(query):
        found[message.conversation_id].append(message)
    return found


def messages_of(session: Session, *, message_ids: Sequence[int]) -> Sequence[Message]:
    """Return messages by their ids, oldest first."""
    return session.scalars(_whole_messages().where(Message.id.in_(message_ids))).all()


def _whole_messages() -> Select[Message]:
    """Select messages, oldest first, with everything that belongs to them fetched along."""
    return (
        select(Message)
        .options(
            selectinload(Message.shown).joinedload(MessageImage.image),
            selectinload(Message.marked).joinedload(MessageRegion.region),
            joinedload(Message.generation),
            selectinload(Message.parts),
        )
        .order_by(Message.id)
    )


def get_message(
    session: Session, *, conversation_id: str, message_id: int, role: Role | None = None
) -> Message:
    """Return a message of a conversation, and of that role where one is given.

    Raises:
        QuestionError: The conversation holds none of that id.
    """
    message = session.get(Message, message_id)
    is_meant = message is not None and role in (None, message.role)
    if message is None or not is_meant or message.conversation_id != conversation_id:
        raise QuestionError(
            "This message is no longer part of the conversation. Reload the page and try again."
        )
    return message


def question_of(session: Session, *, conversation_id: str, answer_id: int) -> Message:
    """Return the question that an answer follows.

    Raises:
        QuestionError: The conversation holds no such answer.
    """
    answer = get_message(
        session, conversation_id=conversation_id, message_id=answer_id, role=Role.ASSISTANT
    )
    return session.get_one(Message, answer.parent_id)


def add_question(
    session: Session,
    *,
    conversation: Conversation,
    parent_id: int | None,
    content: str,
    image_hashes: Sequence[str],
    regions: Sequence[Region] = (),
) -> Message:
    """Add a question with the pictures and regions that came with it."""
    question = Message(
        conversation_id=conversation.id,
        parent_id=parent_id,
        role=Role.USER,
        content=content,
        status=Ending.COMPLETE,
        shown=[MessageImage(position=i, image_hash=h) for i, h in enumerate(image_hashes)],
        marked=[MessageRegion(position=i, region=region) for i, region in enumerate(regions)],
    )
    session.add(question)
    session.flush()
    return question


def add_answer(
    session: Session,
    *,
    conversation: Conversation,
    question_id: int,
    sampling: Sampling,
    kind: Kind | None = None,
    kind_confidence: float | None = None,
) -> Message:
    """Add an answer that is about to be written, and show its branch."""
    answer = Message(
        conversation_id=conversation.id,
        parent_id=question_id,
        role=Role.ASSISTANT,
        content="",
        status=Ending.WRITING,
        generation=Generation(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens,
            seed=sampling.seed,
            ending=Ending.WRITING,
            kind=kind,
            kind_confidence=kind_confidence,
        ),
    )
    session.add(answer)
    session.flush()
    conversation.active_leaf_id = answer.id
    conversation.updated_at = utc_now()
    conversation.is_archived = False  # who asks again takes it up again
    session.flush()
    return answer


def save_answer(
    session: Session,
    *,
    conversation_id: str,
    answer_id: int,
    content: str,
    status: Ending,
    figures: Figures,
    identity: Identity | None,
    parts: Sequence[AnswerPart] = (),
) -> bool:
    """Keep what an answer has become so far; its parts take the place of those kept before.

    Returns:
        False if the conversation has been deleted in the meantime; nothing is kept then.
    """
    answer = session.get(Message, answer_id)
    if answer is None or answer.conversation_id != conversation_id:  # ids may be used again
        return False
    answer.content, answer.status = content, status
    _keep_parts(session, answer, parts)
    if generation := answer.generation:
        _fill_in(generation, status, figures, identity)
    session.flush()
    return True


def _keep_parts(session: Session, answer: Message, parts: Sequence[AnswerPart]) -> None:
    for position, part in enumerate(parts):
        part.message_id, part.position = answer.id, position
        session.merge(part)


def _fill_in(
    generation: Generation, ending: Ending, figures: Figures, identity: Identity | None
) -> None:
    generation.ending = ending
    generation.prompt_tokens = figures.prompt_tokens
    generation.answer_tokens = figures.answer_tokens
    generation.time_to_first_token_s = figures.time_to_first_token_s
    generation.tokens_per_s = figures.tokens_per_s
    if identity is not None:
        generation.preset = identity.preset
        generation.bridge_version = identity.bridge_version
        generation.bridge_hash = identity.bridge_hash


def close_interrupted(session: Session) -> int:
    """Mark answers that nobody is writing any more, and return how many there were."""
    query = select(Message).where(Message.status == Ending.WRITING)
    answers = session.scalars(query.options(joinedload(Message.generation))).all()
    for answer in answers:
        answer.status = Ending.INTERRUPTED
        if generation := answer.generation:
            generation.ending = Ending.INTERRUPTED
    session.flush()
    return len(answers)

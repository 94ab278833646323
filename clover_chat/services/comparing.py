"""Two answers to one question side by side, by two bridges or with two settings, and the choice.

Both answers are versions of each other in the conversation, so that nothing is lost by choosing. A
bridge that is only asked for comparison is opened beside the one at work, over the same frozen
models and in the same line, and is gone once nobody holds it.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import JudgmentError, QuestionError
from clover_chat.services.branches import newest_leaf, written_by_a_model
from clover_chat.services.bridges import BridgeService
from clover_chat.services.chat import ChatService
from clover_chat.services.views import Event
from clover_chat.storage import comparisons, conversations
from clover_chat.storage.database import reading
from clover_chat.storage.tables import Comparison, Message
from clover_chat.types import Choice, Ending, Engine, ModelHost, ModelState, Role, Sampling, Stage


@dataclass(frozen=True)
class Side:
    """How one of two answers is to come about.

    Attributes:
        bridge: Its name; "" for the one that answers now.
        sampling: How the answer is chosen.
    """

    bridge: str
    sampling: Sampling


@dataclass(frozen=True)
class SideView:
    """One of two answers.

    Attributes:
        answer_id: Names the answer within its conversation.
        words: What was written.
        origin: Which bridge wrote it, and with which settings.
    """

    answer_id: int
    words: str
    origin: str


@dataclass(frozen=True)
class ComparisonView:
    """Two answers side by side.

    Attributes:
        left: The one that was written first.
        right: The other.
        is_blind: Whether it is hidden who wrote which until a choice is made.
        choice: What was chosen, `none` before that.
    """

    left: SideView
    right: SideView
    is_blind: bool
    choice: Choice


@dataclass(frozen=True)
class OpenedHost:
    """A bridge that is open already; see `clover_chat.types.ModelHost`."""

    opened: Engine
    host: ModelHost

    @property
    def state(self) -> ModelState:
        """Where the model is: there."""
        return ModelState(Stage.READY)

    def progress(self) -> Iterator[ModelState]:
        """Yield the one state."""
        yield self.state

    def engine(self) -> Engine:
        """Return the engine of the opened bridge."""
        return self.opened

    def beside(self, bridge_dir: Path | None) -> Engine:
        """Open yet another one, as the host at work does."""
        return self.host.beside(bridge_dir)


class ComparingService:
    """Puts two answers side by side; holds nothing of any one person.

    Args:
        sessions: The database.
        chat: Asks.
        host: Where the bridge at work comes from.
        bridges: Which others there are; None where there is only one.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        chat: ChatService,
        host: ModelHost,
        bridges: BridgeService | None = None,
    ) -> None:
        self._sessions = sessions
        self._chat = chat
        self._host = host
        self._bridges = bridges

    def contenders(self) -> tuple[str, ...]:
        """Return the names of the bridges that can be asked besides the one at work."""
        rows = self._bridges.rows() if self._bridges else ()
        return tuple(row.name for row in rows if not (row.problem or row.is_active))

    def hosts(self, left: Side, right: Side) -> tuple[ModelHost, ModelHost]:
        """Return where two answers are to come from; nothing is asked or stored yet.

        Raises:
            QuestionError: Both would be the same answer.
            PromotionError: There is no such bridge.
            ModelError: A bridge cannot be used with the model at work, or that is not ready.
        """
        _check_different(left, right)
        return self._opened(left), self._opened(right)

    def again(
        self, owner: str, conversation_id: str, answer_id: int, side: Side, host: ModelHost
    ) -> Generator[Event, None, None]:
        """Answer the question of an answer once more; see `ChatService.retry`."""
        return self._chat.retry(owner, conversation_id, answer_id, side.sampling, host=host)

    def put_side_by_side(
        self, owner: str, conversation_id: str, left_id: int, right_id: int, *, is_blind: bool
    ) -> None:
        """Keep that two answers were written to be compared.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
            QuestionError: It holds no such answers.
        """
        with self._sessions.begin() as session:
            conversations.get_conversation(session, owner=owner, conversation_id=conversation_id)
            for answer_id in (left_id, right_id):
                _answer(session, conversation_id, answer_id)
            comparisons.add_comparison(
                session, owner=owner, left_id=left_id, right_id=right_id, is_blind=is_blind
            )

    def open_one(self, owner: str, conversation_id: str) -> ComparisonView | None:
        """Return the comparison at the end of the branch on screen that waits for a choice.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            row = _waiting(session, owner, conversation_id)
            return _view(session, row) if row else None

    def choose(self, owner: str, conversation_id: str, choice: Choice) -> ComparisonView:
        """Keep a choice, and put the better answer on screen; after a draw the right one stays.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
            JudgmentError: No two answers wait there for a choice, or one was not finished.
        """
        with self._sessions.begin() as session:
            row = _waiting(session, owner, conversation_id)
            if row is None or choice is Choice.NONE:
                raise JudgmentError(
                    "No two answers wait for a choice here. Reload the page and compare again."
                )
            chosen = comparisons.add_comparison(
                session,
                owner=owner,
                left_id=row.left_id,
                right_id=row.right_id,
                is_blind=row.is_blind,
                choice=choice,
            )
            shown = row.left_id if choice is Choice.LEFT else row.right_id
            _show(session, owner, conversation_id, shown)
            return _view(session, chosen)

    def _opened(self, side: Side) -> ModelHost:
        if not side.bridge:
            return OpenedHost(self._host.engine(), self._host)
        if self._bridges is None:
            raise QuestionError("There is only one bridge here; compare two settings instead.")
        folder = self._bridges.folder(side.bridge)
        return OpenedHost(self._host.beside(folder), self._host)


def _check_different(left: Side, right: Side) -> None:
    if left == right:
        raise QuestionError(
            "Both sides are the same. Choose another bridge, temperature or seed for one of them."
        )
    one, other = (replace(each.sampling, seed=0) for each in (left, right))
    if left.bridge == right.bridge and one == other and one.temperature == 0:
        raise QuestionError(
            "At temperature 0 the seed changes nothing. Raise the temperature to compare two seeds."
        )


def _answer(session: Session, conversation_id: str, answer_id: int) -> Message:
    return conversations.get_message(
        session, conversation_id=conversation_id, message_id=answer_id, role=Role.ASSISTANT
    )


def _waiting(session: Session, owner: str, conversation_id: str) -> Comparison | None:
    conversation = conversations.get_conversation(
        session, owner=owner, conversation_id=conversation_id
    )
    leaf = conversation.active_leaf_id
    found = comparisons.comparisons_in(session, conversation_ids=[conversation_id])
    here = [row for row in found if leaf in (row.left_id, row.right_id)]
    return here[-1] if here and here[-1].choice is Choice.NONE else None


def _show(session: Session, owner: str, conversation_id: str, answer_id: int) -> None:
    conversation = conversations.get_conversation(
        session, owner=owner, conversation_id=conversation_id
    )
    messages = conversations.list_messages(session, conversation_id=conversation_id)
    conversation.active_leaf_id = newest_leaf(messages, answer_id)


def _view(session: Session, row: Comparison) -> ComparisonView:
    left, right = (
        _side(session.get_one(Message, answer_id)) for answer_id in (row.left_id, row.right_id)
    )
    return ComparisonView(left, right, row.is_blind, row.choice)


def _side(answer: Message) -> SideView:
    generation = answer.generation
    words = written_by_a_model(answer) or answer.content
    if generation is None or answer.status is Ending.WRITING:
        return SideView(answer.id, words, "")
    bridge = f"{generation.bridge_version or 'no bridge'} ({(generation.bridge_hash or '')[:8]})"
    settings = f"temperature {generation.temperature:g}"
    if generation.temperature > 0:
        settings += f", seed {generation.seed}"
    return SideView(answer.id, words, f"{bridge}, {settings}")

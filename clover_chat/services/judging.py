"""What a person can say about answers: a thumb, reasons, a comment, a correction, and consent.

Nothing is ever changed or deleted by it: the answer stays as it was written, and whoever thinks
otherwise adds to what was said before. Only the owner of a conversation judges its answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import JudgmentError
from clover_chat.services.branches import written_by_a_model
from clover_chat.services.questions import storable
from clover_chat.services.views import JudgmentView, judgment_view
from clover_chat.storage import conversations, feedback
from clover_chat.storage.database import reading
from clover_chat.storage.tables import Message
from clover_chat.types import Ending, Reason, Role, Thumb

LONGEST_COMMENT = 4000
LONGEST_CORRECTION = 8000
_NOTHING = JudgmentView()


@dataclass(frozen=True)
class JudgedAnswer:
    """An answer as it lies open for judging.

    Attributes:
        answer_id: Names the answer within its conversation.
        words: What a correction begins with: what a model wrote, or all of it where none did.
        judgment: What is thought of it; nothing at all where it was never judged.
        may_be_used: Whether this person's judgments may be used for training, None where that has
            not been asked yet.
        was_changed: Whether there is a change that can be undone.
    """

    answer_id: int
    words: str
    judgment: JudgmentView
    may_be_used: bool | None
    was_changed: bool


def judgment_of(
    verdict: str,
    reasons: Sequence[str] = (),
    comment: str = "",
    correction: str = "",
    *,
    is_reviewed: bool = False,
    is_pinned: bool = False,
) -> JudgmentView:
    """Read a judgment as it comes from outside.

    Reasons count with a thumb down only, the mark of a checked answer with a thumb up only, and
    a pin only where it is said what is right.

    Raises:
        JudgmentError: A word is unknown, or a text is too long.
    """
    try:
        thumb, known = Thumb(verdict), {Reason(reason) for reason in reasons}
    except ValueError as error:
        raise JudgmentError(
            "This judgment holds a word that is not known here. Reload the page and judge again."
        ) from error
    judgment = JudgmentView(
        thumb,
        tuple(reason for reason in Reason if reason in known) if thumb is Thumb.DOWN else (),
        _short_enough("comment", comment, LONGEST_COMMENT),
        _short_enough("correction", correction, LONGEST_CORRECTION),
        is_reviewed and thumb is Thumb.UP,
        is_pinned,
    )
    return _pinned_if_known(judgment)


class JudgingService:
    """Keeps what people think of answers; holds nothing of any one person.

    Args:
        sessions: The database.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def answer(self, owner: str, conversation_id: str, answer_id: int) -> JudgedAnswer:
        """Return an answer with what its reader thinks of it.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
            QuestionError: It holds no such answer.
            JudgmentError: The answer is still being written, or nothing was written.
        """
        with reading(self._sessions) as session:
            answer = _judgeable(session, owner, conversation_id, answer_id)
            return _view(session, owner, answer)

    def judge(
        self, owner: str, conversation_id: str, answer_id: int, judgment: JudgmentView
    ) -> JudgedAnswer:
        """Keep what somebody thinks of an answer, in place of what was thought before.

        A judgment that says nothing withdraws the earlier one. A correction that says the same as
        the answer is none.

        Raises:
            ConversationNotFound, QuestionError, JudgmentError: As for `answer`.
        """
        return self._change(owner, conversation_id, answer_id, lambda _before: judgment)

    def show_thumb(
        self, owner: str, conversation_id: str, answer_id: int, thumb: Thumb
    ) -> JudgedAnswer:
        """Keep a thumb; comment and correction stay as they are.

        Raises:
            ConversationNotFound, QuestionError, JudgmentError: As for `answer`.
        """
        return self._change(owner, conversation_id, answer_id, partial(_with_thumb, thumb))

    def withdraw(self, owner: str, conversation_id: str, answer_id: int) -> JudgedAnswer:
        """Take a judgment back, with everything that was said.

        Raises:
            ConversationNotFound, QuestionError, JudgmentError: As for `answer`.
        """
        return self.judge(owner, conversation_id, answer_id, _NOTHING)

    def undo(self, owner: str, conversation_id: str, answer_id: int) -> JudgedAnswer:
        """Go back to what was thought before the last change; doing so again undoes the undoing.

        Raises:
            ConversationNotFound, QuestionError, JudgmentError: As for `answer`.
        """
        with self._sessions.begin() as session:
            answer = _judgeable(session, owner, conversation_id, answer_id)
            rows = feedback.history_of(session, owner=owner, message_id=answer_id, limit=2)
            before = judgment_view(rows[1]) if len(rows) > 1 else _NOTHING
            if before != _standing(session, owner, answer_id):
                _add(session, owner, answer_id, before)
            return _view(session, owner, answer)

    def may_be_used(self, owner: str) -> bool | None:
        """Return whether a person's judgments may be used for training, None where not asked."""
        with reading(self._sessions) as session:
            return feedback.consent_of(session, owner=owner)

    def consent(self, owner: str, *, is_given: bool) -> None:
        """Let a person's judgments be used for training, the earlier ones too, or no longer."""
        with self._sessions.begin() as session:
            if feedback.consent_of(session, owner=owner) is not is_given:
                feedback.add_consent(session, owner=owner, is_given=is_given)

    def _change(
        self,
        owner: str,
        conversation_id: str,
        answer_id: int,
        change: Callable[[JudgmentView], JudgmentView],
    ) -> JudgedAnswer:
        with self._sessions.begin() as session:
            answer = _judgeable(session, owner, conversation_id, answer_id)
            before = _standing(session, owner, answer_id)
            after = change(before)
            if after.correction == _words(answer):
                after = _pinned_if_known(replace(after, correction=""))
            if after != before:
                _add(session, owner, answer_id, after)
            return _view(session, owner, answer)


def _with_thumb(thumb: Thumb, before: JudgmentView) -> JudgmentView:
    after = replace(
        before,
        verdict=thumb,
        reasons=before.reasons if thumb is Thumb.DOWN else (),
        is_reviewed=before.is_reviewed and thumb is Thumb.UP,
    )
    return _pinned_if_known(after)


def _pinned_if_known(judgment: JudgmentView) -> JudgmentView:
    return replace(judgment, is_pinned=judgment.is_pinned and judgment.says_what_is_right)


def _judgeable(session: Session, owner: str, conversation_id: str, answer_id: int) -> Message:
    conversations.get_conversation(session, owner=owner, conversation_id=conversation_id)
    answer = conversations.get_message(
        session, conversation_id=conversation_id, message_id=answer_id, role=Role.ASSISTANT
    )
    if answer.status is Ending.WRITING:
        raise JudgmentError("This answer is still being written. Judge it when it is finished.")
    if not answer.content:
        raise JudgmentError("Nothing was written here that could be judged. Retry asks again.")
    return answer


def _view(session: Session, owner: str, answer: Message) -> JudgedAnswer:
    judgment = _standing(session, owner, answer.id)
    may_be_used = feedback.consent_of(session, owner=owner)
    last = feedback.history_of(session, owner=owner, message_id=answer.id, limit=1)
    return JudgedAnswer(answer.id, _words(answer), judgment, may_be_used, bool(last))


def _standing(session: Session, owner: str, answer_id: int) -> JudgmentView:
    row = feedback.judgment_of(session, owner=owner, message_id=answer_id)
    return judgment_view(row) if row else _NOTHING


def _add(session: Session, owner: str, answer_id: int, judgment: JudgmentView) -> None:
    feedback.add_judgment(
        session,
        owner=owner,
        message_id=answer_id,
        verdict=judgment.verdict,
        reasons=judgment.reasons,
        comment=judgment.comment,
        correction=judgment.correction,
        is_reviewed=judgment.is_reviewed,
        is_pinned=judgment.is_pinned,
        is_withdrawn=judgment == _NOTHING,
    )


def _words(answer: Message) -> str:
    return (written_by_a_model(answer) or answer.content).strip()


def _short_enough(name: str, text: str, longest: int) -> str:
    kept = storable(text)
    if len(kept) > longest:
        raise JudgmentError(
            f"The {name} has {len(kept):,} characters; up to {longest:,} are kept. Shorten it and "
            "keep it again."
        )
    return kept

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound, JudgmentError, QuestionError
from clover_chat.services.chat import ChatService, PatchView
from clover_chat.services.judging import JudgingService, judgment_of
from clover_chat.services.views import JudgmentView, Started
from clover_chat.storage.tables import Consent, Judgment, Message
from clover_chat.types import Reason, Sampling, Thumb
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.conftest import MakeChat

Rows = Callable[[], list[Judgment]]


@pytest.fixture
def judging(sessions: sessionmaker[Session]) -> JudgingService:
    return JudgingService(sessions)


@pytest.fixture
def started(chat: ChatService, patch: PatchView) -> Started:
    begun, *_ = chat.ask("ada", None, "Which organ?", [patch.key], Sampling())
    assert isinstance(begun, Started)
    return begun


@pytest.fixture
def at(started: Started) -> tuple[str, str, int]:
    return "ada", started.conversation_id, started.answer_id


@pytest.fixture
def rows(sessions: sessionmaker[Session]) -> Rows:
    def read() -> list[Judgment]:
        with sessions() as session:
            return list(session.scalars(select(Judgment).order_by(Judgment.id)))

    return read


def test_a_judgment_is_kept_beside_the_answer_and_comes_back_with_the_history(
    judging: JudgingService, chat: ChatService, at: tuple[str, str, int]
) -> None:
    said = judgment_of("down", ["unsafe", "wrong organ"], " Not colon. ", "Stomach.\0")
    judging.judge(*at, said)
    owner, conversation_id, _ = at
    answer = chat.history(owner, conversation_id)[-1]
    assert answer.content == "Colon adenocarcinoma."
    assert answer.judgment == JudgmentView(
        Thumb.DOWN, (Reason.WRONG_ORGAN, Reason.UNSAFE), "Not colon.", "Stomach."
    )


def test_every_change_is_a_row_and_the_last_one_counts(
    judging: JudgingService, at: tuple[str, str, int], rows: Rows
) -> None:
    judging.show_thumb(*at, Thumb.UP)
    judging.judge(*at, judgment_of("up", comment="Right.", is_reviewed=True))
    judging.show_thumb(*at, Thumb.DOWN)
    shown = judging.withdraw(*at)
    assert shown.judgment == JudgmentView()
    kept = [(row.verdict, row.comment, row.is_reviewed, row.is_withdrawn) for row in rows()]
    assert kept == [
        (Thumb.UP, "", False, False),
        (Thumb.UP, "Right.", True, False),
        (Thumb.DOWN, "Right.", False, False),
        (Thumb.NONE, "", False, True),
    ]


def test_saying_the_same_again_adds_nothing(
    judging: JudgingService, at: tuple[str, str, int], rows: Rows
) -> None:
    judging.withdraw(*at)
    assert rows() == []
    judging.show_thumb(*at, Thumb.UP)
    judging.show_thumb(*at, Thumb.UP)
    assert len(rows()) == 1


def test_undo_goes_back_one_change_and_a_second_time_forth_again(
    judging: JudgingService, at: tuple[str, str, int], rows: Rows
) -> None:
    assert not judging.answer(*at).was_changed
    assert judging.undo(*at).judgment == JudgmentView()
    assert rows() == []
    judging.judge(*at, judgment_of("down", ["unclear"], correction="Stomach."))
    judging.withdraw(*at)
    back = judging.undo(*at)
    assert back.judgment == JudgmentView(Thumb.DOWN, (Reason.UNCLEAR,), "", "Stomach.")
    assert back.was_changed
    assert judging.undo(*at).judgment == JudgmentView()
    assert len(rows()) == 4


def test_a_thumb_that_is_taken_back_leaves_the_correction(
    judging: JudgingService, at: tuple[str, str, int]
) -> None:
    judging.judge(*at, judgment_of("down", ["unclear"], correction="Stomach."))
    assert judging.show_thumb(*at, Thumb.NONE).judgment == JudgmentView(correction="Stomach.")


def test_a_correction_that_changes_nothing_is_none(
    judging: JudgingService, at: tuple[str, str, int]
) -> None:
    shown = judging.judge(*at, judgment_of("up", correction="Colon adenocarcinoma.\n"))
    assert shown.judgment.correction == ""
    assert shown.words == "Colon adenocarcinoma."


def test_nobody_judges_somebody_elses_answer_or_what_is_no_answer(
    judging: JudgingService, at: tuple[str, str, int], started: Started, rows: Rows
) -> None:
    _, conversation_id, answer_id = at
    with pytest.raises(ConversationNotFound):
        judging.show_thumb("eve", conversation_id, answer_id, Thumb.UP)
    for wrong in (started.question_id, 999):
        with pytest.raises(QuestionError, match="no longer part"):
            judging.show_thumb("ada", conversation_id, wrong, Thumb.UP)
    assert rows() == []


def test_an_answer_of_another_conversation_is_not_judged_through_ones_own(
    judging: JudgingService, at: tuple[str, str, int], chat: ChatService, patch: PatchView
) -> None:
    begun, *_ = chat.ask("eve", None, "Which organ?", [patch.key], Sampling())
    assert isinstance(begun, Started)
    with pytest.raises(QuestionError):
        judging.show_thumb("eve", begun.conversation_id, at[2], Thumb.UP)


def test_an_answer_is_judged_once_it_is_finished(
    judging: JudgingService, make_chat: MakeChat, patch: PatchView
) -> None:
    asking = make_chat(ReadyHost(ScriptedEngine())).ask(
        "ada", None, "Which organ?", [patch.key], Sampling()
    )
    begun = next(asking)
    assert isinstance(begun, Started)
    at = "ada", begun.conversation_id, begun.answer_id
    with pytest.raises(JudgmentError, match="still being written"):
        judging.show_thumb(*at, Thumb.UP)
    asking.close()
    with pytest.raises(JudgmentError, match="Nothing was written"):
        judging.show_thumb(*at, Thumb.UP)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"verdict": "sideways"}, "not known"),
        ({"verdict": "down", "reasons": ["ugly"]}, "not known"),
        ({"verdict": "up", "comment": "x" * 4001}, "4,001 characters"),
        ({"verdict": "up", "correction": "x" * 8001}, "8,001 characters"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(said: dict[str, str], complaint: str) -> None:
    with pytest.raises(JudgmentError, match=complaint):
        judgment_of(**said)  # type: ignore[arg-type]  # the wrong words are the point


def test_reasons_belong_to_a_thumb_down_and_checking_to_a_thumb_up() -> None:
    assert judgment_of("up", ["unclear"]).reasons == ()
    assert not judgment_of("down", is_reviewed=True).is_reviewed


def test_consent_is_asked_once_and_can_be_revoked(
    judging: JudgingService, at: tuple[str, str, int], sessions: sessionmaker[Session]
) -> None:
    assert judging.answer(*at).may_be_used is None
    for is_given in (True, True, False):
        judging.consent("ada", is_given=is_given)
        assert judging.may_be_used("ada") is is_given
    assert judging.answer(*at).may_be_used is False
    assert judging.may_be_used("eve") is None
    with sessions() as session:
        assert list(session.scalars(select(Consent.is_given).order_by(Consent.id))) == [True, False]


def test_deleting_a_conversation_deletes_its_judgments(
    judging: JudgingService, at: tuple[str, str, int], chat: ChatService, rows: Rows
) -> None:
    judging.show_thumb(*at, Thumb.UP)
    chat.delete(*at[:2])
    assert rows() == []


def test_the_original_answer_is_never_overwritten(
    judging: JudgingService, at: tuple[str, str, int], sessions: sessionmaker[Session]
) -> None:
    judging.judge(*at, judgment_of("none", correction="Stomach."))
    with sessions() as session:
        assert session.get_one(Message, at[2]).content == "Colon adenocarcinoma."


@pytest.mark.parametrize(
    ("judgment", "is_pinned"),
    [
        (judgment_of("up", is_pinned=True), True),
        (judgment_of("down", correction="Stomach.", is_pinned=True), True),
        (judgment_of("down", comment="No.", is_pinned=True), False),
        (judgment_of("none", is_pinned=True), False),
        (judgment_of("down", correction="Colon adenocarcinoma.", is_pinned=True), False),
    ],
)
def test_a_case_is_pinned_only_where_it_is_said_what_is_right(
    judging: JudgingService, at: tuple[str, str, int], judgment: JudgmentView, is_pinned: bool
) -> None:
    assert judging.judge(*at, judgment).judgment.is_pinned == is_pinned


def test_a_pin_goes_when_the_answer_is_no_longer_right_and_comes_back_with_undo(
    judging: JudgingService, at: tuple[str, str, int]
) -> None:
    judging.judge(*at, judgment_of("up", is_pinned=True))
    assert not judging.show_thumb(*at, Thumb.DOWN).judgment.is_pinned
    assert judging.undo(*at).judgment.is_pinned
    assert not judging.withdraw(*at).judgment.is_pinned

from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound
from clover_chat.services.chat import ChatService, PatchView, Started
from clover_chat.services.deleting import DeletingService
from clover_chat.services.judging import JudgingService, judgment_of
from clover_chat.services.listing import ListingService
from clover_chat.services.searching import SearchService
from clover_chat.storage import feedback
from clover_chat.types import Sampling
from tests.services.test_chat import row_counts


@pytest.fixture
def deleting(sessions: sessionmaker[Session], chat: ChatService) -> DeletingService:
    return DeletingService(sessions, chat.delete)


@pytest.fixture
def judging(sessions: sessionmaker[Session]) -> JudgingService:
    return JudgingService(sessions)


@pytest.fixture
def asked(chat: ChatService, patch: PatchView, judging: JudgingService) -> Started:
    started, *_ = chat.ask("ada", None, "Which organ?", [patch.key], Sampling())
    assert isinstance(started, Started)
    good = judgment_of("up", [], "", "")
    judging.judge("ada", started.conversation_id, started.answer_id, good)
    judging.consent("ada", is_given=True)
    return started


def consented(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return len(list(feedback.consented(session)))


def test_a_deleted_conversation_is_gone_for_everything_but_the_way_back(
    asked: Started,
    chat: ChatService,
    deleting: DeletingService,
    judging: JudgingService,
    sessions: sessionmaker[Session],
) -> None:
    where = asked.conversation_id
    before = chat.history("ada", where)
    assert consented(sessions) == 1
    deleting.delete("ada", where)
    assert consented(sessions) == 0
    assert chat.conversations("ada") == []
    assert ListingService(sessions).listing("ada").groups == ()
    assert SearchService(sessions).search("ada", "organ") == ()
    for refused in (
        lambda: chat.history("ada", where),
        lambda: chat.window("ada", where),
        lambda: next(chat.ask("ada", where, "And?", [], Sampling())),
        lambda: next(chat.retry("ada", where, asked.answer_id, Sampling())),
        lambda: next(chat.edit("ada", where, asked.question_id, "And?", Sampling())),
        lambda: chat.show_sibling("ada", where, asked.answer_id),
        lambda: judging.answer("ada", where, asked.answer_id),
        lambda: deleting.delete("ada", where),
        lambda: ListingService(sessions).rename("ada", where, "Back"),
    ):
        with pytest.raises(ConversationNotFound):
            refused()
    deleting.restore("ada", where)
    assert chat.history("ada", where) == before
    assert consented(sessions) == 1


def test_nobody_deletes_or_brings_back_what_belongs_to_somebody_else(
    asked: Started, chat: ChatService, deleting: DeletingService
) -> None:
    with pytest.raises(ConversationNotFound):
        deleting.delete("eve", asked.conversation_id)
    assert chat.history("ada", asked.conversation_id)
    deleting.delete("ada", asked.conversation_id)
    with pytest.raises(ConversationNotFound):
        deleting.restore("eve", asked.conversation_id)


def test_what_was_deleted_is_removed_for_good_later_with_its_pictures(
    asked: Started,
    chat: ChatService,
    deleting: DeletingService,
    patch: PatchView,
    sessions: sessionmaker[Session],
    tmp_path: Path,
) -> None:
    deleting.delete("ada", asked.conversation_id)
    assert deleting.remove_deleted() == 0
    assert patch.path.exists()
    assert deleting.remove_deleted(older_than_s=0) == 1
    assert not patch.path.exists()
    counts = row_counts(sessions)
    assert counts.pop("consents") == 1
    assert set(counts.values()) == {0}
    with pytest.raises(ConversationNotFound):
        deleting.restore("ada", asked.conversation_id)


def test_a_picture_that_another_conversation_shows_stays(
    asked: Started, chat: ChatService, deleting: DeletingService, patch: PatchView
) -> None:
    list(chat.ask("ada", None, "Again?", [patch.key], Sampling()))
    deleting.delete("ada", asked.conversation_id)
    deleting.remove_deleted(older_than_s=0)
    assert patch.path.exists()

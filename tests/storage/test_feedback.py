from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clover_chat.storage.conversations import add_answer, add_conversation, add_question
from clover_chat.storage.feedback import (
    add_consent,
    add_judgment,
    consent_of,
    consented,
    judgment_of,
    judgments_in,
)
from clover_chat.storage.tables import Conversation, Judgment, Message
from clover_chat.types import Reason, Sampling, Thumb


def answer(session: Session, owner: str = "ada") -> Message:
    conversation = add_conversation(session, owner=owner, title="Organ?")
    question = add_question(
        session, conversation=conversation, parent_id=None, content="Organ?", image_hashes=()
    )
    return add_answer(
        session, conversation=conversation, question_id=question.id, sampling=Sampling()
    )


def judge(session: Session, message: Message, owner: str = "ada", **changes: Any) -> Judgment:
    given: Mapping[str, Any] = {"verdict": Thumb.UP, **changes}
    return add_judgment(session, owner=owner, message_id=message.id, **given)


def test_the_latest_row_counts_and_earlier_ones_are_kept(session: Session) -> None:
    message = answer(session)
    judge(session, message)
    judge(session, message, verdict=Thumb.DOWN, reasons=[Reason.UNCLEAR], comment="Why?")
    latest = judgment_of(session, owner="ada", message_id=message.id)
    assert latest is not None
    assert (latest.verdict, latest.reasons, latest.comment) == (Thumb.DOWN, ["unclear"], "Why?")
    assert session.scalars(select(func.count(Judgment.id))).one() == 2


def test_a_withdrawn_judgment_is_a_row_and_no_judgment(session: Session) -> None:
    message = answer(session)
    judge(session, message)
    judge(session, message, verdict=Thumb.NONE, is_withdrawn=True)
    assert judgment_of(session, owner="ada", message_id=message.id) is None
    found = judgments_in(session, owner="ada", conversation_id=message.conversation_id)
    assert found == {}
    assert session.scalars(select(func.count(Judgment.id))).one() == 2


def test_everybody_has_judgments_of_their_own(session: Session) -> None:
    message = answer(session)
    judge(session, message)
    assert judgment_of(session, owner="eve", message_id=message.id) is None


@pytest.mark.parametrize(
    ("said", "stands"), [([], None), ([True], True), ([True, False], False), ([False, True], True)]
)
def test_the_latest_word_on_consent_counts(
    session: Session, said: list[bool], stands: bool | None
) -> None:
    message = answer(session)
    judge(session, message)
    for word in said:
        add_consent(session, owner="ada", is_given=word)
    assert consent_of(session, owner="ada") is stands
    assert len(list(consented(session))) == int(stands is True)


def test_consented_judgments_come_one_conversation_after_the_other(session: Session) -> None:
    for owner in ("ada", "bob", "eve"):
        for _ in range(2):
            judge(session, answer(session, owner), owner)
    for owner in ("ada", "bob"):
        add_consent(session, owner=owner, is_given=True)
    found = list(consented(session))
    assert {each.judgment.owner for each in found} == {"ada", "bob"}
    ids = [each.conversation_id for each in found]
    assert ids == sorted(ids)
    assert len(ids) == 4


def test_judgments_go_with_their_conversation(session: Session) -> None:
    message = answer(session)
    judge(session, message)
    session.delete(session.get_one(Conversation, message.conversation_id))
    session.flush()
    assert session.scalars(select(func.count(Judgment.id))).one() == 0

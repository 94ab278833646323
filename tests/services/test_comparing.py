import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import (
    BridgeMismatch,
    ConversationNotFound,
    JudgmentError,
    PromotionError,
    QuestionError,
)
from clover_chat.services.bridges import BridgeService
from clover_chat.services.chat import ChatService, Event, PatchView, Started
from clover_chat.services.comparing import ComparingService, Side
from clover_chat.storage.tables import Comparison, Message
from clover_chat.types import Choice, Identity, Sampling
from tests.bridges import write_bridge
from tests.fakes import ReadyHost, ScriptedEngine

COLD, WARM = Sampling(), Sampling(temperature=0.8, seed=1)
PRESET = "clover-tiny"


class Round(ScriptedEngine):
    """A bridge of a later round."""

    @property
    def identity(self) -> Identity:
        return Identity("scripted", "0.2", "2" * 64)


def checked(folder: Path) -> None:
    if folder.name == "foreign":
        raise BridgeMismatch("The bridge 'foreign' belongs to the model other.")


@pytest.fixture
def bridges(tmp_path: Path) -> BridgeService:
    shipped = write_bridge(tmp_path / "shipped", 1)
    write_bridge(tmp_path / "bridges" / "round-1", 2)
    write_bridge(tmp_path / "bridges" / "foreign", 3)
    return BridgeService(tmp_path / "bridges", PRESET, shipped, checked)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(["Colon mucosa."])


@pytest.fixture
def later() -> Round:
    return Round(["Gastric mucosa."])


@pytest.fixture
def host(engine: ScriptedEngine, later: Round, tmp_path: Path) -> ReadyHost:
    return ReadyHost(engine, {tmp_path / "bridges" / "round-1": later})


@pytest.fixture
def comparing(
    sessions: sessionmaker[Session], chat: ChatService, host: ReadyHost, bridges: BridgeService
) -> ComparingService:
    return ComparingService(sessions, chat, host, bridges)


def run(events: Iterator[Event]) -> Started:
    first, *_ = events
    assert isinstance(first, Started)
    return first


def contest(
    comparing: ComparingService,
    chat: ChatService,
    patch: PatchView,
    left: Side,
    right: Side,
) -> Started:
    """Have two answers written side by side; return how the left one began."""
    hosts = comparing.hosts(left, right)
    asked = chat.ask("ada", None, "Organ?", [patch.key], left.sampling, host=hosts[0])
    one = run(asked)
    place = "ada", one.conversation_id
    two = run(comparing.again(*place, one.answer_id, right, hosts[1]))
    comparing.put_side_by_side(*place, one.answer_id, two.answer_id, is_blind=True)
    return one


def test_two_bridges_answer_one_question_and_both_answers_are_kept(
    comparing: ComparingService, chat: ChatService, patch: PatchView
) -> None:
    assert comparing.contenders() == ("foreign", "round-1")
    began = contest(comparing, chat, patch, Side("", COLD), Side("round-1", COLD))
    view = comparing.open_one("ada", began.conversation_id)
    assert view is not None
    assert (view.left.words, view.right.words) == ("Colon mucosa.", "Gastric mucosa.")
    assert view.left.origin == "0.0 (00000000), temperature 0"
    assert view.right.origin == "0.2 (22222222), temperature 0"
    shown = chat.history("ada", began.conversation_id)[-1]
    assert shown.sibling_ids == (view.left.answer_id, view.right.answer_id)


def test_two_settings_of_one_bridge_are_compared(
    comparing: ComparingService, chat: ChatService, patch: PatchView, engine: ScriptedEngine
) -> None:
    began = contest(comparing, chat, patch, Side("", COLD), Side("", WARM))
    assert [sampling for _, sampling in engine.asked] == [COLD, WARM]
    view = comparing.open_one("ada", began.conversation_id)
    assert view is not None
    assert view.right.origin.endswith("temperature 0.8, seed 1")


@pytest.mark.parametrize("choice", [each for each in Choice if each is not Choice.NONE])
def test_a_choice_is_kept_and_the_better_answer_goes_on(
    comparing: ComparingService,
    chat: ChatService,
    patch: PatchView,
    sessions: sessionmaker[Session],
    choice: Choice,
) -> None:
    began = contest(comparing, chat, patch, Side("", COLD), Side("round-1", COLD))
    view = comparing.choose("ada", began.conversation_id, choice)
    assert (view.choice, view.is_blind) == (choice, True)
    shown = chat.history("ada", began.conversation_id)[-1].content
    assert shown == ("Colon mucosa." if choice is Choice.LEFT else "Gastric mucosa.")
    assert comparing.open_one("ada", began.conversation_id) is None
    with sessions() as session:
        kept = list(session.scalars(select(Comparison.choice).order_by(Comparison.id)))
    assert kept == [Choice.NONE, choice]


def test_nothing_is_chosen_twice_or_without_two_answers_or_by_somebody_else(
    comparing: ComparingService, chat: ChatService, patch: PatchView
) -> None:
    began = contest(comparing, chat, patch, Side("", COLD), Side("round-1", COLD))
    with pytest.raises(ConversationNotFound):
        comparing.choose("eve", began.conversation_id, Choice.LEFT)
    with pytest.raises(JudgmentError, match="wait for a choice"):
        comparing.choose("ada", began.conversation_id, Choice.NONE)
    comparing.choose("ada", began.conversation_id, Choice.LEFT)
    with pytest.raises(JudgmentError, match="wait for a choice"):
        comparing.choose("ada", began.conversation_id, Choice.RIGHT)
    with pytest.raises(ConversationNotFound):
        comparing.put_side_by_side("eve", began.conversation_id, 1, 2, is_blind=False)


@pytest.mark.parametrize(
    ("left", "right", "error", "words"),
    [
        (Side("", COLD), Side("", COLD), QuestionError, "Both sides are the same"),
        (Side("", COLD), Side("", Sampling(seed=4)), QuestionError, "the seed changes nothing"),
        (Side("", COLD), Side("gone", COLD), PromotionError, "There is no bridge 'gone'"),
        (Side("", COLD), Side("foreign", COLD), BridgeMismatch, "belongs to the model other"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_nothing_is_asked(
    comparing: ComparingService,
    sessions: sessionmaker[Session],
    left: Side,
    right: Side,
    error: type[Exception],
    words: str,
) -> None:
    sides = [left, right]
    random.shuffle(sides)  # whichever stands first
    with pytest.raises(error, match=words):
        comparing.hosts(*sides)
    with sessions() as session:
        assert session.scalars(select(Message)).all() == []


def test_a_deleted_conversation_takes_its_comparisons_along(
    comparing: ComparingService,
    chat: ChatService,
    patch: PatchView,
    sessions: sessionmaker[Session],
) -> None:
    began = contest(comparing, chat, patch, Side("", COLD), Side("round-1", COLD))
    comparing.choose("ada", began.conversation_id, Choice.LEFT)
    chat.delete("ada", began.conversation_id)
    with sessions() as session:
        assert session.scalars(select(Comparison)).all() == []

import gc
import logging
from collections.abc import Generator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import GenerationFailed, ModelError, ModelNotReady, WeightsError
from clover_chat.services.chat import ChatService, Event, MessageView, PatchView, Started
from clover_chat.services.parts import PartBegun
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Generation, Message
from clover_chat.types import Author, Ending, ModelHost, ModelState, Sampling, Stage, Waiting
from tests.databases import sqlite_only
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost
from tests.knowledge.readings import reading
from tests.services.conftest import MakeChat

FETCHING = ModelState(Stage.FETCHING, "Fetching the language model", 0.5)
READY = ModelState(Stage.READY)
BROKEN = ModelState(Stage.FAILED, "The weights are damaged.")


def ask(chat: ChatService, patch: PatchView) -> tuple[Started, Generator[Event, None, None]]:
    """Ask and read as far as the beginning."""
    events = chat.ask("ada", None, "Organ?", [patch.key], Sampling())
    started = next(events)
    assert isinstance(started, Started)
    return started, events


def begun(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Read on to where the bridge begins to write."""
    assert next(events) == PartBegun(Author.BRIDGE)
    return events


def answer_of(chat: ChatService, started: Started) -> MessageView:
    return chat.history("ada", started.conversation_id)[-1]


def test_an_answer_stopped_midway_is_kept_and_marked(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    started, events = ask(chat, patch)
    assert next(begun(events)) == "Colon"
    events.close()
    answer = answer_of(chat, started)
    assert (answer.content, answer.status) == ("Colon", Ending.STOPPED)
    assert answer.figures is not None
    assert answer.figures.answer_tokens == 1
    assert engine.generations[0].is_closed


def test_an_answer_nobody_reads_any_more_is_kept_and_marked(
    chat: ChatService, patch: PatchView
) -> None:
    started, events = ask(chat, patch)
    next(begun(events))
    del events
    gc.collect()
    assert answer_of(chat, started).status is Ending.STOPPED


def test_a_stop_before_the_first_word_is_kept_as_an_empty_answer(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    started, events = ask(chat, patch)
    events.close()
    answer = answer_of(chat, started)
    assert (answer.content, answer.status, answer.bridge_version) == ("", Ending.STOPPED, None)
    assert engine.asked == []


def test_an_engine_that_fails_leaves_what_it_wrote_and_a_clear_sentence(
    make_chat: MakeChat, patch: PatchView, caplog: pytest.LogCaptureFixture
) -> None:
    engine = ScriptedEngine(fail_after=1, error=RuntimeError("shapes do not match"))
    chat = make_chat(ReadyHost(engine))
    started, events = ask(chat, patch)
    with pytest.raises(GenerationFailed, match="broke off"):
        list(events)
    answer = answer_of(chat, started)
    assert (answer.content, answer.status) == ("Colon", Ending.FAILED)
    assert engine.generations[0].is_closed
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "shapes do not match" in caplog.text


def test_a_failure_that_speaks_for_itself_is_passed_on_as_it_is(
    make_chat: MakeChat, patch: PatchView, caplog: pytest.LogCaptureFixture
) -> None:
    error = ModelError("The picture is too large for the model.")
    chat = make_chat(ReadyHost(ScriptedEngine(fail_after=0, error=error)))
    started, events = ask(chat, patch)
    with pytest.raises(ModelError) as caught:
        list(events)
    assert caught.value is error
    assert answer_of(chat, started).status is Ending.FAILED
    assert [record for record in caplog.records if record.levelno == logging.ERROR] == []


def test_a_failed_answer_may_be_followed_by_another_question(
    make_chat: MakeChat, patch: PatchView
) -> None:
    started, events = ask(make_chat(ReadyHost(ScriptedEngine(fail_after=0))), patch)
    with pytest.raises(GenerationFailed):
        list(events)
    engine = ScriptedEngine()
    chat = make_chat(ReadyHost(engine))
    list(chat.ask("ada", started.conversation_id, "And now?", [], Sampling()))
    ((turn,), _) = engine.asked[0]
    assert turn.question == "And now?"
    assert [picture.key for picture in turn.pictures] == [patch.key]


def test_the_place_in_line_is_told_and_is_no_part_of_the_answer(
    make_chat: MakeChat, patch: PatchView
) -> None:
    chat = make_chat(ReadyHost(ScriptedEngine([[Waiting(2), Waiting(1), "Colon."]])))
    started, events = ask(chat, patch)
    assert list(begun(events)) == [Waiting(2), Waiting(1), "Colon."]
    assert answer_of(chat, started).content == "Colon."


def test_a_stop_while_waiting_in_line_leaves_an_empty_stopped_answer(
    make_chat: MakeChat, patch: PatchView
) -> None:
    engine = ScriptedEngine([[Waiting(1), "Colon."]])
    chat = make_chat(ReadyHost(engine))
    started, events = ask(chat, patch)
    assert next(begun(events)) == Waiting(1)
    events.close()
    answer = answer_of(chat, started)
    assert (answer.content, answer.status) == ("", Ending.STOPPED)
    assert engine.generations[0].is_closed


def test_a_model_on_its_way_tells_how_far_it_is(make_chat: MakeChat, patch: PatchView) -> None:
    chat = make_chat(SlowHost([FETCHING, READY], ScriptedEngine(["Colon."])))
    started, events = ask(chat, patch)
    assert list(events) == [FETCHING, READY, PartBegun(Author.BRIDGE), "Colon."]
    answer = answer_of(chat, started)
    assert (answer.content, answer.bridge_version) == ("Colon.", "0.0")


def test_a_stop_while_the_model_loads_leaves_an_empty_stopped_answer(
    make_chat: MakeChat, patch: PatchView
) -> None:
    engine = ScriptedEngine()
    chat = make_chat(SlowHost([FETCHING, READY], engine))
    started, events = ask(chat, patch)
    assert next(events) == FETCHING
    events.close()
    answer = answer_of(chat, started)
    assert (answer.content, answer.status) == ("", Ending.STOPPED)
    assert engine.asked == []


def test_a_model_that_cannot_be_loaded_says_why(make_chat: MakeChat, patch: PatchView) -> None:
    error = WeightsError("The weights of the language model are damaged.")
    chat = make_chat(SlowHost([FETCHING, BROKEN], ScriptedEngine(), error=error))
    started, events = ask(chat, patch)
    assert [next(events), next(events)] == [FETCHING, BROKEN]
    with pytest.raises(WeightsError, match="damaged"):
        next(events)
    assert answer_of(chat, started).status is Ending.FAILED


def test_a_model_that_is_not_there_yet_is_one_clear_sentence(
    make_chat: MakeChat, patch: PatchView
) -> None:
    started, events = ask(make_chat(SlowHost([FETCHING], ScriptedEngine())), patch)
    with pytest.raises(ModelNotReady):
        list(events)
    assert started


def test_a_growing_answer_is_saved_while_it_grows(
    sessions: sessionmaker[Session], images: ImageStore, engine: ScriptedEngine, patch: PatchView
) -> None:
    chat = ChatService(sessions, images, ReadyHost(engine), save_every_s=0.0)
    started, events = ask(chat, patch)
    next(begun(events))
    answer = answer_of(chat, started)
    assert (answer.content, answer.status) == ("Colon", Ending.WRITING)
    list(events)
    assert answer_of(chat, started).status is Ending.COMPLETE


def test_a_fast_answer_is_not_saved_word_by_word(chat: ChatService, patch: PatchView) -> None:
    started, events = ask(chat, patch)
    next(begun(events))
    assert answer_of(chat, started).content == ""
    events.close()


def test_an_answer_ends_when_its_conversation_is_deleted(
    sessions: sessionmaker[Session], images: ImageStore, patch: PatchView
) -> None:
    engine = ScriptedEngine(["One two three four."])
    chat = ChatService(sessions, images, ReadyHost(engine), save_every_s=0.0)
    started, events = ask(chat, patch)
    assert next(begun(events)) == "One"
    chat.delete("ada", started.conversation_id)
    assert list(events) == []
    assert engine.generations[0].is_closed
    with sessions() as session:
        assert session.scalars(select(Message)).all() == []


@sqlite_only  # which alone gives an id away twice
def test_an_answer_is_not_saved_over_a_message_that_got_its_id(
    sessions: sessionmaker[Session], images: ImageStore, patch: PatchView, make_chat: MakeChat
) -> None:
    chat = ChatService(sessions, images, ReadyHost(ScriptedEngine()), save_every_s=0.0)
    deleted, events = ask(chat, patch)
    with sessions.begin() as session:
        session.delete(session.get_one(Message, deleted.answer_id))
    other, other_events = ask(make_chat(ReadyHost(ScriptedEngine(["Lung."]))), patch)
    assert other.question_id == deleted.answer_id
    list(other_events)
    list(events)
    question, answer = chat.history("ada", other.conversation_id)
    assert (question.content, answer.content) == ("Organ?", "Lung.")


@pytest.mark.parametrize("state", [READY, FETCHING])
def test_every_answer_has_a_row_of_its_figures(
    make_chat: MakeChat, patch: PatchView, sessions: sessionmaker[Session], state: ModelState
) -> None:
    engine = ScriptedEngine()
    host: ModelHost = ReadyHost(engine) if state is READY else SlowHost([FETCHING, READY], engine)
    started, events = ask(make_chat(host), patch)
    list(events)
    with sessions() as session:
        row = session.scalars(select(Generation)).one()
    assert row.message_id == started.answer_id
    assert (row.preset, row.bridge_version, row.bridge_hash) == ("scripted", "0.0", "0" * 64)
    assert (row.prompt_tokens, row.answer_tokens) == (10, 2)
    assert (row.time_to_first_token_s, row.tokens_per_s) == (0.25, 20.0)
    assert row.ending is Ending.COMPLETE


def test_what_contradicts_the_reading_is_neither_shown_nor_kept(
    sessions: sessionmaker[Session], images: ImageStore, patch: PatchView
) -> None:
    said = "This is lung adenocarcinoma. The stain is Papanicolaou. It has glands."
    engine = ScriptedEngine([said], reading=reading())
    chat = ChatService(sessions, images, ReadyHost(engine))
    started, *events = chat.ask("ada", None, "What is this?", [patch.key], Sampling())
    assert isinstance(started, Started)
    shown, sure = (event for event in events if isinstance(event, str))
    assert shown == "This is lung adenocarcinoma."
    assert sure == "How sure the model is: quite sure, 90% (lung adenocarcinoma)."
    part, _ = chat.history("ada", started.conversation_id)[-1].parts
    assert part.text == "This is lung adenocarcinoma."
    assert part.cut_reason is not None
    assert part.cut_reason.startswith("what followed named Papanicolaou")
    assert engine.generations[0].is_closed

from typing import Any

import gradio as gr
import pytest

from clover_chat.services.chat import SHOWN_AT_ONCE, ChatService
from clover_chat.services.listing import AT_A_TIME
from clover_chat.types import Sampling
from clover_chat.ui import earlier
from clover_chat.ui.arranging import ArrangingHandlers
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from tests.fakes import ScriptedEngine
from tests.ui.conftest import SETTINGS
from tests.ui.test_handlers import draft, event, last, messages_of


def sent(**data: Any) -> Any:
    return event(gr.EventData, **data)


@pytest.fixture
def asked(handlers: Handlers, desk: Desk, ada: gr.Request, upload: str) -> str:
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    last(handlers, desk, ada)
    return str(desk.conversation_id)


def test_a_conversation_is_renamed_pinned_and_archived(
    arranging: ArrangingHandlers, desk: Desk, ada: gr.Request, asked: str
) -> None:
    html = arranging.on_rename(desk, sent(id=asked, title=" Case 12 "), ada)
    assert 'data-title="Case 12"' in html
    assert "Pinned" in arranging.on_pin(desk, sent(id=asked, isOn=True), ada)
    assert "Archived (1)" in arranging.on_archive(desk, sent(id=asked, isOn=True), ada)
    assert "Today" in arranging.on_archive(desk, sent(id=asked, isOn=False), ada)


def test_a_title_that_is_refused_is_one_sentence(
    arranging: ArrangingHandlers, desk: Desk, ada: gr.Request, asked: str, sentences: list[str]
) -> None:
    assert "Which organ?" in arranging.on_rename(desk, sent(id=asked, title="x" * 500), ada)
    assert len(sentences) == 1


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": 7}, {"id": "x" * 9000}])
def test_what_a_page_makes_up_is_one_sentence(
    arranging: ArrangingHandlers,
    desk: Desk,
    ada: gr.Request,
    sentences: list[str],
    data: dict[str, Any],
) -> None:
    for handler in (arranging.on_pin, arranging.on_archive):
        handler(desk, sent(**data), ada)
    arranging.on_rename(desk, sent(**data, title="A title"), ada)
    assert len(sentences) == 3


def test_nobody_arranges_or_finds_what_belongs_to_somebody_else(
    arranging: ArrangingHandlers, ada: gr.Request, eve: gr.Request, asked: str, sentences: list[str]
) -> None:
    eves = Desk()
    arranging.on_rename(eves, sent(id=asked, title="Eve was here"), eve)
    arranging.on_pin(eves, sent(id=asked, isOn=True), eve)
    assert len(sentences) == 2
    assert "Nothing found" in arranging.on_search(sent(query="organ"), eve)
    assert "<mark>organ</mark>" in arranging.on_search(sent(query="organ"), ada)


def test_a_deletion_is_offered_back_for_a_while_and_undone(
    handlers: Handlers, desk: Desk, ada: gr.Request, asked: str
) -> None:
    _, shown, listed, _ = handlers.on_delete(desk, sent(id=asked), ada)
    assert (shown["value"], desk.conversation_id) == ([], None)
    assert f'data-restore="{asked}"' in listed
    restored = handlers.on_restore(desk, sent(id=asked), ada)
    assert len(messages_of(restored)) == 2
    assert "data-restore" not in restored[2]
    assert desk.conversation_id == asked


def test_an_undone_deletion_leaves_another_conversation_on_screen(
    handlers: Handlers, desk: Desk, ada: gr.Request, asked: str, upload: str
) -> None:
    other = Desk()
    handlers.on_sample(draft(""), "", other, sent(place="0"), ada, *SETTINGS)
    last(handlers, other, ada)
    handlers.on_delete(other, sent(id=asked), ada)
    _, shown, listed, _ = handlers.on_restore(other, sent(id=asked), ada)
    assert "value" not in shown
    assert asked in listed


def test_the_list_grows_when_asked_to(
    arranging: ArrangingHandlers, desk: Desk, ada: gr.Request
) -> None:
    arranging.on_older(desk, ada)
    assert desk.listed == 2 * AT_A_TIME


def test_days_are_those_of_whoever_looks(handlers: Handlers, desk: Desk, ada: gr.Request) -> None:
    handlers.on_load(" Asia/Tokyo", desk, ada)
    assert (desk.zone, desk.conversation_id) == ("Asia/Tokyo", None)


@pytest.fixture
def long(
    handlers: Handlers, chat: ChatService, desk: Desk, ada: gr.Request, asked: str
) -> list[int]:
    """Have a conversation of more messages than are shown, and return their ids."""
    for number in range(SHOWN_AT_ONCE):
        list(chat.ask("person:ada", asked, f"Question {number}?", [], Sampling()))
    handlers.on_open(desk, sent(id=asked), ada)
    return [view.id for view in chat.history("person:ada", asked)]


def test_a_long_conversation_opens_at_its_end_and_shows_the_rest_when_asked(
    handlers: Handlers, desk: Desk, ada: gr.Request, asked: str, long: list[int]
) -> None:
    opened = handlers.on_open(desk, sent(id=asked), ada)
    assert len(messages_of(opened)) == SHOWN_AT_ONCE
    assert desk.first_id == long[-SHOWN_AT_ONCE]
    assert f"({len(long) - SHOWN_AT_ONCE})" in earlier.on_turn(desk)
    assert len(messages_of(handlers.on_earlier(desk, ada))) == len(long)
    assert earlier.on_turn(desk) == ""


def test_positions_on_screen_mean_what_is_on_screen(
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    chat: ChatService,
    engine: ScriptedEngine,
    long: list[int],
) -> None:
    edited = event(gr.EditData, index=2, value="Stain?", previous_value="")
    handlers.on_edit(desk, edited, ada, *SETTINGS)
    messages = messages_of(last(handlers, desk, ada))
    assert messages[-2]["content"] == "Stain?"
    assert len(messages) == SHOWN_AT_ONCE
    history = chat.history("person:ada", str(desk.conversation_id))
    assert len(history) == len(long) - SHOWN_AT_ONCE + 4


def test_what_was_found_is_opened_where_it_is(
    handlers: Handlers, desk: Desk, ada: gr.Request, asked: str, long: list[int]
) -> None:
    opened = handlers.on_open(desk, sent(id=asked, message=long[3]), ada)
    assert desk.first_id == long[2]
    assert len(messages_of(opened)) == len(long) - 2


@pytest.mark.parametrize("message", [0, -1, 2**80, "7", None, [1]])
def test_a_message_that_a_page_makes_up_opens_the_conversation_at_its_end(
    handlers: Handlers, desk: Desk, ada: gr.Request, asked: str, message: Any
) -> None:
    assert len(messages_of(handlers.on_open(desk, sent(id=asked, message=message), ada))) == 2


def test_what_was_found_on_another_branch_is_put_on_screen(
    handlers: Handlers, chat: ChatService, desk: Desk, ada: gr.Request, asked: str
) -> None:
    first = chat.history("person:ada", asked)
    list(chat.edit("person:ada", asked, first[0].id, "Which stain?", Sampling()))
    handlers.on_open(desk, sent(id=asked, message=first[1].id), ada)
    assert [view.id for view in chat.history("person:ada", asked)] == [view.id for view in first]

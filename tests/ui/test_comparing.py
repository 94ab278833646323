from typing import Any

import gradio as gr
import pytest
from sqlalchemy import Engine as Database

from clover_chat.services.chat import SHOWN_AT_ONCE, ChatService
from clover_chat.services.comparing import ComparingService
from clover_chat.storage.database import sessions_on
from clover_chat.types import Sampling
from clover_chat.ui.comparing import ComparingHandlers
from clover_chat.ui.desk import Desk, messages_on_screen
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.people import People
from clover_chat.ui.uploads import Draft
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import Bench
from tests.ui.conftest import SETTINGS

COLD = {"bridge": "", "temperature": "0", "seed": "0"}
WARM = {"bridge": "", "temperature": "0.8", "seed": "1"}


@pytest.fixture
def comparing(
    database: Database, bench: Bench, engine: ScriptedEngine, handlers: Handlers, people: People
) -> ComparingHandlers:
    service = ComparingService(sessions_on(database), bench.chat, ReadyHost(engine))
    return ComparingHandlers(service, bench.chat, handlers, people)


def said(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def draft(text: str, *files: str) -> Draft:
    return {"text": text, "files": list(files)}


def contest(
    on: ComparingHandlers, desk: Desk, person: gr.Request, asked: Draft, **data: Any
) -> list[str]:
    """Have two answers written and return what the panel showed."""
    event = said(**{"left": COLD, "right": WARM, "isBlind": False, **data})
    *_, first = on.on_contest(asked, "", desk, event, person, *SETTINGS)
    return [first, *(panel for *_, panel in on.on_follow(desk, person))]


def test_two_answers_grow_one_after_the_other_and_wait_for_a_choice(
    comparing: ComparingHandlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    chat: ChatService,
    engine: ScriptedEngine,
) -> None:
    panels = contest(comparing, desk, ada, draft("Which organ?", upload))
    assert "the bridge at work, temperature 0.8, seed 1" in panels[0]
    assert "Which answer is better?" in panels[-1]
    assert panels[-1].index("Colon mucosa.") < panels[-1].index("Immunohistochemistry.")
    assert [sampling.temperature for _, sampling in engine.asked] == [0, 0.8]
    *_, chosen = comparing.on_choose(desk, said(choice="left"), ada)
    assert "The left answer is better." in chosen
    assert chat.history("person:ada", str(desk.conversation_id))[-1].content == "Colon mucosa."
    assert comparing.on_turn(desk, ada) == ""


def test_which_is_which_is_hidden_until_a_choice_is_made(
    comparing: ComparingHandlers, desk: Desk, ada: gr.Request, upload: str
) -> None:
    for panel in contest(comparing, desk, ada, draft("Which organ?", upload), isBlind=True):
        assert "temperature" not in panel
    assert "temperature" not in comparing.on_turn(desk, ada)
    *_, chosen = comparing.on_choose(desk, said(choice="both bad"), ada)
    assert "temperature 0.8, seed 1" in chosen


def test_with_an_empty_composer_the_last_question_is_answered_twice_again(
    comparing: ComparingHandlers,
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    chat: ChatService,
) -> None:
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    list(handlers.on_follow(desk, ada))
    contest(comparing, desk, ada, draft(""))
    assert len(chat.history("person:ada", str(desk.conversation_id))[-1].sibling_ids) == 3


@pytest.mark.parametrize(
    "data",
    [
        {"right": COLD},
        {"left": None},
        {"right": {**WARM, "temperature": "hot"}},
        {"right": {**WARM, "temperature": "nan"}},
        {"right": {**WARM, "seed": "-1"}},
        {"right": {**WARM, "bridge": "round-7"}},
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_the_composer_keeps_it(
    comparing: ComparingHandlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    sentences: list[str],
    engine: ScriptedEngine,
    data: dict[str, Any],
) -> None:
    event = said(**{"left": COLD, "right": WARM, **data})
    screen = comparing.on_contest(draft("Which organ?", upload), "", desk, event, ada, *SETTINGS)
    assert all("value" not in part for part in screen)
    assert len(sentences) == 1
    assert engine.asked == []


def test_a_stopped_answer_ends_the_contest(
    comparing: ComparingHandlers,
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    engine: ScriptedEngine,
) -> None:
    engine.delay_s = 0.3
    event = said(left=COLD, right=WARM, isBlind=True)
    comparing.on_contest(draft("Which organ?", upload), "", desk, event, ada, *SETTINGS)
    handlers.on_stop(desk, ada)
    *_, last = comparing.on_follow(desk, ada)
    assert last[-1] == ""
    assert len(engine.asked) == 1


def test_a_choice_that_is_none_is_one_sentence(
    comparing: ComparingHandlers, desk: Desk, ada: gr.Request, sentences: list[str]
) -> None:
    comparing.on_choose(desk, said(choice="left"), ada)
    desk.show("gone")
    comparing.on_choose(desk, said(choice="sideways"), ada)
    assert len(sentences) == 2


def test_a_long_conversation_shows_as_much_of_itself_as_before(
    comparing: ComparingHandlers,
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    chat: ChatService,
) -> None:
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    list(handlers.on_follow(desk, ada))
    where = str(desk.conversation_id)
    for number in range(SHOWN_AT_ONCE):
        list(chat.ask("person:ada", where, f"Question {number}?", [], Sampling()))
    handlers.on_open(desk, said(id=where), ada)
    event = said(left=COLD, right=WARM, isBlind=False)
    comparing.on_contest(draft("And the stain?"), "", desk, event, ada, *SETTINGS)
    shown = [messages for _, messages, *_ in comparing.on_follow(desk, ada)][-1]["value"]
    assert len(shown) == len(messages_on_screen(chat, "person:ada", desk, where)) < 30
    _, messages, *_ = comparing.on_choose(desk, said(choice="left"), ada)
    assert len(messages["value"]) == len(shown)

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from clover_chat.services.chat import ChatService
from clover_chat.types import Ending
from clover_chat.ui.desk import Desk, Screen
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.uploads import Draft
from tests.fakes import ScriptedEngine
from tests.ui.conftest import SETTINGS


def draft(text: str, *files: str) -> Draft:
    return {"text": text, "files": list(files)}


def event(kind: type[gr.EventData], **data: Any) -> Any:
    return kind(None, data)


def messages_of(screen: Screen) -> list[dict[str, Any]]:
    """Return the conversation on a screen, whether or not its thumbs came with it."""
    shown = screen[1]
    return list(shown["value"] if isinstance(shown, dict) else shown)


def last(handlers: Handlers, desk: Desk, person: gr.Request) -> Screen:
    return list(handlers.on_follow(desk, person))[-1]


@pytest.fixture
def asked(handlers: Handlers, desk: Desk, ada: gr.Request, upload: str) -> Screen:
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    return last(handlers, desk, ada)


def test_an_answer_is_shown_and_the_composer_is_free_again(asked: Screen, desk: Desk) -> None:
    composer, _, listing, _ = asked
    assert messages_of(asked)[-1]["content"] == "Colon mucosa."
    assert composer["submit_btn"] is True
    assert desk.conversation_id in listing


def test_the_question_leaves_the_composer_and_the_upload_the_disk(
    handlers: Handlers, desk: Desk, ada: gr.Request, upload: str
) -> None:
    composer, *_ = handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    assert composer["value"] == {"text": "", "files": []}
    assert not Path(upload).exists()


def test_an_original_file_name_appears_nowhere(asked: Screen) -> None:
    assert "DOE_JANE" not in repr(asked)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 50_000])
def test_a_question_that_cannot_be_asked_keeps_everything_as_it_is(
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    sentences: list[str],
    chat: ChatService,
    text: str,
) -> None:
    screen = handlers.on_ask(draft(text, upload), "", desk, ada, *SETTINGS)
    assert all("value" not in part for part in screen)
    assert len(sentences) == 1
    assert Path(upload).exists()
    assert chat.conversations("person:ada") == []


def test_a_bad_picture_is_reported_without_its_name_and_the_good_one_is_asked_about(
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    upload_dir: Path,
    sentences: list[str],
    engine: ScriptedEngine,
) -> None:
    bad = upload_dir / "ROE_RICHARD.png"
    bad.write_text("not a picture")
    handlers.on_ask(draft("Which organ?", str(bad), upload), "", desk, ada, *SETTINGS)
    last(handlers, desk, ada)
    assert len(sentences) == 1
    assert sentences[0].startswith("Picture 1: ")
    assert "ROE" not in sentences[0]
    assert len(engine.asked[0][0][0].pictures) == 1


def test_a_question_whose_only_picture_is_bad_waits_in_the_composer(
    handlers: Handlers, desk: Desk, ada: gr.Request, upload_dir: Path, engine: ScriptedEngine
) -> None:
    bad = upload_dir / "bad.png"
    bad.write_text("not a picture")
    composer, *_ = handlers.on_ask(draft("Which organ?", str(bad)), "", desk, ada, *SETTINGS)
    assert composer["value"] == {"text": "Which organ?", "files": []}
    assert engine.asked == []


def test_a_sample_question_is_about_the_sample_patch(
    handlers: Handlers, desk: Desk, ada: gr.Request, engine: ScriptedEngine
) -> None:
    handlers.on_sample(draft(""), "", desk, event(gr.EventData, place="0"), ada, *SETTINGS)
    last(handlers, desk, ada)
    (turn,) = engine.asked[0][0]
    assert "finding" in turn.question
    assert turn.pictures[0].load().size == (512, 512)


@pytest.mark.usefixtures("asked")
def test_a_retry_and_an_edit_make_versions_that_can_be_switched(
    handlers: Handlers, desk: Desk, ada: gr.Request
) -> None:
    retried = event(gr.RetryData, index=0, value="")
    handlers.on_retry(desk, retried, ada, *SETTINGS)
    messages = messages_of(last(handlers, desk, ada))
    assert messages[-1]["content"] == "Immunohistochemistry."
    back = messages[-1]["options"][0]["value"]
    chosen = event(gr.SelectData, index=0, value=back)
    messages = messages_of(handlers.on_switch(desk, chosen, ada))
    assert messages[-1]["content"] == "Colon mucosa."
    edited = event(gr.EditData, index=0, value="Which stain?", previous_value="")
    handlers.on_edit(desk, edited, ada, *SETTINGS)
    messages = messages_of(last(handlers, desk, ada))
    assert messages[0]["content"][1] == "Which stain?"
    assert "Question 2 of 2" in {option["label"] for option in messages[-1]["options"]}


def test_a_stopped_answer_keeps_what_was_written(
    handlers: Handlers,
    desk: Desk,
    ada: gr.Request,
    upload: str,
    engine: ScriptedEngine,
    chat: ChatService,
) -> None:
    engine.delay_s = 0.3
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    shown = handlers.on_follow(desk, ada)
    while messages_of(next(shown))[-1]["content"] != "Colon":
        pass
    handlers.on_stop(desk, ada)
    assert "Stopped." in messages_of(list(shown)[-1])[-1]["content"]
    answer = chat.history("person:ada", str(desk.conversation_id))[-1]
    assert answer.status is Ending.STOPPED


def test_a_page_that_turns_away_lets_the_answer_go_on_and_finds_it_again(
    handlers: Handlers, desk: Desk, ada: gr.Request, upload: str, engine: ScriptedEngine
) -> None:
    engine.delay_s = 1.0
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    shown = handlers.on_follow(desk, ada)
    next(shown)
    asked_in = str(desk.conversation_id)
    handlers.on_new(desk, ada)
    assert all("value" not in part for part in list(shown)[-1])
    other_page = Desk()
    handlers.on_load(asked_in, other_page, ada)
    assert messages_of(last(handlers, other_page, ada))[-1]["content"] == "Colon mucosa."


@pytest.mark.usefixtures("asked")
def test_nobody_opens_or_deletes_what_belongs_to_somebody_else(
    handlers: Handlers,
    desk: Desk,
    eve: gr.Request,
    sentences: list[str],
    chat: ChatService,
) -> None:
    foreign, eves_desk = str(desk.conversation_id), Desk()
    chosen = event(gr.EventData, id=foreign)
    assert "value" not in handlers.on_open(eves_desk, chosen, eve)[1]
    handlers.on_delete(eves_desk, chosen, eve)
    assert len(sentences) == 2
    assert messages_of(handlers.on_load(foreign, eves_desk, eve)) == []
    assert eves_desk.conversation_id is None
    assert [view.id for view in chat.conversations("person:ada")] == [foreign]


@pytest.mark.usefixtures("asked")
def test_deleting_the_conversation_on_screen_leaves_an_empty_page(
    handlers: Handlers, desk: Desk, ada: gr.Request
) -> None:
    chosen = event(gr.EventData, id=desk.conversation_id)
    assert messages_of(handlers.on_delete(desk, chosen, ada)) == []
    assert desk.conversation_id is None


def test_a_failure_in_the_middle_is_one_sentence_and_the_conversation_goes_on(
    handlers: Handlers, desk: Desk, ada: gr.Request, upload: str, engine: ScriptedEngine
) -> None:
    engine.fail_after = 1
    handlers.on_ask(draft("Which organ?", upload), "", desk, ada, *SETTINGS)
    failed = messages_of(last(handlers, desk, ada))[-1]["content"]
    assert failed.startswith("Colon\n\n")
    engine.fail_after = None
    handlers.on_ask(draft("And now?"), "", desk, ada, *SETTINGS)
    assert messages_of(last(handlers, desk, ada))[-1]["content"] == "Immunohistochemistry."


def test_the_clock_stops_once_the_model_is_ready(handlers: Handlers) -> None:
    sign, timer = handlers.on_tick()
    assert "Ready" in sign
    assert timer.active is False

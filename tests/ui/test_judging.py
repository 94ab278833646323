from typing import Any

import gradio as gr
import pytest
from sqlalchemy import Engine as Database

from clover_chat.services.chat import SHOWN_AT_ONCE
from clover_chat.services.judging import JudgingService
from clover_chat.storage.database import sessions_on
from clover_chat.types import Sampling, Thumb
from clover_chat.ui import panel
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.judging import NOTHING, JudgingHandlers
from clover_chat.ui.people import People
from tests.services.slides import Bench
from tests.ui.conftest import SETTINGS


@pytest.fixture
def service(database: Database) -> JudgingService:
    return JudgingService(sessions_on(database))


@pytest.fixture
def judging(service: JudgingService, bench: Bench, people: People) -> JudgingHandlers:
    return JudgingHandlers(service, bench.chat, people)


@pytest.fixture
def asked(handlers: Handlers, desk: Desk, ada: gr.Request, upload: str) -> Desk:
    """Return a page that shows an answer."""
    draft = {"text": "Which organ?", "files": [upload]}
    handlers.on_ask(draft, "", desk, ada, *SETTINGS)  # type: ignore[arg-type]  # as from a browser
    list(handlers.on_follow(desk, ada))
    return desk


def like(liked: bool | str, index: Any = 1) -> gr.LikeData:
    return gr.LikeData(None, {"index": index, "value": "", "liked": liked})


def said(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def test_a_thumb_is_shown_changed_and_taken_back(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    for liked, shown, title in (
        (True, "Like", "You find this answer right."),
        (False, "Dislike", "What is wrong with this answer?"),
        ("", None, "What do you think of this answer?"),
    ):
        conversation, opened = judging.on_thumb(asked, like(liked), ada)
        assert conversation["feedback_value"] == [shown]
        assert title in opened


@pytest.mark.parametrize("index", [7, -1, "x", None])
def test_a_thumb_somewhere_else_is_one_sentence_or_the_nearest_answer(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request, sentences: list[str], index: Any
) -> None:
    judged = judging.on_thumb(asked, like(True, index), ada)
    assert (judged == NOTHING) == (len(sentences) == 1) == (index != -1)


def test_what_is_said_of_an_answer_stands_under_it(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    judging.on_thumb(asked, like(False), ada)
    judgment = said(
        verdict="down", reasons=["unclear"], comment="Why <b>?", correction="Stomach.\nNot colon."
    )
    conversation, left = judging.on_keep(asked, judgment, ada)
    text = conversation["value"][-1]["content"]
    assert "Your reasons:</b> unclear" in text
    assert "Stomach.<br>Not colon." in text
    assert "Why &lt;b&gt;?" in text
    assert "May your judgments be used" in left
    assert asked.judged_id is None


@pytest.mark.parametrize(
    "data",
    [{}, {"verdict": "sideways"}, {"verdict": "down", "reasons": ["ugly"]}],
)
def test_a_judgment_that_cannot_be_kept_is_one_sentence_and_the_panel_stays(
    judging: JudgingHandlers,
    asked: Desk,
    ada: gr.Request,
    sentences: list[str],
    data: dict[str, Any],
) -> None:
    judging.on_thumb(asked, like(False), ada)
    assert judging.on_keep(asked, said(**data), ada) == NOTHING
    assert len(sentences) == 1
    assert asked.judged_id is not None


def test_reasons_of_another_form_are_none(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request, sentences: list[str]
) -> None:
    judging.on_thumb(asked, like(False), ada)
    judging.on_keep(asked, said(verdict="down", reasons=7), ada)
    assert sentences == []


def test_withdrawing_and_undoing_show_the_answer_as_it_then_is(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    judging.on_thumb(asked, like(True), ada)
    conversation, opened = judging.on_withdraw(asked, ada)
    assert conversation["feedback_value"] == [None]
    assert "Withdrawn." in opened
    conversation, opened = judging.on_undo(asked, ada)
    assert conversation["feedback_value"] == ["Like"]
    assert "Undone." in opened


def test_nothing_is_withdrawn_where_no_answer_lies_open(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request, sentences: list[str]
) -> None:
    assert judging.on_withdraw(asked, ada) == NOTHING
    assert judging.on_thumb(Desk(), like(True), ada) == NOTHING
    assert len(sentences) == 2


def test_nobody_judges_a_conversation_of_somebody_else(
    judging: JudgingHandlers, asked: Desk, eve: gr.Request, sentences: list[str]
) -> None:
    assert judging.on_thumb(asked, like(True), eve) == NOTHING
    assert len(sentences) == 1


def test_the_answer_opens_for_correction_in_its_own_words(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    opened = judging.on_open(asked, said(place=0), ada)
    assert "<details open><summary>Correct this answer</summary>" in opened
    assert ">Colon mucosa.</textarea>" in opened


def test_a_page_that_turned_to_something_else_meanwhile_stays_there(
    judging: JudgingHandlers,
    service: JudgingService,
    asked: Desk,
    ada: gr.Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    show_thumb = service.show_thumb

    def slow(*arguments: Any) -> Any:
        asked.show(None)
        return show_thumb(*arguments)

    monkeypatch.setattr(service, "show_thumb", slow)
    assert judging.on_thumb(asked, like(True), ada) == NOTHING
    assert asked.judged_id is None


def test_the_panel_closes_when_the_page_turns_and_only_then(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    judging.on_thumb(asked, like(True), ada)
    assert judging.on_turn(asked) != ""
    asked.show(None)
    assert judging.on_turn(asked) == ""


def test_consent_is_shown_once_it_was_asked_and_can_be_changed(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    assert judging.on_load(ada) == ""
    judging.on_thumb(asked, like(True), ada)
    opened, shown = judging.on_consent(asked, said(isGiven=True), ada)
    assert panel.consent(True) in opened
    assert shown == judging.on_load(ada) == panel.consent(True)
    judging.on_close(asked)
    assert judging.on_consent(asked, said(isGiven="no"), ada) == ("", panel.consent(False))


def test_a_thumb_in_a_long_conversation_is_for_the_answer_on_screen(
    judging: JudgingHandlers,
    handlers: Handlers,
    service: JudgingService,
    bench: Bench,
    asked: Desk,
    ada: gr.Request,
) -> None:
    where = str(asked.conversation_id)
    for number in range(SHOWN_AT_ONCE):
        list(bench.chat.ask("person:ada", where, f"Question {number}?", [], Sampling()))
    handlers.on_open(asked, said(id=where), ada)
    conversation, _ = judging.on_thumb(asked, like(True), ada)
    assert len(conversation["value"]) == SHOWN_AT_ONCE
    assert conversation["feedback_value"][0] == "Like"
    liked = bench.chat.history("person:ada", where)[-SHOWN_AT_ONCE + 1]
    assert service.answer("person:ada", where, liked.id).judgment.verdict is Thumb.UP


def test_a_case_is_pinned_in_the_panel_and_shown_as_pinned(
    judging: JudgingHandlers, asked: Desk, ada: gr.Request
) -> None:
    _, opened = judging.on_thumb(asked, like(True), ada)
    assert "data-pinned>Pin this case: " in opened
    conversation, _ = judging.on_keep(asked, said(verdict="up", isPinned=True), ada)
    assert "You pinned:</b> this case" in str(conversation)
    _, opened = judging.on_thumb(asked, like(True), ada)
    assert "data-pinned checked>" in opened
    _, opened = judging.on_thumb(asked, like(False), ada)
    assert "data-pinned>Pin this case with its correction: " in opened

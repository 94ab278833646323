from pathlib import Path
from typing import Any

import pytest

from clover_chat.services.views import MessageView, PartView, PatchView
from clover_chat.types import Author, Ending, ModelState, Role, Stage, Waiting
from clover_chat.ui import render
from clover_chat.ui.answers import Progress

PATCH = PatchView("a" * 64, Path("/store/aa/a.png"), 3000, 2000, Path("/store/aa/a.webp"))


def message(number: int, role: Role, content: str, **changes: Any) -> MessageView:
    values: dict[str, Any] = {
        "status": Ending.COMPLETE,
        "patches": (),
        "sibling_ids": (number,),
        "figures": None,
        "bridge_version": None,
    }
    return MessageView(id=number, role=role, content=content, **{**values, **changes})


QUESTION = message(1, Role.USER, "Which organ?", patches=(PATCH,))
ANSWER = message(2, Role.ASSISTANT, "Colon.")


def test_a_question_shows_its_patches_before_its_words() -> None:
    shown = render.conversation([QUESTION, ANSWER])
    assert shown[0]["content"][0]["path"] == "/store/aa/a.webp"
    assert shown[0]["content"][1] == "Which organ?"
    assert (shown[1]["role"], shown[1]["content"]) == ("assistant", "Colon.")


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.FAILED, Ending.INTERRUPTED])
def test_an_answer_that_did_not_end_well_says_so(ending: Ending) -> None:
    (shown,) = render.conversation([message(2, Role.ASSISTANT, "Col", status=ending)])
    assert shown["content"].startswith("Col\n\n")
    assert render.NOTES[ending] in shown["content"]


def test_only_the_answer_being_written_takes_the_progress() -> None:
    history = [QUESTION, ANSWER, message(3, Role.USER, "And?"), message(4, Role.ASSISTANT, "")]
    shown = render.conversation(
        history, Progress(parts=(PartView(Author.BRIDGE, "It gro"),)), answer_id=4
    )
    assert [view["content"] for view in shown[1:]] == ["Colon.", "And?", "It gro"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Waiting(1), "next in line"),
        (Waiting(3), "number 3 in line"),
        (ModelState(Stage.FETCHING, "", 0.42), "being fetched, 42%"),
        (ModelState(Stage.LOADING), "being loaded;"),
    ],
)
def test_a_question_that_waits_says_for_what(cause: ModelState | Waiting, words: str) -> None:
    assert words in render.answer_text(Progress(waits_for=cause))


def test_versions_of_the_last_question_and_answer_can_be_switched() -> None:
    history = [QUESTION, message(5, Role.ASSISTANT, "Colon.", sibling_ids=(2, 5, 9))]
    switch = render.conversation(history)[-1]["options"]
    assert [option["value"] for option in switch] == ["2", "5", "9"]
    assert switch[1]["label"] == "Answer 2 of 3"
    assert render.versions([QUESTION, ANSWER]) == []


def test_the_model_state_shows_the_part_done_and_the_reason_of_a_failure() -> None:
    assert "62%" in render.model_state(ModelState(Stage.FETCHING, "", 0.62))
    assert "is-ready" in render.model_state(ModelState(Stage.READY))
    assert "no network" in render.model_state(ModelState(Stage.FAILED, "There is no network."))


def test_a_model_that_is_ready_says_what_its_operator_should_know() -> None:
    shown = render.model_state(ModelState(Stage.READY, "The bridge 0.3.0 goes on answering."))
    assert "<small>The bridge 0.3.0 goes on answering.</small>" in shown
    assert "<small>" not in render.model_state(ModelState(Stage.READY))
    assert "<small>" not in render.model_state(ModelState(Stage.LOADING, "Loading the model"))


def test_an_answer_says_where_another_bridge_took_over() -> None:
    bridges = ["a" * 64, "a" * 64, None, "b" * 64, "b" * 64, "a" * 64]
    history = [
        message(number, Role.ASSISTANT, "Colon.", bridge_version=f"0.{number}", bridge_hash=bridge)
        for number, bridge in enumerate(bridges)
    ]
    shown = [each["content"] for each in render.conversation(history)]
    assert [number for number, text in enumerate(shown) if "another bridge" in text] == [3, 5]
    assert "another bridge answers: 0.3 (bbbbbbbb), not 0.1 (aaaaaaaa)." in shown[3]

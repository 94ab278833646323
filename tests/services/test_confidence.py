from collections.abc import Iterator

import pytest

from clover_chat.services.chat import ChatService, Event, PatchView, Started
from clover_chat.services.confidence import UNLIKE, unlike_note
from clover_chat.services.views import PartView
from clover_chat.types import Author, Familiarity, Picture, Sampling, Turn
from tests.fakes import ReadyHost, ScriptedEngine
from tests.knowledge.readings import reading
from tests.services.conftest import MakeChat

NEAR, FAR = Familiarity(0.8), Familiarity(1.3)
CANCER = "This is lung adenocarcinoma."
PICTURES = tuple(Picture(str(number), lambda: None) for number in range(3))  # type: ignore[arg-type, return-value]


def parts(chat: ChatService, question: str, patch: PatchView) -> tuple[PartView, ...]:
    """Ask, and return the parts of the answer as a reload finds them."""
    started, *_ = _events(chat.ask("ada", None, question, [patch.key], Sampling()))
    assert isinstance(started, Started)
    return chat.history("ada", started.conversation_id)[-1].parts


def _events(events: Iterator[Event]) -> list[Event]:
    return list(events)


def test_an_answer_says_how_sure_it_is(make_chat: MakeChat, patch: PatchView) -> None:
    engine = ScriptedEngine([CANCER], reading=reading(), familiarity=NEAR)
    said = parts(make_chat(ReadyHost(engine)), "What is this?", patch)
    assert said == (
        PartView(Author.BRIDGE, CANCER),
        PartView(Author.FIXED, "How sure the model is: quite sure, 90% (lung adenocarcinoma)."),
    )


def test_an_answer_that_the_reading_knows_nothing_of_says_nothing_of_it(
    make_chat: MakeChat, patch: PatchView
) -> None:
    engine = ScriptedEngine(["Nuclei are dark."], reading=reading())
    assert len(parts(make_chat(ReadyHost(engine)), "What do you see?", patch)) == 1


def test_a_picture_unlike_those_learnt_from_is_said_to_be_before_the_answer_comes(
    make_chat: MakeChat, patch: PatchView
) -> None:
    engine = ScriptedEngine([CANCER], reading=reading(), familiarity=FAR)
    note, answer = parts(make_chat(ReadyHost(engine)), "What is this?", patch)
    assert note.author is Author.FIXED
    assert note.text.startswith(f"This picture is {UNLIKE}")
    assert answer == PartView(Author.BRIDGE, CANCER)


@pytest.mark.parametrize(
    ("far", "beginning"),
    [({"1"}, "1 of the 3 pictures that the model is shown is"), ({"0", "1", "2"}, "All of the 3")],
)
def test_of_several_pictures_those_that_are_unlike_are_counted(
    far: set[str], beginning: str
) -> None:
    class Mixed(ScriptedEngine):
        def familiarity(self, picture: Picture) -> Familiarity:
            return FAR if picture.key in far else NEAR

    assert unlike_note(Mixed(), [Turn("What is this?", PICTURES)]).startswith(beginning)


def test_a_bridge_that_remembers_nothing_says_nothing() -> None:
    assert unlike_note(ScriptedEngine(), [Turn("What is this?", PICTURES)]) == ""


def test_what_unlike_means_is_said_when_a_picture_comes_and_in_a_word_afterwards() -> None:
    engine = ScriptedEngine(familiarity=FAR)
    first = Turn("What is this?", PICTURES[:1], CANCER)
    at_first = unlike_note(engine, [first])
    again = unlike_note(engine, [first, Turn("How sure are you?")])
    assert "no histology at all" in at_first
    assert again == f"This picture is {UNLIKE}: how sure the answer is cannot be said."
    assert unlike_note(engine, [first, Turn("And this?", PICTURES[1:2])]) == at_first


def test_a_follow_up_is_told_in_a_word_that_its_picture_is_unlike(
    make_chat: MakeChat, patch: PatchView
) -> None:
    chat = make_chat(ReadyHost(ScriptedEngine([CANCER], familiarity=FAR)))
    started, *_ = _events(chat.ask("ada", None, "What is this?", [patch.key], Sampling()))
    assert isinstance(started, Started)
    _events(chat.ask("ada", started.conversation_id, "How sure are you?", [], Sampling()))
    _, at_first, _, again = chat.history("ada", started.conversation_id)
    assert "no histology at all" in at_first.parts[0].text
    assert again.parts[0].text.endswith("how sure the answer is cannot be said.")

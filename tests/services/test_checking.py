from collections.abc import Generator

from PIL import Image

from clover_chat.knowledge.checking import Checked, Fault
from clover_chat.services.checking import checked, readings_for
from clover_chat.types import Picture, Turn, Waiting
from tests.fakes import ScriptedEngine
from tests.knowledge.readings import reading

PICTURE = Picture("key", lambda: Image.new("RGB", (8, 8)))


def run(stream: Generator[str | Waiting, None, Checked]) -> tuple[list[str | Waiting], Checked]:
    events: list[str | Waiting] = []
    try:
        while True:
            events.append(next(stream))
    except StopIteration as end:
        return events, end.value


def test_an_answer_streams_in_sentences_and_other_events_pass() -> None:
    pieces: list[str | Waiting] = [
        Waiting(1),
        "This is lung",
        " adenocarcinoma. ",
        "It has",
        " glands.",
    ]
    events, outcome = run(checked(iter(pieces), [reading()]))
    assert events == [Waiting(1), "This is lung adenocarcinoma.", " It has glands."]
    assert outcome.cut is None


def test_the_writing_is_not_read_on_once_it_is_cut() -> None:
    asked: list[str] = []

    def writing() -> Generator[str, None, None]:
        for piece in ("This is a colon adenocarcinoma. ", "It", " goes on."):
            asked.append(piece)
            yield piece

    events, outcome = run(checked(writing(), [reading()]))
    assert len(asked) == 2
    assert outcome.cut is not None
    assert outcome.cut.fault is Fault.CONTRADICTION
    assert events == [outcome.text]
    assert outcome.is_replaced


def test_a_follow_up_is_about_the_pictures_shown_last() -> None:
    engine = ScriptedEngine(reading=reading())
    assert readings_for(engine, (Turn("a", (PICTURE,), "b"), Turn("why"))) == (reading(),)
    assert readings_for(engine, (Turn("why"),)) == ()
    assert readings_for(ScriptedEngine(), (Turn("a", (PICTURE,)),)) == ()

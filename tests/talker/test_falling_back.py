from collections.abc import Generator, Iterator
from contextlib import closing

import pytest

from clover_chat.errors import TalkerBroke, TalkerError, TalkerUnreachable
from clover_chat.talker.client import HttpTalker
from clover_chat.talker.falling_back import WrittenBy, talk_or_fall_back
from clover_chat.talker.request import Endpoint, TalkRequest
from clover_chat.types import Author, Waiting
from tests.endpoint import serving
from tests.talker.streams import WHOLE, event, streaming

REQUEST = TalkRequest("Is it typical?")


class ScriptedTalker:
    """Says its pieces, then fails if it was told to."""

    def __init__(self, *pieces: str, error: Exception | None = None) -> None:
        self.is_closed = False
        self._pieces, self._error = pieces, error

    def talk(self, request: TalkRequest) -> Generator[str, None, None]:
        try:
            yield from self._pieces
            if self._error:
                raise self._error
        finally:
            self.is_closed = True


def default() -> Iterator[str | Waiting]:
    yield Waiting(1)
    yield "This is lung adenocarcinoma."


def never() -> Iterator[str]:
    raise AssertionError("the default is not needed")


def test_the_talker_writes_and_the_default_rests() -> None:
    events = list(talk_or_fall_back(ScriptedTalker("It ", "is."), REQUEST, never))
    assert events == [WrittenBy(Author.TALKER), "It ", "is."]


@pytest.mark.parametrize("pieces", [(), ("It ", "is")])
def test_once_it_fails_the_default_begins_anew(pieces: tuple[str, ...]) -> None:
    talker = ScriptedTalker(*pieces, error=TalkerBroke("The line is dead."))
    assert list(talk_or_fall_back(talker, REQUEST, default)) == [
        WrittenBy(Author.TALKER),
        *pieces,
        WrittenBy(Author.BRIDGE, "The line is dead. The default model answers instead."),
        Waiting(1),
        "This is lung adenocarcinoma.",
    ]


def test_a_fault_of_our_own_is_not_covered_up() -> None:
    talker = ScriptedTalker("It ", error=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        list(talk_or_fall_back(talker, REQUEST, never))


def test_closing_it_hangs_up_and_asks_nobody_else() -> None:
    talker = ScriptedTalker("It ", "is.")
    with closing(talk_or_fall_back(talker, REQUEST, never)) as events:
        assert [next(events), next(events)] == [WrittenBy(Author.TALKER), "It "]
    assert talker.is_closed


def test_closing_it_after_the_failure_stops_the_default() -> None:
    stopped: list[bool] = []

    def answer() -> Iterator[str]:
        try:
            yield "This is "
            yield "it."
        finally:
            stopped.append(True)

    talker = ScriptedTalker(error=TalkerUnreachable("Nobody."))
    with closing(talk_or_fall_back(talker, REQUEST, answer)) as events:
        assert [type(next(events)) for _ in range(3)] == [WrittenBy, WrittenBy, str]
    assert stopped == [True]


@pytest.mark.parametrize("reply", [streaming([WHOLE[:90]]), streaming([event("It is")])])
def test_an_endpoint_that_breaks_off_is_replaced_in_one_step(reply) -> None:
    with serving(reply) as server:
        talker = HttpTalker(Endpoint(server.url, "big"))
        events = list(talk_or_fall_back(talker, REQUEST, default))
        assert len(server.asked) == 1
    assert events[-1] == "This is lung adenocarcinoma."
    assert [each.author for each in events if isinstance(each, WrittenBy)] == [
        Author.TALKER,
        Author.BRIDGE,
    ]
    assert issubclass(TalkerBroke, TalkerError)

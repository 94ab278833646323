import logging
import socket
import time
from contextlib import closing

import pytest

from clover_chat.errors import (
    TalkerBroke,
    TalkerError,
    TalkerRefused,
    TalkerTooLong,
    TalkerTooSlow,
    TalkerUnreachable,
)
from clover_chat.talker.client import Bounds, HttpTalker
from clover_chat.talker.request import Endpoint, what_leaves
from tests.endpoint import Handler, Reply, ScriptedServer, hanging, refusing, serving
from tests.talker.streams import (
    ANSWER,
    DONE,
    WHOLE,
    begin,
    endless,
    event,
    in_one_piece,
    silent_after,
    streaming,
)
from tests.talker.test_request import full

TIGHT = Bounds(connect_s=2, silence_s=0.3, whole_s=1.0, characters=2_000, bytes=40_000)


def talker(server: ScriptedServer, bounds: Bounds = TIGHT) -> HttpTalker:
    return HttpTalker(Endpoint(server.url, "big", "secret-key"), bounds)


def ask(*script: Reply, bounds: Bounds = TIGHT) -> list[str]:
    with serving(*script) as server:
        return list(talker(server, bounds).talk(full()))


def test_an_answer_is_streamed_in_the_pieces_it_comes_in() -> None:
    assert ask(streaming([WHOLE])) == list(ANSWER)


def test_what_is_sent_is_what_was_shown_byte_for_byte() -> None:
    with serving(streaming([WHOLE])) as server:
        endpoint = Endpoint(server.url, "big", "secret-key")
        list(HttpTalker(endpoint).talk(full()))
        assert server.bodies == [what_leaves(full(), endpoint).encode("utf-8")]
        assert server.keys == ["Bearer secret-key"]


def test_without_a_key_none_is_sent() -> None:
    with serving(streaming([WHOLE])) as server:
        list(HttpTalker(Endpoint(server.url, "big")).talk(full()))
        assert server.keys == [""]


def test_events_may_be_cut_anywhere_on_their_way() -> None:
    assert ask(streaming([WHOLE[at : at + 1] for at in range(len(WHOLE))])) == list(ANSWER)


def test_remarks_figures_and_carriage_returns_between_events_do_no_harm() -> None:
    figures = b'data: {"choices": [], "usage": {"total_tokens": 7}}\r\n\r\n'
    chunks = [b": still here\n\n", event("Yes.").replace(b"\n", b"\r\n"), figures, DONE]
    assert ask(streaming(chunks)) == ["Yes."]


def test_an_endpoint_that_does_not_stream_is_understood() -> None:
    assert ask(in_one_piece("Yes.")) == ["Yes."]


def test_it_is_shown_before_it_is_finished_and_closing_hangs_up() -> None:
    with serving(silent_after([event("This is ")])) as server:
        with closing(talker(server, Bounds()).talk(full())) as pieces:
            started = time.monotonic()
            assert next(pieces) == "This is "
        assert time.monotonic() - started < 4


def promising(length: int) -> Reply:
    def reply(handler: Handler) -> None:
        begin(handler, Content_Length=str(length))
        handler.wfile.write(WHOLE.removesuffix(DONE))

    return reply


BROKEN = {
    "broken off in an event": streaming([event("This is "), b'data: {"choi']),
    "no end": streaming([event("This is "), event(None, "stop")]),
    "more promised than sent": promising(100_000),
    "less promised than sent": promising(20),
    "no JSON": streaming([b"data: {nonsense}\n\n"]),
    "JSON of another form": streaming([b'data: {"choices": [7]}\n\n']),
    "no object": streaming([b"data: [1]\n\n"]),
    "no text": streaming([b'data: {"choices": [{"delta": {"content": 7}}]}\n\n']),
    "nested without end": streaming([b"data: " + b"[" * 30_000 + b"\n\n"]),
    "an error inside": streaming([b'data: {"error": {"message": "out of memory"}}\n\n']),
    "nothing at all": streaming([event(""), event(None, "stop"), DONE]),
    "held back": streaming([event("This is "), event(None, "content_filter"), DONE]),
    "packed": streaming([WHOLE], Content_Encoding="gzip"),
    "a page": in_one_piece(None, "stop"),
    "not streamed and of another form": in_one_piece({"a": 1}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_answer_that_is_none_or_no_whole_one_is_an_error(case: str) -> None:
    with pytest.raises(TalkerBroke):
        ask(BROKEN[case])


ENDLESS = {
    "text": endless(event("and so on ")),
    "events without text": endless(event("")),
    "remarks": endless(b": still here\n\n" * 50),
    "cut by its own limit": streaming([event("This is "), event(None, "length"), DONE]),
    "not streamed, cut by its own limit": in_one_piece("This is", "length"),
    "not streamed, too long": in_one_piece("x" * 3_000),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_an_answer_without_an_end_is_ended(case: str) -> None:
    with pytest.raises(TalkerTooLong):
        ask(ENDLESS[case], bounds=Bounds(characters=2_000, bytes=40_000))


def test_a_line_without_an_end_is_ended() -> None:
    with pytest.raises(TalkerBroke, match="unknown form"):
        ask(endless(b"x" * 1000), bounds=Bounds())


@pytest.mark.parametrize(
    "reply",
    [
        hanging,
        silent_after([event("This is ")]),
        streaming([event("so ")] * 20, pause_s=0.1),
    ],
    ids=["never begins", "falls silent", "drips"],
)
def test_an_answer_that_takes_too_long_is_ended(reply: Reply) -> None:
    started = time.monotonic()
    with pytest.raises(TalkerTooSlow):
        ask(reply)
    assert time.monotonic() - started < 10


def test_nobody_at_the_address_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(TalkerUnreachable, match=r"Nobody answers at 127\.0\.0\.1"):
        list(HttpTalker(Endpoint(url, "big"), TIGHT).talk(full()))


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500])
def test_a_refusal_names_the_settings_and_nothing_of_what_the_endpoint_said(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(TalkerRefused) as caught:
        ask(refusing(status, b"secret words", Location="http://127.0.0.1:9/elsewhere"))
    assert str(status) in str(caught.value)
    said = str(caught.value) + caplog.text
    assert "secret" not in said
    assert full().question not in said


def test_every_failure_is_one_that_the_default_can_stand_in_for() -> None:
    errors = (TalkerBroke, TalkerRefused, TalkerTooLong, TalkerTooSlow, TalkerUnreachable)
    assert all(issubclass(error, TalkerError) for error in errors)

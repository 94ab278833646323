import email.utils

import pytest

from clover_chat.errors import TrainingError
from tests.endpoint import answering, cutting, garbling, hanging, refusing, serving
from training.instructions.generation.budget import Tokens
from training.instructions.generation.endpoint import (
    Endpoint,
    EndpointRefused,
    PassingFault,
    seconds_to_wait,
)
from training.instructions.generation.prompt import messages

SAID = messages("A nodule of spindle cells.")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_call_carries_model_messages_and_key() -> None:
    with serving(answering("Hello.")) as server:
        completion = Endpoint(server.url, "small", "secret").complete(SAID)
    assert completion.text == "Hello."
    assert completion.tokens == Tokens(500, 100)
    [asked] = server.asked
    assert asked["model"] == "small"
    assert asked["messages"] == SAID
    assert server.keys == ["Bearer secret"]


def test_without_a_key_none_is_sent() -> None:
    with serving(answering("Hello.", usage=None)) as server:
        completion = Endpoint(server.url, "small").complete(SAID)
    assert completion.tokens is None
    assert server.keys == [""]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_for_good_names_what_to_check_but_not_the_key(status: int) -> None:
    with (
        serving(refusing(status, b"no such model")) as server,
        pytest.raises(EndpointRefused) as refused,
    ):
        Endpoint(server.url, "small", "secret").complete(SAID)
    assert f"status {status}: no such model" in str(refused.value)
    assert "CLOVER_GENERATION_KEY" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_passing_refusal_costs_nothing(status: int) -> None:
    with serving(refusing(status, Retry_After="7")) as server, pytest.raises(PassingFault) as fault:
        Endpoint(server.url, "small").complete(SAID)
    assert fault.value.wait_s == 7
    assert not fault.value.may_be_charged


@pytest.mark.parametrize("reply", [garbling, cutting, hanging])
def test_an_answer_that_got_lost_may_be_charged(reply: object) -> None:
    with serving(reply) as server, pytest.raises(PassingFault) as fault:  # type: ignore[arg-type]
        Endpoint(server.url, "small", timeout_s=0.2).complete(SAID)
    assert fault.value.may_be_charged
    assert fault.value.wait_s is None


def test_nobody_listening_costs_nothing() -> None:
    with serving(answering()) as server:
        url = server.url
    with pytest.raises(PassingFault) as fault:
        Endpoint(url, "small").complete(SAID)
    assert not fault.value.may_be_charged


def test_the_environment_names_the_endpoint() -> None:
    named = {"CLOVER_GENERATION_URL": "http://host/v1", "CLOVER_GENERATION_MODEL": "small"}
    assert Endpoint.from_environment(named).key == ""
    assert Endpoint.from_environment(named | {"CLOVER_GENERATION_KEY": "k"}).key == "k"
    with pytest.raises(TrainingError, match="Set CLOVER_GENERATION_URL and CLOVER_GENERATION_M"):
        Endpoint.from_environment({})
    with pytest.raises(TrainingError, match="begin with http"):
        Endpoint.from_environment(named | {"CLOVER_GENERATION_URL": "file:///etc"})


def test_the_key_is_not_in_the_representation() -> None:
    assert "secret" not in repr(Endpoint("http://host", "small", "secret"))


def test_retry_after_is_seconds_or_a_date() -> None:
    now = 1_700_000_000.0
    assert seconds_to_wait("12", now) == 12
    assert seconds_to_wait("-3", now) == 0
    assert seconds_to_wait(email.utils.formatdate(now + 30, usegmt=True), now) == 30
    assert seconds_to_wait("soon", now) is None
    assert seconds_to_wait(None, now) is None

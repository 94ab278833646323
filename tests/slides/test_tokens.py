import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.errors import ConfigError
from clover_chat.slides.tokens import (
    TileTokens,
    TokenExpired,
    TokenForeign,
    TokenMissing,
    TokenRefused,
    TokenTampered,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> TileTokens:
    return TileTokens(b"s" * 32, lifetime_s=600, clock=clock)


def test_a_token_lets_its_viewer_see_its_slide(tokens: TileTokens) -> None:
    tokens.check(tokens.issue("me", "slide"), "me", "slide")


def test_nothing_is_no_token(tokens: TileTokens) -> None:
    for nothing in (None, ""):
        with pytest.raises(TokenMissing):
            tokens.check(nothing, "me", "slide")


def test_another_persons_token_and_a_guessed_slide_are_foreign(tokens: TileTokens) -> None:
    token = tokens.issue("me", "slide")
    with pytest.raises(TokenForeign):
        tokens.check(token, "you", "slide")
    with pytest.raises(TokenForeign):
        tokens.check(token, "me", "another")


def test_a_token_is_good_for_its_lifetime_and_no_longer_than_twice_that(
    tokens: TileTokens, clock: Clock
) -> None:
    token = tokens.issue("me", "slide")
    clock.now += 600
    tokens.check(token, "me", "slide")
    clock.now += 600
    with pytest.raises(TokenExpired):
        tokens.check(token, "me", "slide")


def test_a_token_stays_the_same_for_a_while_so_that_browsers_keep_tiles(
    tokens: TileTokens, clock: Clock
) -> None:
    clock.now = 600_000
    token = tokens.issue("me", "slide")
    clock.now += 599
    assert tokens.issue("me", "slide") == token
    clock.now += 1
    assert tokens.issue("me", "slide") != token


@given(position=st.integers(0, 71), flip=st.integers(1, 255))
def test_changing_any_byte_is_noticed(position: int, flip: int) -> None:
    tokens = TileTokens(b"s" * 32)
    raw = bytearray(base64.urlsafe_b64decode(tokens.issue("me", "slide") + "=="))
    raw[position] ^= flip
    with pytest.raises(TokenTampered):
        tokens.check(base64.urlsafe_b64encode(raw).decode(), "me", "slide")


@given(st.text(min_size=1, max_size=120))
def test_no_text_at_all_is_taken_for_a_token(text: str) -> None:
    with pytest.raises(TokenRefused):
        TileTokens(b"s" * 32).check(text, "me", "slide")


def test_a_token_of_another_server_is_refused(tokens: TileTokens, clock: Clock) -> None:
    theirs = TileTokens(b"t" * 32, clock=clock).issue("me", "slide")
    with pytest.raises(TokenTampered):
        tokens.check(theirs, "me", "slide")


def test_a_token_is_safe_in_an_address_and_names_nobody(tokens: TileTokens) -> None:
    token = tokens.issue("Jane Doe", "slide")
    assert token.replace("-", "").replace("_", "").isalnum()
    assert b"Jane" not in base64.urlsafe_b64decode(token + "==")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="has 5 bytes; it needs 32"):
        TileTokens(b"short")

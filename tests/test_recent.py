import pytest

from clover_chat.recent import Recent


def test_what_was_made_is_not_made_again() -> None:
    recent: Recent[list[int]] = Recent(2)
    made = recent.get("one", lambda: [1])
    assert recent.get("one", lambda: pytest.fail("it is known")) is made


def test_what_was_asked_for_longest_ago_is_forgotten() -> None:
    recent: Recent[int] = Recent(2)
    for key in ("one", "two", "one", "three"):
        recent.get(key, lambda: 1)
    assert recent.get("one", lambda: 2) == 1
    assert recent.get("two", lambda: 2) == 2


def test_a_failure_is_not_remembered() -> None:
    recent: Recent[int] = Recent(2)

    def fail() -> int:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        recent.get("one", fail)
    assert recent.get("one", lambda: 1) == 1

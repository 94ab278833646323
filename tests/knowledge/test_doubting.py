from dataclasses import replace

import pytest

from clover_chat.knowledge.cards import card
from clover_chat.knowledge.checking import check
from clover_chat.knowledge.claims import claim_reader
from clover_chat.knowledge.doubting import NOT_SURE, doubt
from clover_chat.knowledge.following_up import FollowUp
from clover_chat.types import Finding, Reading


def reading(*labels: tuple[str, float]) -> Reading:
    found = tuple(Finding(*each) for each in labels)
    return Reading((Finding("peripheral blood", 1.0),), (Finding("Giemsa", 1.0),), found)


SURE = reading(("basophil", 0.995), ("neutrophil", 0.005))
LIKELY = reading(("basophil", 0.8), ("neutrophil", 0.15), ("monocyte", 0.05))
TORN = reading(("basophil", 0.5), ("neutrophil", 0.35), ("monocyte", 0.15))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (SURE, "Very sure: this is a basophil (over 99%)."),
        (LIKELY, "Fairly sure: this is a basophil (80%); less likely a neutrophil (15%)."),
        (
            TORN,
            "Not sure: this may be a basophil (50%) or a neutrophil (35%) or a monocyte (15%).",
        ),
    ],
)
def test_how_sure_is_said_in_numbers(found: Reading, said: str) -> None:
    assert doubt(FollowUp.CERTAINTY, found).startswith(said)


def test_what_a_picture_cannot_tell_is_said_with_it() -> None:
    assert doubt(FollowUp.CERTAINTY, SURE).endswith(card("basophil").sure)


def test_reasons_are_given_only_for_what_is_likely() -> None:
    assert not doubt(FollowUp.REASONS, LIKELY)
    assert doubt(FollowUp.REASONS, TORN).startswith(f"{NOT_SURE} enough to say")


def test_what_else_names_what_the_reading_holds_possible() -> None:
    assert not doubt(FollowUp.OTHERS, SURE)
    assert doubt(FollowUp.OTHERS, LIKELY) == "This may be a basophil (80%) or a neutrophil (15%)."


def test_other_questions_are_left_to_the_bridge() -> None:
    assert not doubt(None, TORN)
    assert not doubt(FollowUp.COMPARISON, TORN)


@pytest.mark.parametrize(
    "asked", [FollowUp.CERTAINTY, FollowUp.OTHERS, FollowUp.REASONS, FollowUp.TYPICAL]
)
def test_no_number_is_given_of_a_picture_unlike_those_learnt_from(asked: FollowUp) -> None:
    said = doubt(asked, replace(SURE, is_unlike=True))
    assert said.startswith(NOT_SURE)
    assert said.endswith("unlike those I have learnt from. The nearest I know is a basophil.")


@pytest.mark.parametrize("found", [SURE, LIKELY, TORN, replace(SURE, is_unlike=True)])
@pytest.mark.parametrize("asked", [FollowUp.CERTAINTY, FollowUp.OTHERS, FollowUp.REASONS])
def test_the_check_holds_what_is_stated_to_be_true(found: Reading, asked: FollowUp) -> None:
    said = doubt(asked, found)
    assert not said or check(said, [found], claim_reader()).cut is None

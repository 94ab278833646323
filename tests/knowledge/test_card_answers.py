import pytest

from clover_chat.knowledge.card_answers import card_answers, differential, not_learnt
from clover_chat.knowledge.cards import card, cards
from clover_chat.knowledge.following_up import FollowUp


def test_a_follow_up_is_answered_from_the_card() -> None:
    known = card("oral squamous cell carcinoma")
    assert card_answers(FollowUp.REASONS, known.key) == set(known.seen)
    assert card_answers(FollowUp.ABSENT, known.key) == set(known.not_seen)
    assert card_answers(FollowUp.POWER, known.key) == {known.power}
    told = card_answers(FollowUp.COMPARISON, known.key, {"normal oral mucosa"})
    assert told == {known.tells_apart["normal oral mucosa"]}


def test_what_the_card_does_not_hold_is_said_to_be_unknown() -> None:
    assert not card_answers(FollowUp.COMPARISON, "basophil", {"colon adenocarcinoma"})
    said = not_learnt(FollowUp.COMPARISON, "basophil", {"colon adenocarcinoma"})
    assert said == "I have not learnt how a basophil and colon adenocarcinoma are told apart."
    assert "a basophil" in not_learnt(FollowUp.OTHERS, "basophil")


def test_a_label_without_a_card_has_no_answers() -> None:
    assert not card_answers(FollowUp.REASONS, "something new")


@pytest.mark.parametrize("label", sorted(cards()))
def test_only_what_a_person_would_think_of_comes_into_question(label: str) -> None:
    said = differential(card(label))
    assert not said or said.endswith("comes into question.")
    assert not said or card(label).is_differential

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from clover_chat.errors import TrainingError
from training.instructions.mixing import Mix, mix
from training.instructions.records import ImageRef, Method, Provenance, Record

from .conftest import record

TEMPLATE, CARD, GENERATED = Method.TEMPLATE, Method.CARD, Method.GENERATED


def several(
    count: int, method: Method, organ: str = "lung", answer: str = "A gland.", split: str = "train"
) -> list[Record]:
    return [
        record(
            [ImageRef(f"{organ}{number}.png", "0" * 64, f"{organ}{number}")],
            answer=answer,
            provenance=Provenance(method, "r", "0" * 64),
            organ=organ,
            split=split,
        )
        for number in range(count)
    ]


@pytest.fixture
def records() -> list[Record]:
    return [
        *several(60, TEMPLATE, "lung", "Yes, it is."),
        *several(20, TEMPLATE, "lung", "No, it is not."),
        *several(20, TEMPLATE, "colon"),
        *several(40, CARD),
        *several(30, GENERATED),
        *several(99, GENERATED, split="test"),
    ]


def methods(records: Sequence[Record]) -> Counter[Method]:
    return Counter(each.provenance.method for each in records)


def test_the_shares_are_kept(records: list[Record]) -> None:
    plan = Mix({TEMPLATE: 2, CARD: 1, GENERATED: 1}, total=80)
    assert methods(mix(records, plan)) == {TEMPLATE: 40, CARD: 20, GENERATED: 20}


def test_as_many_as_the_shares_allow_are_drawn(records: list[Record]) -> None:
    drawn = mix(records, Mix({TEMPLATE: 0.5, CARD: 0.25, GENERATED: 0.25}))
    assert methods(drawn) == {TEMPLATE: 60, CARD: 30, GENERATED: 30}
    assert len({each.key for each in drawn}) == 120


def test_only_one_split_is_drawn_from(records: list[Record]) -> None:
    assert {each.split for each in mix(records, Mix({GENERATED: 1}))} == {"train"}
    assert len(mix(records, Mix({GENERATED: 1}, split="test"))) == 99


def test_organs_and_answers_are_balanced(records: list[Record]) -> None:
    drawn = mix(records, Mix({TEMPLATE: 1}, total=40))
    assert Counter(each.organ for each in drawn) == {"lung": 20, "colon": 20}
    said = Counter(each.turns[0].answer for each in drawn if each.organ == "lung")
    assert said == {"Yes, it is.": 10, "No, it is not.": 10}


def test_the_same_seed_draws_the_same_in_the_same_order(records: list[Record]) -> None:
    shares = {TEMPLATE: 1, CARD: 1}
    assert mix(records, Mix(shares, 50)) == mix(records, Mix(shares, 50))
    assert mix(records, Mix(shares, 50)) != mix(records, Mix(shares, 50, seed=1))


def test_too_few_records_name_the_largest_total(records: list[Record]) -> None:
    with pytest.raises(TrainingError, match=r"40 card in train.*largest total is 80"):
        mix(records, Mix({TEMPLATE: 1, CARD: 1}, total=81))
    with pytest.raises(TrainingError, match="0 published"):
        mix(records, Mix({Method.PUBLISHED: 1}))


def test_shares_that_cannot_be_are_refused() -> None:
    with pytest.raises(TrainingError, match="not all 0"):
        Mix({TEMPLATE: 0})
    with pytest.raises(TrainingError, match="0 or more"):
        Mix({TEMPLATE: 2, CARD: -1})
    with pytest.raises(TrainingError, match="split is 'dev'"):
        Mix({TEMPLATE: 1}, split="dev")


def test_a_kind_can_be_emphasised_within_its_method(records: list[Record]) -> None:
    organs = [
        replace(each, turns=(replace(each.turns[0], kind="organ"),))
        for each in several(100, TEMPLATE)
    ]
    mixed = mix([*records, *organs], Mix({TEMPLATE: 1}, 60, emphasis={"label": 3}))
    assert Counter(each.kind for each in mixed) == {"label": 45, "organ": 15}
    without = mix([*records, *organs], Mix({TEMPLATE: 1}, 60, emphasis={"organ": 0}))
    assert {each.kind for each in without} == {"label"}


def test_a_negative_emphasis_is_refused() -> None:
    with pytest.raises(TrainingError, match="Emphasis must be 0 or more"):
        Mix({TEMPLATE: 1}, emphasis={"label": -1})

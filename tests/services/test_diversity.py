from hypothesis import given
from hypothesis import strategies as st

from clover_chat.services.diversity import most_diverse

PINK, ROSE, VIOLET, BLUE = (9.0, 5.0, 6.0), (9.0, 5.1, 6.0), (5.0, 3.0, 9.0), (1.0, 2.0, 9.0)


def test_the_first_is_typical_and_the_next_is_furthest_from_it() -> None:
    assert most_diverse([BLUE, PINK, ROSE, PINK, VIOLET], [1.0] * 5, 3) == [1, 0, 4]
    assert most_diverse([PINK, ROSE, PINK, BLUE], [1.0] * 4, 2) == [0, 3]


def test_what_shows_the_same_is_chosen_once() -> None:
    assert most_diverse([PINK, BLUE, PINK, BLUE, PINK], [1.0] * 5, 4) == [0, 1]


def test_a_paler_stain_makes_no_difference() -> None:
    pale = (18.0, 10.0, 12.0)
    assert len(most_diverse([PINK, pale, PINK], [1.0] * 3, 3)) == 1


def test_of_two_that_are_equally_far_the_one_with_more_tissue_is_chosen() -> None:
    assert most_diverse([PINK, PINK, PINK, BLUE, BLUE], [1, 1, 1, 0.3, 0.9], 2)[1] == 4


def test_there_may_be_nothing_to_choose_from() -> None:
    assert most_diverse([], [], 5) == []
    assert most_diverse([(0.0, 0.0)], [1.0], 5) == [0]


vectors = st.lists(st.tuples(*[st.floats(-10, 10)] * 3), min_size=1, max_size=12)


@given(vectors, st.integers(1, 6))
def test_nothing_is_chosen_twice(features: list[tuple[float, float, float]], count: int) -> None:
    chosen = most_diverse(features, [1.0] * len(features), count)
    assert 1 <= len(chosen) <= count
    assert len(set(chosen)) == len(chosen)

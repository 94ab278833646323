import numpy as np
import pytest

from clover_chat.errors import TrainingError
from training.evaluation.intervals import (
    cost_effectiveness,
    crossed_interval,
    interval,
    mean_of_means,
    paired_difference,
)


def test_the_interval_is_about_the_mean_of_all_rows() -> None:
    rows = [(f"image {number}", float(number % 4 == 0)) for number in range(400)]
    found = interval(rows)
    assert found.value == 0.25
    assert (found.images, found.rows) == (400, 400)
    # 1.96 * sqrt(0.25 * 0.75 / 400) is 0.0424
    assert found.low == pytest.approx(0.2076, abs=0.006)
    assert found.high == pytest.approx(0.2924, abs=0.006)


def test_many_answers_about_one_image_make_nobody_surer() -> None:
    once = [(f"image {number}", float(number % 2)) for number in range(40)]
    ten_times = [row for row in once for _ in range(10)]
    assert interval(ten_times).value == interval(once).value
    assert interval(ten_times).low == pytest.approx(interval(once).low)
    assert interval(ten_times).rows == 400
    assert interval([(str(place), value) for place, (_, value) in enumerate(ten_times)]).low > (
        interval(once).low + 0.05
    )


def test_an_image_with_more_answers_weighs_more() -> None:
    assert interval([("a", 1.0), ("a", 1.0), ("a", 1.0), ("b", 0.0)]).value == 0.75


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [(f"image {number % 7}", number / 20) for number in range(20)]
    assert interval(rows) == interval(rows[::-1])


def test_one_image_gives_no_width() -> None:
    found = interval([("a", 0.0), ("a", 1.0)])
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


def test_a_small_steady_gain_is_significant_though_the_intervals_overlap() -> None:
    rows = [(str(number), float(number % 2), float(number % 2 or number % 10 == 0)) for number in
            range(200)]  # fmt: skip
    found = paired_difference(rows)
    assert found.value == pytest.approx(0.1)
    assert found.is_significant
    assert found.p < 0.01
    assert interval((image, one) for image, one, _ in rows).high > 0.55


def test_no_difference_is_not_significant() -> None:
    rows = [(str(number), float(number % 2), float(number % 3 == 0)) for number in range(12)]
    assert not paired_difference(rows).is_significant
    same = paired_difference([("a", 1.0, 1.0), ("b", 0.0, 0.0)])
    assert (same.value, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_supports_and_images_are_both_drawn_again() -> None:
    lucky = np.repeat([[1.0], [0.0]], 50, axis=1)  # all depends on the support
    found = crossed_interval(lucky)
    assert found.value == 0.5
    assert (found.low, found.high) == (0.0, 1.0)
    assert (found.images, found.rows) == (50, 100)


def test_images_that_were_not_asked_do_not_count() -> None:
    found = crossed_interval(np.array([[1.0, np.nan, np.nan], [np.nan, 1.0, np.nan]]))
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert (found.images, found.rows) == (2, 2)


def test_the_papers_own_cost_effectiveness_comes_out() -> None:
    assert cost_effectiveness(89.38, 187_000_000) == pytest.approx(39.34, abs=0.01)


def test_too_few_parameters_have_no_cost_effectiveness() -> None:
    with pytest.raises(TrainingError, match="this bridge has 900,000"):
        cost_effectiveness(80.0, 900_000)


def test_in_a_mean_of_means_every_set_counts_the_same() -> None:
    small = [(f"small {number}", 1.0) for number in range(10)]
    large = [(f"large {number}", float(number % 2)) for number in range(200)]
    found = mean_of_means([small, large])
    assert found.value == 0.75
    assert (found.images, found.rows) == (210, 210)
    # the small set never moves: half of 1.96 * sqrt(0.25 / 200)
    assert found.high - found.low == pytest.approx(0.0693, abs=0.01)
    assert mean_of_means([large]).low == pytest.approx(interval(large).low, abs=0.02)

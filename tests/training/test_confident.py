import numpy as np
import pytest

from training.confident import NOTHING, count, thresholds, wrong_share

LABELS = 3


def told_and_read(
    pictures: int, wrong: float, sure: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities, told labels and which are wrong, of a classifier that is this sure."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, LABELS, pictures)
    is_wrong = rng.random(pictures) < wrong
    told = np.where(is_wrong, (true + rng.integers(1, LABELS, pictures)) % LABELS, true)
    read = np.where(rng.random(pictures) < sure, true, rng.integers(0, LABELS, pictures))
    probabilities = np.full((pictures, LABELS), (1 - sure) / (LABELS - 1))
    probabilities[np.arange(pictures), read] = sure
    return probabilities, told, is_wrong


@pytest.mark.parametrize("wrong", [0.1, 0.3])
def test_the_share_of_wrong_labels_lies_in_the_interval(wrong: float) -> None:
    probabilities, told, is_wrong = told_and_read(600, wrong, sure=0.98)
    found = wrong_share(count(probabilities, told, thresholds(probabilities, told)))
    assert found.low <= is_wrong.mean() <= found.high
    assert found.images == 600


def test_without_wrong_labels_the_share_is_what_the_classifier_gets_wrong() -> None:
    probabilities, told, _ = told_and_read(600, 0.0, sure=0.98)
    found = wrong_share(count(probabilities, told, thresholds(probabilities, told)))
    mistaken = (probabilities.argmax(1) != told).mean()
    assert found.value == pytest.approx(mistaken)


def test_wrong_labels_are_found_one_by_one() -> None:
    probabilities, told, is_wrong = told_and_read(300, 0.2, sure=0.99)
    found = count(probabilities, told, thresholds(probabilities, told))
    assert found.is_wrong[is_wrong].mean() > 0.95
    assert found.is_wrong[~is_wrong].mean() < 0.05


def test_a_classifier_that_is_never_sure_accuses_nobody() -> None:
    probabilities = np.full((9, LABELS), 1 / LABELS)
    told = np.repeat(np.arange(LABELS), 3)
    found = count(probabilities, told, np.full(LABELS, 0.9))
    assert set(found.counted.tolist()) == {NOTHING}
    assert wrong_share(found).value == 0.0


def test_a_label_that_nobody_told_is_out_of_reach() -> None:
    probabilities = np.tile([0.1, 0.1, 0.8], (4, 1))
    told = np.array([0, 0, 1, 1])
    limits = thresholds(probabilities, told)
    assert limits.tolist() == [0.1, 0.1, np.inf]
    assert 2 not in count(probabilities, told, limits).counted


def test_a_label_that_is_never_found_possible_is_out_of_reach() -> None:
    probabilities = np.array([[0.6, 0.4, 0.0], [0.9, 0.1, 0.0], [0.0, 0.0, 0.0]])
    told = np.array([0, 0, 2])
    limits = thresholds(probabilities, told)
    assert limits[2] == np.inf
    assert count(probabilities, told, limits).counted.tolist() == [NOTHING, 0, NOTHING]

import re

import pytest

from tests.training.evaluation.answers import NAMES, asked
from training.evaluation.report.reliability import Bin, bins, calibration_error, diagram
from training.evaluation.scores import Scored, score_all


def stated(*rows: tuple[float | None, bool]) -> list[Scored]:
    said = {True: "This is a basophil.", False: "This is a monocyte."}
    return score_all(
        [asked(said[is_right], confidence=confidence) for confidence, is_right in rows], NAMES
    )


def test_answers_are_gathered_by_confidence() -> None:
    found = bins(stated((0.91, True), (0.99, False), (1.0, True), (0.25, False), (None, True)))
    assert found[0] == Bin(0.25, 0.0, 1)
    assert found[1] == pytest.approx((2.9 / 3, 2 / 3, 3))
    assert len(found) == 2


def test_the_error_is_the_mean_gap() -> None:
    assert calibration_error([Bin(0.9, 0.5, 3), Bin(0.2, 0.2, 1)]) == pytest.approx(0.3)


def test_nobody_who_states_nothing_has_bins() -> None:
    assert bins(stated((None, True))) == []


def test_the_diagram_puts_a_point_for_each_bin_on_its_place() -> None:
    picture = diagram([Bin(0.0, 0.0, 1), Bin(1.0, 1.0, 4)])
    places = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', picture)
    assert places == [("36.0", "276.0", "6.5"), ("276.0", "36.0", "10.0")]
    assert "4 answers: 100% sure, 100% right" in picture

import json
from pathlib import Path

import pytest

from training.evaluation.metrics import (
    closed_truth,
    llava_med_pathvqa_rule,
    llava_med_rule,
    overlap,
    quilt_rule,
    quilt_verdict,
    strict_rule,
)
from training.evaluation.vqa_text import normalise

GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "data" / "text" / "vqa_metric_golden.json"


@pytest.mark.skipif(not GOLDEN.exists(), reason="the worked cases are not beside this checkout")
def test_every_worked_case_is_met() -> None:
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert len(cases) == 300
    for case in cases:
        answer, reference = case["prediction"], case["reference"]
        if case["kind"] == "closed":
            assert quilt_verdict(answer) == case["quilt_rule_prediction"], case
            assert quilt_rule(answer, closed_truth(reference)) == case["quilt_rule_correct"], case
            continue
        assert normalise(answer) == case["normalized_prediction"]
        assert normalise(reference) == case["normalized_reference"]
        expected = [case[name] for name in ("precision", "recall", "f1", "exact_match")]
        assert overlap(answer, reference) == pytest.approx(expected, abs=1e-9), case


@pytest.mark.parametrize(
    ("answer", "reference", "precision", "recall", "f1", "exact_match"),
    [
        ("uterus", "the uterus", 1, 1, 1, 1),
        ("uterus, uterus and the uterus", "uterus", 3 / 4, 1, 6 / 7, 1 / 4),
        ("nests of cells", "cells cells in nests", 2 / 3, 2 / 3, 2 / 3, 2 / 3),
        ("cells", "cells cells stroma stroma", 1, 1 / 3, 1 / 2, 1),
        ("liver", "kidney", 0, 0, 0, 0),
        ("", "kidney", 0, 0, 0, 0),
        ("a", "the", 0, 0, 0, 0),
    ],
)
def test_words_overlap_as_bags(
    answer: str, reference: str, precision: float, recall: float, f1: float, exact_match: float
) -> None:
    expected = (precision, recall, f1, exact_match)
    assert overlap(answer, reference) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("answer", "truth", "strict", "quilt", "llava_med", "pathvqa"),
    [
        ("Yes, it is.", "yes", True, True, True, True),
        ("No.", "yes", False, False, False, None),
        ("It is normal.", "no", False, False, True, True),
        ("It is normal.", "yes", False, True, False, None),
        ("Not seen here.", "no", False, True, True, True),
        ("nothing unusual", "no", False, False, True, True),
        ("The eyes are red.", "yes", False, True, True, True),
        ("Cancer.", "yes", False, True, False, False),
        ("Cancer.", "no", False, False, False, False),
        ("Yes, no doubt.", "yes", True, False, True, True),
        ("None.", "no", False, False, False, False),
        ("", "yes", False, True, False, False),
    ],
)
def test_every_paper_reads_yes_and_no_in_its_own_way(
    answer: str, truth: str, strict: bool, quilt: bool, llava_med: bool, pathvqa: bool | None
) -> None:
    assert strict_rule(answer, truth) is strict
    assert quilt_rule(answer, truth) is quilt
    assert llava_med_rule(answer, truth) is llava_med
    assert llava_med_pathvqa_rule(answer, truth) is pathvqa


@pytest.mark.parametrize(
    ("reference", "truth"),
    [
        ("yes", "yes"),
        (" No. ", "no"),
        ("No, this is a basophil.", "no"),
        ("No tumor cells are seen.", ""),
        ("Normal mucosa.", ""),
        ("", ""),
    ],
)
def test_a_reference_tells_whether_its_question_is_closed(reference: str, truth: str) -> None:
    assert closed_truth(reference) == truth

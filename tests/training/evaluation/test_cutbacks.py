import random

import pytest

from clover_chat.knowledge.cards import card, cards
from clover_chat.types import Finding, Reading
from tests.knowledge.readings import CANCER, NORMAL, reading
from training.evaluation.cutbacks import (
    contradicts,
    cut_backs,
    limits,
    limits_table,
    true_reading,
)
from training.evaluation.predictions import Prediction
from training.instructions.dialogues import dialogue
from training.instructions.phrasings import OPEN
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.instructions.statements import answer, open_kinds


def said(answer: str, label: str = CANCER, image: str = "one") -> Prediction:
    return Prediction(image, "lc25000", label, "label", "What is this?", "x", answer, "b", "i")


def test_cut_backs_are_counted_and_judged_by_the_truth() -> None:
    found = cut_backs(
        [
            said("This is lung adenocarcinoma."),
            said("This is colon adenocarcinoma."),
            said("This is colon adenocarcinoma.", label="colon adenocarcinoma"),
            said("It is pink. It is pink."),
            said("This is lung squamous cell carcinoma."),
            said("Anything.", image="unread"),
            said("Anything.", label=""),
        ],
        {"one": reading()},
    )
    assert found.answers == 5
    assert [each.is_deserved for each in found.cut] == [True, False, True]
    assert (found.wrong_before, found.wrong_after) == (2, 2)
    assert found.rate == pytest.approx(0.6)
    assert found.line == (
        "Of 5 answers 3 were cut back, 60.0% (2 for contradiction, 1 for repetition); of those for "
        "contradiction 1 contradicted the truth as well. Answers that contradict the truth: 2 "
        "before the check, 2 after it."
    )


def test_nothing_to_check_is_no_share() -> None:
    assert cut_backs([], {}).rate == 0.0


def test_the_truth_is_that_of_the_card() -> None:
    truth = true_reading("basophil")
    assert not contradicts("A blood smear, stained with May-Gruenwald-Giemsa. A basophil.", truth)
    assert contradicts("It lies in blood. This is a monocyte.", truth)
    assert not contradicts("No monocyte is seen.", truth)


def test_what_a_limit_takes_back_and_what_it_catches() -> None:
    sure = reading({CANCER: 0.97, NORMAL: 0.03})
    wrong = reading({CANCER: 0.04, NORMAL: 0.96})
    rows = {each.unlikely: each for each in limits([(sure, CANCER), (wrong, CANCER)])}
    assert (rows[0.05].true_lost, rows[0.05].wrong_caught) == (0.5, 0.5)
    assert (rows[0.02].true_lost, rows[0.02].wrong_caught) == (0.0, 0.0)
    assert "| 5% | 50.0% | 50.0% | 50.0% |" in limits_table(list(rows.values()))


def test_labels_that_may_both_be_true_are_not_wrong() -> None:
    both = Reading((), (), (Finding("neutrophil", 0.5), Finding("peripheral blood smear", 0.5)))
    assert all(each.wrong_caught == 0 for each in limits([(both, "neutrophil")]))


@pytest.mark.parametrize("label", cards())
def test_no_true_answer_that_the_bridge_learns_from_is_cut(label: str) -> None:
    known, rng = card(label), random.Random(label)
    image = ImageRef("one.png", "one", "one")
    specimen = Specimen(
        image, "lc25000", "CC0", label, known.organ, known.stains[0], "train", {}, "400x"
    )
    learnt = [
        answer(specimen, kind, question) for kind in open_kinds(specimen) for question in OPEN[kind]
    ]
    for _ in range(5):
        learnt += [turn.answer for turn in dialogue(specimen, rng)]
    found = cut_backs([said(each, label) for each in learnt], {"one": true_reading(label)})
    assert [each.checked for each in found.cut] == []
    assert found.wrong_before == 0

import pytest

from clover_chat.knowledge.cards import card
from clover_chat.types import Finding, Reading
from training.evaluation.asking import image_name
from training.evaluation.report.reliability import calibration_table
from training.evaluation.scores import known_names, score_all
from training.evaluation.standing import standing_test
from training.evaluation.verdicts import YES_NO, verdicts
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen

LABELS = ("lung adenocarcinoma", "colon adenocarcinoma", "basophil")


def specimen(number: int, label: str) -> Specimen:
    image = ImageRef(f"{number}.png", f"{number:064x}", f"group {number}")
    known = card(label)
    return Specimen(image, "source", "CC0", label, known.organ, "H&E", "test")


def reading(label: str, probability: float) -> Reading:
    other = next(each for each in LABELS if each != label)
    names = (Finding(label, probability), Finding(other, 1 - probability))
    return Reading((Finding(card(label).organ, 1.0),), (Finding("H&E", 1.0),), names)


def test_yes_and_no_follow_the_reading_and_say_how_sure_they_are() -> None:
    pictures = [specimen(number, label) for number, label in enumerate(LABELS)]
    readings = {image_name(each.image): reading(each.label, 0.8) for each in pictures}
    said = verdicts(standing_test(pictures, "test"), readings, "b")
    assert len(said) == 2 * len(pictures)
    assert {each.kind for each in said} == {YES_NO}
    for each in said:
        assert each.answer == each.reference.split(",")[0] + "."
    right = [each for each in said if each.answer == "Yes."]
    assert [each.confidence for each in right] == pytest.approx([0.8] * len(right))
    told = calibration_table(score_all(said, known_names()))
    assert f"| {YES_NO} | 6 | 6 | 100.0% |" in told


def test_of_answers_that_state_nothing_there_is_no_table() -> None:
    assert calibration_table([]) == ""

from collections.abc import Iterable
from pathlib import Path

import pytest

from clover_chat.model.clover import CloverModel
from clover_chat.model.loading import open_model
from clover_chat.model.presets import Places, preset
from tests.training.evaluation.answers import asked, yes_no
from training.evaluation.baselines import (
    LINEAR_PROBE,
    MAJORITY,
    WITHOUT_IMAGE,
    answer_by_majority,
    answer_by_probe,
    answer_without_image,
    majority_answers,
)
from training.evaluation.probe import Guess


def test_the_commonest_answer_of_a_kind_wins_and_a_verdict_stands_alone() -> None:
    learnt = [
        ("label", "This is a monocyte."),
        ("label", "This is a basophil."),
        ("label", "This is a monocyte."),
        ("organ", "The lung."),
        ("organ", "The colon."),
        ("yes_no_label", "Yes, this is a monocyte."),
        ("yes_no_label", "No, this is a basophil."),
        ("yes_no_label", "No, this is a monocyte."),
    ]
    assert majority_answers(learnt) == {
        "label": "This is a monocyte.",
        "organ": "The colon.",
        "yes_no_label": "No.",
    }


def test_the_majority_answers_the_kinds_it_knows() -> None:
    predictions = [asked("x", confidence=0.4), yes_no("y")]
    (said,) = answer_by_majority(predictions, {"label": "This is a monocyte."})
    assert (said.answer, said.bridge, said.confidence) == ("This is a monocyte.", MAJORITY, None)
    assert said.image == predictions[0].image


def test_the_probe_answers_for_the_label_of_the_images_it_saw() -> None:
    predictions = [asked("x", image="1"), asked("x", image="2"), yes_no("y", image="1")]
    (said,) = answer_by_probe(predictions, {"1": Guess("basophil", 0.9)})
    assert (said.answer, said.bridge, said.confidence) == (
        "This is a basophil.",
        LINEAR_PROBE,
        0.9,
    )


@pytest.mark.parametrize("name", ["clover-tiny", "clover-tiny-t5"])
def test_the_language_model_answers_from_the_question_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(tmp_path, None, lambda state: None)
    model, processor, _ = open_model(preset(name), None, places)

    def look(*arguments: object) -> None:
        raise AssertionError("nobody may look")

    monkeypatch.setattr(CloverModel, "get_image_features", look)
    monkeypatch.setattr(CloverModel, "encode", look)
    predictions = [
        asked("x", image="1", question="Which organ?"),
        asked("x", image="2", question="Which organ?"),
        asked("x", image="1", question="What is the most likely diagnosis?"),
    ]
    starts: list[int] = []

    def watch(given: Iterable[int]) -> Iterable[int]:
        starts.extend(given)
        return list(starts)

    together = answer_without_image(predictions, model, processor, max_tokens=6, progress=watch)
    alone = answer_without_image(predictions, model, processor, batch=1, max_tokens=6)

    assert together == alone
    assert starts == [0]
    assert together[0].answer == together[1].answer
    assert {item.bridge for item in together} == {WITHOUT_IMAGE}
    assert any(item.answer for item in together)

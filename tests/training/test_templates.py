import random
from collections import Counter
from pathlib import Path

import pytest

from training.evaluation.reading import names_only, verdict
from training.instructions.labels import label, labels
from training.instructions.sources import LabelledPatch, read_patches, sample_patches
from training.instructions.templates import (
    QUESTIONS,
    WEIGHTS,
    YES_NO,
    Truths,
    exchange,
    kinds_for,
    random_exchange,
)


@pytest.fixture(scope="module")
def patches(data_dir: Path) -> list[LabelledPatch]:
    return read_patches(data_dir)


def test_every_kind_has_several_phrasings() -> None:
    assert all(len(set(phrasings)) >= 5 for phrasings in QUESTIONS.values())
    assert all(len(set(phrasings)) >= 3 for phrasings in YES_NO.values())


def test_yes_and_no_are_balanced_and_true(patches: list[LabelledPatch]) -> None:
    rng, truths = random.Random(0), Truths.of(patches)
    said: Counter[str] = Counter()
    for _ in range(400):
        patch = rng.choice(patches)
        asked = exchange(patch, "yes_no_label", truths, rng)
        word = verdict(asked.answer)
        said[word] += 1
        is_about_it = label(patch.label).phrase.lower() in asked.question.lower()
        assert (word == "yes") == is_about_it
    assert abs(said["yes"] - said["no"]) < 60


def test_an_answer_names_the_label_and_no_other(patches: list[LabelledPatch]) -> None:
    rng, truths = random.Random(1), Truths.of(patches)
    names = {known.name for known in labels().values()}
    for patch in patches:
        for kind in ("label", "describe", "yes_no_label"):
            said = exchange(patch, kind, truths, rng).answer
            assert names_only(said, label(patch.label).name, names), said


def test_benign_or_malignant_is_only_asked_where_it_makes_sense(
    patches: list[LabelledPatch],
) -> None:
    for patch in patches:
        asks = {kind for kind in kinds_for(patch) if kind.endswith("nature")}
        assert bool(asks) == bool(label(patch.label).nature)


def test_the_kinds_are_drawn_by_their_weights(patches: list[LabelledPatch]) -> None:
    rng, truths = random.Random(2), Truths.of(patches)
    drawn = Counter(random_exchange(rng.choice(patches), truths, rng).kind for _ in range(2000))
    assert set(drawn) == set(WEIGHTS)
    assert drawn["yes_no_label"] > drawn["yes_no_stain"]


def test_the_sample_picture_is_described() -> None:
    patches = sample_patches()
    assert all(patch.label in labels() and patch.path.exists() for patch in patches)
    assert len({patch.crop for patch in patches}) == len(patches) == 14

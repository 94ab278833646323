from dataclasses import replace

import pytest
import torch

from clover_chat.errors import TrainingError
from clover_chat.model.reading import DecidedBy
from clover_chat.model.tiny import WIDTH
from tests.training.colours import fresh
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.reading import (
    ASPECTS,
    Seen,
    fit_labels,
    fit_reading,
    measure,
    measured_table,
    read_all,
    see,
    train_sample,
)

TRUTHS = {
    "lung adenocarcinoma": ("lc25000", "lung", "H&E"),
    "colon adenocarcinoma": ("lc25000", "colon", "H&E"),
    "basophil": ("pbc_cells", "peripheral blood", "May-Gruenwald-Giemsa"),
    "monocyte": ("pbc_cells", "peripheral blood", "May-Gruenwald-Giemsa"),
}
BRIDGE = "b" * 64


def specimen(label: str, number: int, split: str) -> Specimen:
    source, organ, stain = TRUTHS[label]
    name = f"{label}-{split}-{number}"
    image = ImageRef(f"{source}/{name}.png", name, f"{source}/{name}")
    return Specimen(image, source, "CC0", label, organ, stain, split)


def seen(label: str, number: int, split: str, noise: float = 1.5) -> Seen:
    """Return a picture whose label lies in the direction of what the bridge sees."""
    known = specimen(label, number, split)
    generator = torch.Generator().manual_seed(hash_of(known.image.sha256))
    output = noise * torch.randn(WIDTH, generator=generator, dtype=torch.float64)
    output[list(TRUTHS).index(label)] += 4
    return Seen(known, dict.fromkeys(ASPECTS, output))


def hash_of(text: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(text))


@pytest.fixture(scope="module")
def pictures() -> list[Seen]:
    counts = {"train": 40, "val": 20, "test": 20}
    return [
        seen(label, number, split)
        for label in TRUTHS
        for split, count in counts.items()
        for number in range(count)
    ]


def test_a_reading_names_the_likeliest_and_is_better_calibrated_than_before(
    pictures: list[Seen],
) -> None:
    head = fit_reading(pictures, BRIDGE, WIDTH // 2)
    tested = [each for each in pictures if each.specimen.split == "test"]
    found = measure(head, tested)
    assert [(row.source, row.aspect) for row in found] == [
        (source, aspect) for source in ("lc25000", "pbc_cells", "all") for aspect in ASPECTS
    ]
    label = found[-1]
    assert (label.source, label.pictures) == ("all", 80)
    assert label.accuracy > 0.75
    assert label.error < label.error_before
    assert "| all | label | 80 |" in measured_table(found)
    assert head.labels["pbc_cells"].names == ("basophil", "monocyte")
    assert set(read_all(head, tested)) == {each.specimen.image.sha256 for each in tested}


def test_the_same_pictures_give_the_same_reading_and_the_test_split_is_left_alone(
    pictures: list[Seen],
) -> None:
    one = fit_reading(pictures, BRIDGE, WIDTH // 2)
    other = fit_reading(
        [each for each in pictures if each.specimen.split != "test"], BRIDGE, WIDTH // 2
    )
    assert torch.equal(one.organ.weight, other.organ.weight)
    assert one.source.temperature == other.source.temperature
    assert one.labels["lc25000"].temperature == other.labels["lc25000"].temperature


def test_a_reading_needs_pictures_to_learn_from() -> None:
    with pytest.raises(TrainingError, match="no picture belongs to it"):
        fit_reading([seen("basophil", 1, "test")], BRIDGE, WIDTH // 2)


def test_fewer_train_pictures_are_chosen_by_hash_and_the_other_splits_stay_whole() -> None:
    known = [specimen(label, n, s) for label in TRUTHS for s in ("train", "test") for n in range(4)]
    sample = train_sample(known, 2)
    assert sample == train_sample(list(reversed(known)), 2)
    assert sum(each.split == "train" for each in sample) == 2 * len(TRUTHS)
    assert sum(each.split == "test" for each in sample) == 4 * len(TRUTHS)
    assert train_sample(known, None) == known


def test_pictures_are_seen_under_the_question_of_each_aspect() -> None:
    model, processor = fresh()
    known = [specimen("basophil", number, "train") for number in range(3)]
    patches = torch.randn(3, 6, WIDTH, generator=torch.Generator().manual_seed(0))
    views = {each.image: (row,) for each, row in zip(known, patches, strict=True)}
    found = see(model, processor, known, views)
    assert [each.specimen for each in found] == known
    assert all(each.output[aspect].shape == (3 * WIDTH,) for each in found for aspect in ASPECTS)


def test_only_train_pictures_are_seen_in_all_their_views_which_count_as_one() -> None:
    model, processor = fresh()
    known = [specimen("basophil", number, split) for number, split in enumerate(("train", "val"))]
    views = tuple(torch.randn(3, 6, WIDTH, generator=torch.Generator().manual_seed(0)))
    found = see(model, processor, known, {each.image: views for each in known})
    assert [each.specimen.split for each in found] == ["train", "train", "train", "val"]
    assert [each.weight for each in found] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
    assert not torch.equal(found[0].output["label"], found[1].output["label"])
    torch.testing.assert_close(found[0].output["label"], found[3].output["label"])


def test_val_pictures_decide_how_firmly_layers_are_held(pictures: list[Seen]) -> None:
    apart = [each for each in pictures if each.specimen.split == "train"]
    held = [
        replace(each, output=dict.fromkeys(ASPECTS, -each.output["label"]))
        if each.specimen.source == "pbc_cells"
        else each
        for each in pictures
        if each.specimen.split == "val"
    ]
    _, misled = fit_labels([*apart, *held], WIDTH // 2, DecidedBy.VAL)
    _, led = fit_labels(pictures, WIDTH // 2, DecidedBy.VAL)
    assert misled["pbc_cells"].weight.norm() < 0.5 * led["pbc_cells"].weight.norm()
    torch.testing.assert_close(misled["lc25000"].weight, led["lc25000"].weight)

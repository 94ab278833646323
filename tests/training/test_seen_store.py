from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.model.tiny import WIDTH
from tests.training.colours import fresh
from training.batches import Views
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.reading import ASPECTS, as_they_are
from training.seen_store import SeenStore, tensors_digest

IMAGES = [ImageRef(f"{number}.png", str(number), str(number)) for number in range(3)]
SPECIMENS = [Specimen(each, "", "", "", "", "", "train") for each in IMAGES]


class Look:
    """Makes features up and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[ImageRef] = []

    def __call__(self, images: Iterable[ImageRef], views: int = 1) -> dict[ImageRef, Views]:
        wanted = list(images)
        self.asked += wanted
        generator = torch.Generator().manual_seed(0)
        return {each: tuple(torch.randn(views, 6, WIDTH, generator=generator)) for each in wanted}


def test_a_picture_is_looked_at_once_for_each_bridge(tmp_path: Path) -> None:
    model, processor = fresh()
    look = Look()
    first = SeenStore(tmp_path, model, processor, look).see(SPECIMENS[:2])
    assert look.asked == IMAGES[:2]
    again = SeenStore(tmp_path, model, processor, look).see(SPECIMENS)
    assert look.asked == IMAGES
    assert [each.specimen for each in again] == SPECIMENS
    for one, other in zip(first, again, strict=False):
        assert all(torch.equal(one.output[aspect], other.output[aspect]) for aspect in ASPECTS)

    with torch.no_grad():
        model.query_tokens.add_(1)
    SeenStore(tmp_path, model, processor, look).see(SPECIMENS[:1])
    assert look.asked == [*IMAGES, IMAGES[0]]


def test_a_damaged_file_is_looked_at_again(tmp_path: Path) -> None:
    model, processor = fresh()
    SeenStore(tmp_path, model, processor, Look()).see(SPECIMENS[:1])
    for path in tmp_path.rglob("*.safetensors"):
        path.write_bytes(b"nothing")
    look = Look()
    (found,) = SeenStore(tmp_path, model, processor, look).see(SPECIMENS[:1])
    assert look.asked == IMAGES[:1]
    assert set(found.output) == set(ASPECTS)


def test_only_pictures_to_learn_from_are_seen_in_further_views(tmp_path: Path) -> None:
    model, processor = fresh()
    look = Look()
    known = [SPECIMENS[0], replace(SPECIMENS[1], split="val")]
    found = SeenStore(tmp_path, model, processor, look).see(known, views=2)
    assert [(each.specimen, each.view, each.weight) for each in found] == [
        (known[0], 0, 0.5),
        (known[0], 1, 0.5),
        (known[1], 0, 1.0),
    ]
    assert as_they_are(found) == [found[0], found[2]]
    assert not torch.equal(found[0].output["label"], found[1].output["label"])

    look.asked.clear()
    SeenStore(tmp_path, model, processor, look).see(known, views=2)
    assert look.asked == []
    SeenStore(tmp_path, model, processor, look).see(known, views=3)
    assert look.asked == IMAGES[:1]


@pytest.mark.parametrize("change", [0.0, 1.0])
def test_a_bridge_is_known_by_its_numbers(change: float) -> None:
    one, other = fresh()[0], fresh()[0]
    with torch.no_grad():
        other.query_tokens.add_(change)
    assert (tensors_digest(one) == tensors_digest(other)) is (change == 0.0)

"""Frozen encoder features of the training pictures, computed once and kept on disk."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.features import FeatureStore
from clover_chat.model.pixels import to_pixel_values
from training.instructions.sources import LabelledPatch

FLIPS = (
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)


@dataclass(frozen=True)
class SeenPatch:
    """A labelled patch with the encoder features of each of its views.

    Attributes:
        patch: What is true of it.
        views: Features, each [P, V] in float16; the picture as it is first, then its augmented
            views.
    """

    patch: LabelledPatch
    views: tuple[Tensor, ...]


def look_at(
    model: CloverModel,
    store: FeatureStore,
    patches: Sequence[LabelledPatch],
    views: int = 1,
    progress: Callable[[Iterable[LabelledPatch]], Iterable[LabelledPatch]] = iter,
) -> Iterator[SeenPatch]:
    """Yield patches with their features; views after the first are augmented.

    Args:
        model: Gives the encoder and its input form.
        store: Keeps features by file, crop and view.
        patches: What to look at.
        views: How many views each picture gets.
        progress: Wraps the patches, for a progress bar.
    """
    for patch in progress(patches):
        seen = [
            store.get(_key(patch, view), partial(_encode, model, patch, view))
            for view in range(views)
        ]
        yield SeenPatch(patch, tuple(seen))


def _key(patch: LabelledPatch, view: int) -> str:
    crop = "-".join(map(str, patch.crop or ()))
    return "_".join(part for part in (patch.source, patch.path.stem, crop, str(view)) if part)


def _encode(model: CloverModel, patch: LabelledPatch, view: int) -> Tensor:
    image = open_patch(patch)
    if view:
        image = augment(image, random.Random(_key(patch, view)))  # noqa: S311 - not a secret
    with torch.inference_mode():
        return model.encode(to_pixel_values(image, model.config.image_input))[0]


def open_patch(patch: LabelledPatch) -> Image.Image:
    """Return the picture a labelled patch means."""
    with Image.open(patch.path) as image:
        whole = image.convert("RGB")
    return whole.crop(patch.crop) if patch.crop else whole


def augment(image: Image.Image, rng: random.Random) -> Image.Image:
    """Return a view that is turned, slightly cropped, and of other brightness and colour."""
    share = rng.uniform(0.8, 1.0)
    width, height = round(image.width * share), round(image.height * share)
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    view = image.crop((left, top, left + width, top + height)).transpose(rng.choice(FLIPS))
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhance(view).enhance(rng.uniform(0.8, 1.2))
    return view

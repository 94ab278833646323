"""Frozen encoder features of the training pictures, computed once and kept on disk.

A picture's features lie under its content hash, crop and view, in a folder named after the
encoder: whoever trains on the same pixels finds them, whatever the file is called.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.features import FeatureStore
from clover_chat.model.pixels import to_pixel_values
from training.batches import Views
from training.instructions.pictures import Gallery
from training.instructions.records import ImageRef

FLIPS = (
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)


def look_at(
    model: CloverModel,
    store: FeatureStore,
    images: Iterable[ImageRef],
    roots: Sequence[Path],
    views: int = 1,
    progress: Callable[[Sequence[ImageRef]], Iterable[ImageRef]] = iter,
) -> dict[ImageRef, Views]:
    """Return the features of pictures, each as it is first and then augmented.

    Args:
        model: Gives the encoder and its input form.
        store: Keeps features.
        images: What to look at; each once, however often it is named.
        roots: Folders the pictures' paths start from.
        views: How many views each picture gets.
        progress: Wraps the pictures, for a progress bar.
    """
    gallery = Gallery(tuple(roots))
    return {
        image: tuple(
            store.get(_key(image, view), partial(_encode, model, image, view, gallery))
            for view in range(views)
        )
        for image in progress(list(dict.fromkeys(images)))
    }


def open_image(image: ImageRef, gallery: Gallery) -> Image.Image:
    """Return the picture a record means, RGB."""
    path = gallery.find(image.path)
    assert path is not None, "records are read with their pictures checked"
    with Image.open(path) as file:
        whole = file.convert("RGB")
    return whole.crop(image.crop) if image.crop else whole


def augment(image: Image.Image, rng: random.Random) -> Image.Image:
    """Return a view that is turned, slightly cropped, and of other brightness and colour."""
    share = rng.uniform(0.8, 1.0)
    width, height = round(image.width * share), round(image.height * share)
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    view = image.crop((left, top, left + width, top + height)).transpose(rng.choice(FLIPS))
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhance(view).enhance(rng.uniform(0.8, 1.2))
    return view


def _key(image: ImageRef, view: int) -> str:
    crop = "-".join(map(str, image.crop or ()))
    return "_".join(part for part in (image.sha256, crop, str(view)) if part)


def _encode(model: CloverModel, image: ImageRef, view: int, gallery: Gallery) -> Tensor:
    picture = open_image(image, gallery)
    if view:
        picture = augment(picture, random.Random(_key(image, view)))  # noqa: S311 - no secret
    with torch.inference_mode():
        pixels = to_pixel_values(picture, model.config.image_input)
        return model.encode(pixels.to(model.query_tokens.device))[0].cpu()

"""The sample picture that scikit-image ships (CC0), as specimens to learn from.

Colon, FHL2 immunohistochemistry with DAB and a hematoxylin counterstain, 512 px.
"""

import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from clover_chat.errors import TrainingError
from training.instructions.pictures import Gallery
from training.instructions.records import ImageRef
from training.instructions.specimens import LICENCES, Specimen

SOURCE = "ihc"
LABEL = "colonic glands with FHL2 immunohistochemistry"
STAIN = "immunohistochemistry (DAB, hematoxylin)"
SIDE = 512
CROPS = ((512, 1), (384, 2), (256, 3))
"""Sides of the crops, in pixels, and how many of them in a row."""

_FILE = f"{SOURCE}/images/ihc.png"


def sample_specimens(root: Path) -> list[Specimen]:
    """Return crops of the sample picture, putting it under `root` first.

    Raises:
        TrainingError: The folder cannot be written to.
    """
    file = root / _FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(files("skimage") / "data" / "ihc.png"), file)
    except OSError as error:
        raise TrainingError(f"The sample cannot be put into {root}: {error.strerror}.") from error
    whole = Gallery((root,)).refer(_FILE, f"{SOURCE}/ihc")
    assert isinstance(whole, ImageRef)
    return [
        Specimen(
            image=replace(whole, crop=crop),
            source=SOURCE,
            licence=LICENCES[SOURCE],
            label=LABEL,
            organ="colon",
            stain=STAIN,
            split="train",
        )
        for crop in _crops()
    ]


def _crops() -> list[tuple[int, int, int, int]]:
    """Return (left, top, right, bottom) of every crop, in pixels."""
    return [
        (left, top, left + side, top + side)
        for side, count in CROPS
        for left in _offsets(SIDE - side, count)
        for top in _offsets(SIDE - side, count)
    ]


def _offsets(room: int, count: int) -> list[int]:
    return [round(room * step / max(1, count - 1)) for step in range(count)]

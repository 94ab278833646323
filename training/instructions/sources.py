"""Labelled pictures on disk: folders with `images/` and a `labels.jsonl`, one JSON object a line.

A line holds at least `image`, `label`, `organ`, `stain` and `split` ("train", "val" or "test").
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from clover_chat.errors import TrainingError

SOURCES = ("lc25000", "oral_oscc", "pap_lbc", "pbc_cells", "bccd", "malaria_nih")


@dataclass(frozen=True)
class LabelledPatch:
    """A picture whose truth is known.

    Attributes:
        path: The image file.
        source: Name of the set it comes from.
        label: Key into `labels.toml`.
        organ: Organ or specimen.
        stain: Stain and technique.
        split: "train", "val" or "test".
        crop: Part of the file that is meant, (left, top, right, bottom) in pixels; None is all of
            it.
    """

    path: Path
    source: str
    label: str
    organ: str
    stain: str
    split: str
    crop: tuple[int, int, int, int] | None = None


def read_patches(root: Path, sources: tuple[str, ...] = SOURCES) -> list[LabelledPatch]:
    """Return every labelled patch of the sources under `root`.

    Raises:
        TrainingError: A folder or file is missing, or a line cannot be used; the message names file
            and line.
    """
    return [patch for source in sources for patch in _read_source(root / source)]


def _read_source(folder: Path) -> Iterator[LabelledPatch]:
    table = folder / "labels.jsonl"
    if not table.exists():
        raise TrainingError(
            f"No labels.jsonl in {folder}. Point --data at the folder that holds the sources."
        )
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield _patch(folder, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{table}, line {number}: {error!r}.") from error


def _patch(folder: Path, row: dict[str, str]) -> LabelledPatch:
    path = folder / row["image"]
    if not path.exists():
        raise ValueError(f"no image {row['image']}")
    return LabelledPatch(path, folder.name, row["label"], row["organ"], row["stain"], row["split"])


def sample_patches() -> list[LabelledPatch]:
    """Return crops of the sample picture that scikit-image ships (CC0).

    Colon, FHL2 immunohistochemistry with DAB and a hematoxylin counterstain, 512 px.
    """
    path = Path(str(files("skimage") / "data" / "ihc.png"))
    crops = [
        (left, top, left + side, top + side)
        for side, steps in ((512, 1), (384, 2), (256, 3))
        for left in _offsets(512 - side, steps)
        for top in _offsets(512 - side, steps)
    ]
    label, stain = (
        "colonic glands with FHL2 immunohistochemistry",
        "immunohistochemistry (DAB, hematoxylin)",
    )
    return [LabelledPatch(path, "ihc", label, "colon", stain, "train", crop) for crop in crops]


def _offsets(room: int, steps: int) -> list[int]:
    return [round(room * step / max(1, steps - 1)) for step in range(steps)]

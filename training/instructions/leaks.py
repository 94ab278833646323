"""Pictures that stand in two splits: what is learnt from must not be asked about.

A leak is a group (slide, patient, source tile) or a file, by content, in two splits. The stricter
split keeps what it has: test before val before train.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from training.instructions.records import SPLITS, ImageRef


def strictest_splits(uses: Iterable[tuple[str, Sequence[ImageRef]]]) -> dict[str, str]:
    """Return the split each group and each file belongs to.

    Args:
        uses: Splits, each with pictures that are used in it.
    """
    found: dict[str, str] = {}
    for split, images in uses:
        for key in _keys(images):
            found[key] = max(found.get(key, split), split, key=SPLITS.index)
    return found


def leak(split: str, images: Sequence[ImageRef], belongs: Mapping[str, str]) -> str:
    """Return a sentence on why pictures do not belong to a split, or ""."""
    for key in _keys(images):
        if belongs[key] != split:
            return f"{key} belongs to {belongs[key]}, but this line to {split}"
    return ""


def _keys(images: Sequence[ImageRef]) -> Iterator[str]:
    for image in images:
        yield f"group {image.group}"
        yield f"file {image.sha256[:16]}"

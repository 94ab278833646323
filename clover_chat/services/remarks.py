"""Remarks on what a question looks at: put before the answer, and kept from the model later on."""

import re
from collections.abc import Sequence

from PIL import Image

from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK, quality_of

SMALLEST_PATCH = 96
"""Pixels that a patch needs each way for its tissue and focus to be told."""

_OF_PATCHES = {
    EMPTY_REMARK: "There is almost no tissue in this picture.",
    BLURRED_REMARK: "This picture looks out of focus, so fine detail cannot be judged.",
}
_REMARK = rf"(?:Region \d+: )?(?:{re.escape(EMPTY_REMARK)}|{re.escape(BLURRED_REMARK)})"
_LEADING = re.compile(rf"\A{_REMARK}(?: {_REMARK})*\s*")


def remark_on(regions: Sequence[Sequence[str]]) -> str:
    """Return what is to be said before an answer, empty where nothing is.

    Args:
        regions: The remarks on each region that the question is about, in order.
    """
    if len(regions) == 1:
        return " ".join(regions[0])
    return " ".join(
        f"Region {number}: {remark}"
        for number, remarks in enumerate(regions, 1)
        for remark in remarks
    )


def remark_on_patches(images: Sequence[Image.Image]) -> str:
    """Return what is to be said before an answer about patches, empty where nothing is.

    Args:
        images: The patches that the question is about, in order; of small ones nothing is said.
    """
    remarks = [[_OF_PATCHES[each] for each in _remarks(image)] for image in images]
    if len(remarks) == 1:
        return " ".join(remarks[0])
    return " ".join(
        f"Picture {number}: {remark}" for number, mine in enumerate(remarks, 1) for remark in mine
    )


def without_remark(answer: str) -> str:
    """Return an answer as the model wrote it."""
    return _LEADING.sub("", answer)


def _remarks(image: Image.Image) -> tuple[str, ...]:
    return quality_of(image).remarks if min(image.size) >= SMALLEST_PATCH else ()

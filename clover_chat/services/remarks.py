"""Remarks on what a question looks at: put before the answer, and kept from the model later on."""

import re
from collections.abc import Sequence

from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK

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


def without_remark(answer: str) -> str:
    """Return an answer as the model wrote it."""
    return _LEADING.sub("", answer)

"""Which rectangles of a slide to show the model: an overview and details, or some all over it.

Everything is decided on the tissue map, before any pixel is read at high power.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.slides.geometry import Box, Mpp, Size, keep_inside
from clover_chat.slides.tissue import TissueMask

DETAIL_MPP = 1.0
"""Micrometres per pixel of a detail crop, about 10x: nuclei are seen, and their arrangement."""

UNKNOWN_DETAIL_DOWNSAMPLE = 2.0
"""What is assumed where mpp is unknown: most slides are scanned at 20x."""

LEAST_TISSUE = 0.25
"""Share of tissue that makes a rectangle worth a look."""

_LARGE = 2.0  # a region this many details wide or high is read as overview and details


@dataclass(frozen=True)
class RegionPlan:
    """How a region is shown to the model.

    Attributes:
        overview: The whole region.
        details: Rectangles inside it that are shown closer; none for a small region.
    """

    overview: Box
    details: tuple[Box, ...]


def detail_side(model_side: int, mpp: Mpp | None) -> int:
    """Return the side, in level-0 pixels, of a detail that the model sees at `DETAIL_MPP`."""
    downsample = UNKNOWN_DETAIL_DOWNSAMPLE if mpp is None else DETAIL_MPP / math.sqrt(mpp.x * mpp.y)
    return round(model_side * max(1.0, downsample))


def plan_region(region: Box, mask: TissueMask, side: int, count: int = 3) -> RegionPlan:
    """Choose what to show of a region.

    Args:
        region: A level-0 rectangle.
        mask: The slide's tissue map.
        side: Side of a detail in level-0 pixels, from `detail_side`.
        count: Details at most.
    """
    if max(region.size) <= _LARGE * side:
        return RegionPlan(region, ())
    frame = region.intersect(mask.bounds)
    if frame is None:
        return RegionPlan(region, ())
    worthy = [box for box in _grid(frame, side, side // 2) if mask.share(box) >= LEAST_TISSUE]
    return RegionPlan(region, tuple(spread_out(worthy, mask, count)))


def candidates(mask: TissueMask, side: int, limit: int = 64) -> tuple[Box, ...]:
    """Return rectangles all over a slide that hold tissue; only those at the far edges overlap.

    Args:
        mask: The slide's tissue map.
        side: Side of a rectangle in level-0 pixels.
        limit: Rectangles at most; where there are more, those that hold most and lie apart stay.

    Returns:
        Rectangles in reading order.
    """
    worthy = [box for box in _grid(mask.bounds, side, side) if mask.share(box) >= LEAST_TISSUE]
    kept = worthy if len(worthy) <= limit else spread_out(worthy, mask, limit)
    return tuple(sorted(kept, key=lambda box: (box.y, box.x)))


def spread_out(boxes: Sequence[Box], mask: TissueMask, count: int) -> list[Box]:
    """Choose rectangles that hold much tissue and lie far from each other, the fullest first."""
    share = {box: mask.share(box) for box in boxes}
    chosen: list[Box] = []
    gap = dict.fromkeys(share, math.inf)
    while share and len(chosen) < count:
        best = max(share, key=lambda box: share[box] * (gap[box] if chosen else 1.0))
        if chosen and gap[best] == 0:
            break
        chosen.append(best)
        del share[best]
        for box in share:
            gap[box] = min(gap[box], _distance(box, best))
    return chosen


def _distance(one: Box, other: Box) -> float:
    """Return how far apart two middles are; rectangles that overlap count as not apart at all."""
    if one.intersect(other):
        return 0.0
    return math.dist(one.centre, other.centre)


def _grid(frame: Box, side: int, stride: int) -> list[Box]:
    """Return squares on a grid that covers the frame, those at the far edges pushed back inside."""
    square = Size(min(side, frame.width), min(side, frame.height))
    boxes = {
        keep_inside(Box(x, y, *square), frame)
        for y in range(frame.y, max(frame.y + 1, frame.bottom - square.height // 2), stride)
        for x in range(frame.x, max(frame.x + 1, frame.right - square.width // 2), stride)
    }
    return sorted(boxes, key=lambda box: (box.y, box.x))

"""Coordinates of a slide: pure arithmetic that needs no slide to be tested.

Coordinates:
    level 0      full-resolution pixels as OpenSlide counts them, origin at the top left of the scan
    level        pixels of a smaller level: level 0 divided by that level's downsample
    bounds       the scanned part of level 0; some formats place it inside a large empty area
    micrometres  level-0 pixels times mpp, which may differ between x and y

Everything is (x, y) and (width, height), in level-0 pixels unless the name says otherwise.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PRESETS = (1.25, 2.5, 5.0, 10.0, 20.0, 40.0)
"""Magnifications a pathologist expects one key away."""

MICROMETRES_AT_1X = 10.0
"""One pixel covers 10 um at 1x by convention, so 0.25 um per pixel is called 40x."""


class Point(NamedTuple):
    """A place, in whatever coordinates the name says."""

    x: float
    y: float


class Size(NamedTuple):
    """Whole pixels across and down."""

    width: int
    height: int


class Mpp(NamedTuple):
    """Micrometres per level-0 pixel."""

    x: float
    y: float


class Extent(NamedTuple):
    """A size in micrometres."""

    width: float
    height: float


class Box(NamedTuple):
    """A rectangle of whole pixels; right and bottom are the first pixels outside."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column outside."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row outside."""
        return self.y + self.height

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def area(self) -> int:
        """Pixels inside."""
        return self.width * self.height

    @property
    def centre(self) -> Point:
        """The middle, which may lie between pixels."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, dx: int, dy: int) -> "Box":
        """Return the same rectangle elsewhere."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def contains(self, other: "Box") -> bool:
        """Say whether no pixel of the other rectangle lies outside this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def intersect(self, other: "Box") -> "Box | None":
        """Return what both rectangles share, None where they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width, height = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return Box(x, y, width, height) if width > 0 and height > 0 else None


def covering(points: Iterable[Point]) -> Box:
    """Return the smallest whole-pixel rectangle that holds all points."""
    xs, ys = zip(*points, strict=True)
    x, y = math.floor(min(xs)), math.floor(min(ys))
    return Box(x, y, max(1, math.ceil(max(xs)) - x), max(1, math.ceil(max(ys)) - y))


def box_around(centre: Point, size: Size) -> Box:
    """Return a rectangle of that size, its middle as near to the point as whole pixels allow."""
    return Box(round(centre.x - size.width / 2), round(centre.y - size.height / 2), *size)


def keep_inside(box: Box, frame: Box) -> Box:
    """Move a rectangle so that it lies inside the frame, shrinking it only when it is larger."""
    width, height = min(box.width, frame.width), min(box.height, frame.height)
    x = min(max(box.x, frame.x), frame.right - width)
    y = min(max(box.y, frame.y), frame.bottom - height)
    return Box(x, y, width, height)


def to_level(point: Point, downsample: float) -> Point:
    """Convert level-0 pixels to pixels of a level."""
    return Point(point.x / downsample, point.y / downsample)


def to_level0(point_level: Point, downsample: float) -> Point:
    """Convert pixels of a level to level-0 pixels."""
    return Point(point_level.x * downsample, point_level.y * downsample)


def size_at(size: Size, downsample: float) -> Size:
    """Return how many pixels of a level a level-0 size takes, at least one each way."""
    return Size(
        max(1, round(size.width / downsample)),
        max(1, round(size.height / downsample)),
    )


def box_at(box: Box, downsample: float) -> Box:
    """Return the pixels of a level that a level-0 rectangle touches."""
    left_top = to_level(Point(box.x, box.y), downsample)
    right_bottom = to_level(Point(box.right, box.bottom), downsample)
    return covering((left_top, right_bottom))


def fit(size: Size, longest: int) -> Size:
    """Shrink a size until its longest side is at most `longest`; never enlarge it."""
    scale = min(1.0, longest / max(size))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def best_level(downsamples: Sequence[float], wanted: float) -> int:
    """Return the coarsest level that still has the wanted detail, level 0 if none has."""
    return max(
        (i for i, each in enumerate(downsamples) if each <= wanted * 1.001),
        key=lambda i: downsamples[i],
        default=0,
    )


def from_bounds(point: Point, bounds: Box) -> Point:
    """Convert coordinates counted from the scanned area to level-0 pixels."""
    return Point(point.x + bounds.x, point.y + bounds.y)


def to_bounds(point: Point, bounds: Box) -> Point:
    """Convert level-0 pixels to coordinates counted from the scanned area."""
    return Point(point.x - bounds.x, point.y - bounds.y)


def rotated(point: Point, about: Point, degrees: float) -> Point:
    """Turn a point around another one, clockwise on screen (y grows downwards)."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    dx, dy = point.x - about.x, point.y - about.y
    return Point(about.x + dx * cos - dy * sin, about.y + dx * sin + dy * cos)


def micrometres(size: Size, mpp: Mpp | None) -> Extent | None:
    """Return how large a level-0 size is in the tissue, None where mpp is unknown."""
    return None if mpp is None else Extent(size.width * mpp.x, size.height * mpp.y)


def pixels(extent: Extent, mpp: Mpp) -> Size:
    """Return the level-0 size that covers so many micrometres, at least one pixel each way."""
    return Size(max(1, round(extent.width / mpp.x)), max(1, round(extent.height / mpp.y)))


def square_pixels(size: Size, mpp: Mpp | None) -> Size:
    """Return the size at which tissue is not distorted, where x and y were scanned differently.

    The finer direction is shrunk to the coarser one, so that no detail is invented.
    """
    if mpp is None or math.isclose(mpp.x, mpp.y, rel_tol=0.01):
        return size
    coarse = max(mpp)
    return Size(
        max(1, round(size.width * mpp.x / coarse)),
        max(1, round(size.height * mpp.y / coarse)),
    )


def native_magnification(objective_power: float | None, mpp: Mpp | None) -> float | None:
    """Return the magnification of level 0: the objective's power, else by mpp, else None."""
    if objective_power is not None:
        return objective_power
    return None if mpp is None else MICROMETRES_AT_1X / math.sqrt(mpp.x * mpp.y)


def magnification_at(native: float | None, downsample: float) -> float | None:
    """Return the magnification on screen when one pixel shows `downsample` level-0 pixels."""
    return None if native is None else native / downsample


def downsample_for(native: float, magnification: float) -> float:
    """Return how many level-0 pixels one screen pixel shows at a magnification."""
    return native / magnification

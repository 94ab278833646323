"""Where the pathologist is looking: pan, zoom, rotate, flip and clamp, with no pixels involved.

Coordinates:
    x0, y0       level-0 pixels of the corner that is top left before rotation
    x, y         pixels of the viewport on screen, origin at its top left
    downsample   level-0 pixels per screen pixel (1.0 is full resolution)
    rotation     degrees the slide is turned clockwise on screen, about the middle of the viewport
    is_flipped   mirrored left to right after it was rotated
"""

from typing import NamedTuple, Self

from clover_chat.slides.geometry import Box, Point, covering, rotated


class Viewport(NamedTuple):
    """A window of `width` x `height` screen pixels onto a slide."""

    x0: float
    y0: float
    width: int
    height: int
    downsample: float
    rotation: float = 0.0
    is_flipped: bool = False

    @property
    def centre(self) -> Point:
        """The level-0 point in the middle; zooming and rotating leave it where it is."""
        half = self.downsample / 2
        return Point(self.x0 + self.width * half, self.y0 + self.height * half)

    def centred_at(self, point: Point) -> Self:
        """Look at a level-0 point."""
        half = self.downsample / 2
        return self._replace(
            x0=point.x - self.width * half,
            y0=point.y - self.height * half,
        )

    def zoom(self, factor: float) -> Self:
        """Look closer (above 1) or from further away (below 1), keeping the middle."""
        return self._replace(downsample=self.downsample / factor).centred_at(self.centre)

    def zoom_at(self, point_view: Point, factor: float) -> Self:
        """Zoom and keep the slide under a point of the screen, as a mouse wheel does."""
        fixed = self.to_level0(point_view)
        zoomed = self.zoom(factor)
        drift = zoomed.to_level0(point_view)
        return zoomed._replace(
            x0=zoomed.x0 + fixed.x - drift.x,
            y0=zoomed.y0 + fixed.y - drift.y,
        )

    def pan(self, dx_view: float, dy_view: float) -> Self:
        """Move by so many pixels of the screen, whichever way the slide is turned."""
        middle = Point(self.width / 2, self.height / 2)
        return self.centred_at(self.to_level0(Point(middle.x + dx_view, middle.y + dy_view)))

    def rotate(self, degrees: float) -> Self:
        """Turn the slide clockwise on screen."""
        return self._replace(rotation=(self.rotation + degrees) % 360)

    def flip(self) -> Self:
        """Mirror what is on screen left to right."""
        return self._replace(is_flipped=not self.is_flipped)

    def to_level0(self, point_view: Point) -> Point:
        """Return the level-0 point under a point of the screen."""
        x = self.width - point_view.x if self.is_flipped else point_view.x
        middle = Point(self.width / 2, self.height / 2)
        upright = rotated(Point(x, point_view.y), middle, -self.rotation)
        return Point(
            self.x0 + upright.x * self.downsample,
            self.y0 + upright.y * self.downsample,
        )

    def to_view(self, point: Point) -> Point:
        """Return where on the screen a level-0 point is shown."""
        upright = Point(
            (point.x - self.x0) / self.downsample, (point.y - self.y0) / self.downsample
        )
        turned = rotated(upright, Point(self.width / 2, self.height / 2), self.rotation)
        return Point(self.width - turned.x, turned.y) if self.is_flipped else turned

    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Return the level-0 points in the corners of the screen, clockwise from the top left."""
        w, h = self.width, self.height
        screen = Point(0, 0), Point(w, 0), Point(w, h), Point(0, h)
        first, second, third, fourth = (self.to_level0(corner) for corner in screen)
        return first, second, third, fourth

    def region(self, frame: Box) -> Box | None:
        """Return the upright level-0 rectangle around what is shown, None beside the slide."""
        return covering(self.corners()).intersect(frame)

    def clamp(self, frame: Box) -> Self:
        """Bring the middle of the viewport back onto the slide."""
        x = min(max(self.centre.x, frame.x), frame.right)
        y = min(max(self.centre.y, frame.y), frame.bottom)
        return self.centred_at(Point(x, y))


def showing(box: Box, width: int, height: int) -> Viewport:
    """Return the upright viewport in which a level-0 rectangle just fits."""
    downsample = max(box.width / width, box.height / height)
    return Viewport(0, 0, width, height, downsample).centred_at(box.centre)

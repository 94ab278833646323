"""A rectangle of a slide, as a person sees it and as the model does.

The model sees a region at a resolution chosen for it: all of it at once, and, where it is large,
some details on tissue closer up. What is kept of a region is where it lies; its pixels are read
from the slide when somebody needs them.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from clover_chat.errors import SlideError
from clover_chat.recent import Recent
from clover_chat.services.patches import png_bytes
from clover_chat.services.previews import PREVIEW_SIDE, lost_preview, preview_of
from clover_chat.slides.crops import candidates, detail_side, plan_region
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.geometry import (
    Box,
    fit,
    magnification_at,
    micrometres,
    square_pixels,
)
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK, Quality, quality_of
from clover_chat.slides.tissue import TissueMask, tissue_mask
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Region
from clover_chat.types import Picture

MODEL_SIDE = 512
"""Longest side, in pixels, at which the model is shown a region or a detail of it."""

SMALLEST_SIDE = 16
"""Level-0 pixels that a region needs at least, each way, where the slide has as many."""

_PLACES_ACROSS = 6  # a small slide is looked over in places of a sixth of its length
_SMALLEST_PLACE = 256
_PARTS_OF_PLACE = (1, 2, 4)  # a tiny biopsy fills no larger place well enough
_PICTURES_KEPT = 24  # of at most 0.75 MiB each
_REMARKS_KEPT = 1024
_MAPS_KEPT = 32  # of at most 0.6 MiB each


class UnusableRegion(SlideError):
    """A rectangle that cannot be asked about."""


class Place(NamedTuple):
    """Where a region lies: a slide and a level-0 rectangle of it."""

    slide_id: str
    box: Box


@dataclass(frozen=True)
class RegionView:
    """A stored region.

    Attributes:
        id: What a question refers to it by.
        slide_id: Which slide it lies on.
        name: What somebody called it; empty for one that was only asked about.
        x: Left edge, level-0 pixels of the whole slide.
        y: Top edge.
        width: In level-0 pixels.
        height: In level-0 pixels.
        width_um: In micrometres, None where the slide does not say or is not there any more.
        height_um: In micrometres.
        magnification: At which the model sees all of it, None where unknown.
        preview: A small PNG file with a scale bar; it is always there.
    """

    id: int
    slide_id: str
    name: str
    x: int
    y: int
    width: int
    height: int
    width_um: float | None
    height_um: float | None
    magnification: float | None
    preview: Path


def place_of(region: Region) -> Place:
    """Return where a stored region lies."""
    return Place(region.slide_id, Box(region.x, region.y, region.width, region.height))


class SlideRegions:
    """Reads regions of slides; knows nothing of persons. Several threads may use it at once.

    Args:
        library: Which slides there are.
        pool: Open slides.
        images: Where previews are kept.
    """

    def __init__(self, library: SlideLibrary, pool: SlidePool, images: ImageStore) -> None:
        self._library = library
        self._pool = pool
        self._images = images
        self._pixels: Recent[Image.Image] = Recent(_PICTURES_KEPT)
        self._maps: Recent[TissueMask] = Recent(_MAPS_KEPT)
        self._remarks: Recent[tuple[str, ...]] = Recent(_REMARKS_KEPT)

    def description(self, slide_id: str) -> SlideDescription:
        """Return what is known about a slide.

        Raises:
            SlideNotFound: It is not there (any more).
        """
        return self._library.get(slide_id).description

    def fitted(self, place: Place) -> Place:
        """Return the part of a rectangle that lies on the scanned area.

        Raises:
            SlideNotFound: There is no such slide.
            UnusableRegion: Nothing or next to nothing of it does.
        """
        bounds = self.description(place.slide_id).bounds
        inside = _whole(place.box).intersect(bounds)
        if inside is None:
            raise UnusableRegion("This rectangle lies beside the slide; draw one on it.")
        width, height = (min(SMALLEST_SIDE, side) for side in bounds.size)
        if inside.width < width or inside.height < height:
            raise UnusableRegion(
                f"A region of {inside.width} x {inside.height} pixels is too small to be seen; "
                f"draw one of at least {width} x {height}."
            )
        return Place(place.slide_id, inside)

    def view(self, region: Region) -> RegionView:
        """Return what is to be seen of a stored region, also of one whose slide has gone."""
        place = place_of(region)
        try:
            description = self.description(place.slide_id)
        except SlideError:
            description = None
        extent = micrometres(place.box.size, description.mpp) if description else None
        return RegionView(
            region.id,
            place.slide_id,
            region.name,
            *place.box,
            width_um=extent.width if extent else None,
            height_um=extent.height if extent else None,
            magnification=_seen_at(description, place.box) if description else None,
            preview=self._preview_or_substitute(place),
        )

    def preview(self, place: Place) -> Path:
        """Return the preview of a region, made now if nobody has yet.

        Raises:
            SlideError: The slide cannot be read there.
        """
        key = _preview_key(place)
        if self._images.exists(key):
            return self._images.path(key)
        picture = preview_of(
            self._read(place, PREVIEW_SIDE), place.box, self.description(place.slide_id).mpp
        )
        return self._images.put(key, png_bytes(picture))

    def forget(self, places: Iterable[Place]) -> None:
        """Delete the previews of regions that nobody has any more."""
        for place in places:
            self._images.remove(_preview_key(place))

    def pictures(self, place: Place) -> tuple[Picture, ...]:
        """Return a region as the model is shown it: all of it first, then details of a large one.

        Raises:
            SlideError: The slide is not there, or cannot be read.
        """
        return tuple(map(self.picture, self.parts(place)))

    def parts(self, place: Place) -> tuple[Place, ...]:
        """Return what each of the pictures of a region shows, in the same order.

        Raises:
            SlideError: The slide is not there, or cannot be read.
        """
        mask = self.tissue(place.slide_id)
        side = detail_side(MODEL_SIDE, self.description(place.slide_id).mpp)
        plan = plan_region(place.box, mask, side)
        return tuple(Place(place.slide_id, box) for box in (plan.overview, *plan.details))

    def picture(self, place: Place) -> Picture:
        """Return one rectangle as one picture; its pixels are read when they are needed."""
        key = _key("region", place, MODEL_SIDE)
        return Picture(
            key, lambda: self._pixels.get(key, partial(self._read, place, MODEL_SIDE)).copy()
        )

    def is_preview(self, key: str, places: Iterable[Place]) -> bool:
        """Say whether a kept picture shows one of some places, or that their slide has gone."""
        return key == _lost_key() or any(_preview_key(place) == key for place in places)

    def remarks(self, place: Place) -> tuple[str, ...]:
        """Return what has to be said of a region before anything else, from its pixels.

        A large region counts as out of focus where all of its details are.

        Raises:
            SlideError: The slide cannot be read there.
        """
        return self._remarks.get(_key("remarks", place, MODEL_SIDE), lambda: self._remark(place))

    def candidates(self, slide_id: str, limit: int) -> tuple[Box, ...]:
        """Return places all over a slide that hold tissue; they are smaller where there is little.

        Raises:
            SlideError: The slide is not there, or cannot be read.
        """
        mask = self.tissue(slide_id)
        largest = max(_SMALLEST_PLACE, max(mask.bounds.size) // _PLACES_ACROSS)
        side = min(detail_side(MODEL_SIDE, self.description(slide_id).mpp), largest)
        tries = (candidates(mask, side // part, limit) for part in _PARTS_OF_PLACE)
        return next(filter(None, tries), ())

    def tissue(self, slide_id: str) -> TissueMask:
        """Return where on a slide there is tissue; takes half a second the first time.

        Raises:
            SlideError: The slide is not there, or cannot be read.
        """
        path = self._library.get(slide_id).path
        return self._maps.get(slide_id, lambda: self._pool.read(path, tissue_mask))

    def _remark(self, place: Place) -> tuple[str, ...]:
        whole, *details = (quality_of(each.load()) for each in self.pictures(place))
        if not details or EMPTY_REMARK in whole.remarks:
            return whole.remarks
        return (BLURRED_REMARK,) if all(map(_is_blurred, details)) else ()

    def _read(self, place: Place, longest: int) -> Image.Image:
        path = self._library.get(place.slide_id).path
        return self._pool.read(path, lambda slide: slide.read_box(place.box, longest))

    def _preview_or_substitute(self, place: Place) -> Path:
        try:
            return self.preview(place)
        except SlideError:
            return self._images.put(_lost_key(), png_bytes(lost_preview()))


def _whole(box: Box) -> Box:
    """Return a rectangle in whole pixels, whatever numbers a page sent."""
    try:
        return Box(*map(round, box))
    except (ValueError, OverflowError) as error:
        raise UnusableRegion("This rectangle has no size; draw another one.") from error


def _is_blurred(quality: Quality) -> bool:
    return BLURRED_REMARK in quality.remarks


def _seen_at(description: SlideDescription, box: Box) -> float | None:
    target = fit(square_pixels(box.size, description.mpp), MODEL_SIDE)
    downsample = math.sqrt(box.area / (target.width * target.height))
    return magnification_at(description.magnification, downsample)


@cache
def _lost_key() -> str:
    return hashlib.sha256(png_bytes(lost_preview())).hexdigest()


def _preview_key(place: Place) -> str:
    return _key("preview", place, PREVIEW_SIDE)


def _key(kind: str, place: Place, longest: int) -> str:
    """Return a name for the pixels of a rectangle; the slide's id stands for its content."""
    words = (kind, place.slide_id, *place.box, longest)
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()

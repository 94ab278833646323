"""What a slide looks like from outside: plain values, without its file's name."""

from dataclasses import dataclass

from clover_chat.slides.library import LibrarySlide
from clover_chat.slides.tile_source import TileSource


@dataclass(frozen=True)
class SlideView:
    """A slide as a list shows it.

    Attributes:
        id: A hash of its content.
        title: What to call it: never the file's name, unless the operator wants that.
        width: Level-0 pixels of the scanned area.
        height: Level-0 pixels of the scanned area.
        vendor: The scanner's format.
        magnification: Of level 0, None where unknown.
        mpp_x: Micrometres per level-0 pixel, None where unknown.
        mpp_y: Micrometres per level-0 pixel, None where unknown.
        is_uploaded: Whether this person brought it.
    """

    id: str
    title: str
    width: int
    height: int
    vendor: str
    magnification: float | None
    mpp_x: float | None
    mpp_y: float | None
    is_uploaded: bool


@dataclass(frozen=True)
class OpenedSlide:
    """What a viewer needs to show a slide; making it reads no pixels, so any number can be made.

    Attributes:
        slide: The slide.
        source: The layout of its tiles. Tile (0, 0) begins at the corner of `source.bounds`;
            regions count from the corner of the whole slide, so add `bounds.x` and `bounds.y`.
        token: Allows its tiles, thumbnail and overlay to this person.
        associated: Names of pictures stored beside the slide that may be asked for; none unless the
            operator allows it, as they may name a patient.
    """

    slide: SlideView
    source: TileSource
    token: str
    associated: tuple[str, ...] = ()


def slide_view(slide: LibrarySlide, *, is_named: bool) -> SlideView:
    """Return a slide of the library as a list shows it.

    Args:
        slide: The slide.
        is_named: Whether its title may be the file's name.
    """
    description = slide.description
    is_named = is_named and not slide.is_uploaded  # an upload's name was not kept
    return SlideView(
        id=slide.id,
        title=slide.path.stem if is_named else f"Slide {slide.id[:6]}",
        width=description.bounds.width,
        height=description.bounds.height,
        vendor=description.vendor,
        magnification=description.magnification,
        mpp_x=description.mpp.x if description.mpp else None,
        mpp_y=description.mpp.y if description.mpp else None,
        is_uploaded=slide.is_uploaded,
    )

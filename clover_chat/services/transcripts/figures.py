"""The pictures of a conversation as bytes, for files that carry them along."""

from base64 import b64encode
from pathlib import Path

from clover_chat.errors import SlideError
from clover_chat.services.patches import png_bytes
from clover_chat.services.previews import lost_preview, preview_of
from clover_chat.services.regions import Place, RegionView, SlideRegions
from clover_chat.services.views import PatchView
from clover_chat.slides.geometry import Box

FIGURE_SIDE = 512
"""Longest side of a region in a report, in pixels."""


class FigureFiles:
    """Reads the pixels of patches and regions.

    Args:
        regions: Reads regions of slides; None where there are no slides.
    """

    def __init__(self, regions: SlideRegions | None) -> None:
        self._regions = regions

    def patch(self, patch: PatchView) -> bytes | None:
        """Return a patch as PNG, None where it is not kept any more."""
        return _read(patch.path)

    def region(self, region: RegionView) -> bytes | None:
        """Return all of a region as the model saw it, as PNG; None where its slide is gone."""
        if self._regions is None:
            return None
        try:
            self._regions.description(region.slide_id)  # pixels are remembered beyond a slide
            return png_bytes(self._regions.picture(_place(region)).load())
        except SlideError:
            return None

    def shown_patch(self, patch: PatchView) -> str:
        """Return a patch at the size of a page as the address of an HTML image, "" without it."""
        data = _read(patch.shown_path)
        kind = "webp" if patch.shown_path.suffix == ".webp" else "png"
        return _address(data, kind) if data else ""

    def shown_region(self, region: RegionView) -> str:
        """Return a region with its scale bar as the address of an HTML image."""
        try:
            if self._regions is None:
                raise SlideError("There are no slides here.")
            slides, place = self._regions, _place(region)
            mpp = slides.description(place.slide_id).mpp
            pixels = slides.picture(place).load()
            picture = preview_of(pixels, place.box, mpp, FIGURE_SIDE)
        except SlideError:
            picture = lost_preview()
        return _address(png_bytes(picture), "png")


def _place(region: RegionView) -> Place:
    return Place(region.slide_id, Box(region.x, region.y, region.width, region.height))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"

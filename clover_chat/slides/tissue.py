"""Where on a slide there is tissue, found at low power, and a layer that shows it."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from clover_chat.slides.geometry import Box
from clover_chat.slides.reader import Slide

MASK_SIDE = 768
"""Longest side of the picture the mask is computed from; a pixel is about 20 um of a usual scan."""

Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]

_DARK_GROUND = 0.25  # fluorescence has a dark ground: its median brightness lies below this
_GLASS = (0.8, 1.0)  # brightness of empty glass under a dim and a bright lamp
_STAINED = (0.05, 0.12)  # faintest and strongest stain at which tissue may be told from glass
_GLOWING = (0.04, 0.30)
_SMALLEST_SHARE = 0.0005  # of the picture; smaller specks are dust, smaller holes are closed
_BRIDGE = 2
_CRUMB = 1
_OVERLAY_COLOUR = (0, 158, 115, 90)  # a green that colour-blind eyes tell from H&E


@dataclass(frozen=True)
class TissueMask:
    """A low-power map of a slide, True where there is tissue.

    Attributes:
        pixels: Rows and columns of the map.
        bounds: The level-0 rectangle it covers.
    """

    pixels: Mask
    bounds: Box

    def share(self, box: Box) -> float:
        """Return how much of a level-0 rectangle is tissue, 0 to 1; nothing outside counts."""
        inside = self._part(box)
        covered = box.intersect(self.bounds)
        if covered is None or inside.size == 0:
            return 0.0
        return float(inside.mean()) * covered.area / box.area

    def overlay(self) -> Image.Image:
        """Return the map as a translucent layer to lay over the scanned area."""
        layer = np.zeros((*self.pixels.shape, 4), dtype=np.uint8)
        layer[self.pixels] = _OVERLAY_COLOUR
        return Image.fromarray(layer, "RGBA")

    def _part(self, box: Box) -> Mask:
        rows, columns = self.pixels.shape
        across, down = columns / self.bounds.width, rows / self.bounds.height
        left, top = (box.x - self.bounds.x) * across, (box.y - self.bounds.y) * down
        right, bottom = (box.right - self.bounds.x) * across, (box.bottom - self.bounds.y) * down
        return self.pixels[_span(top, bottom, rows), _span(left, right, columns)]


def tissue_mask(slide: Slide) -> TissueMask:
    """Find the tissue of a slide; takes about as long as a thumbnail."""
    pixels = tissue_of(slide.thumbnail(MASK_SIDE))
    return TissueMask(pixels, slide.description.bounds)


def tissue_of(image: Image.Image) -> Mask:
    """Return which pixels of an RGB image show tissue rather than glass or a dark ground."""
    from skimage.filters import gaussian, threshold_otsu  # a second: not while the page comes up

    raw, (faintest, strongest) = _signal(np.asarray(image.convert("RGB")) / 255.0)
    # Loose tissue is a lace of stain and glass; smoothing makes it one piece.
    signal = gaussian(raw, sigma=1.5)  # type: ignore[no-untyped-call]
    threshold = faintest
    if signal.min() < signal.max():
        found = threshold_otsu(signal)  # type: ignore[no-untyped-call]
        threshold = float(np.clip(found, faintest, strongest))
    return _cleaned(signal > threshold)


def _signal(rgb: Floats) -> tuple[Floats, tuple[float, float]]:
    """Return how much each pixel stands out: by its stain, or by its light on a dark ground."""
    brightest, darkest = rgb.max(axis=-1), rgb.min(axis=-1)
    if np.median(brightest) < _DARK_GROUND:
        return brightest, _GLOWING
    stain = brightest - darkest
    glass = np.clip(np.percentile(brightest, 90), *_GLASS)
    shade = np.clip(glass - brightest, 0.0, None)
    return stain + shade / 2, _STAINED


def _cleaned(mask: Mask) -> Mask:
    from skimage.morphology import (
        closing,
        disk,
        opening,
        remove_small_holes,
        remove_small_objects,
    )

    speck = max(4, round(mask.size * _SMALLEST_SHARE))
    bridge, crumb = disk(_BRIDGE), disk(_CRUMB)  # type: ignore[no-untyped-call]
    smooth = opening(closing(mask, bridge), crumb) if min(mask.shape) > 8 else mask
    without_dust = remove_small_objects(smooth, max_size=speck)
    cleaned: Mask = remove_small_holes(without_dust, max_size=speck)
    return cleaned


def _span(start: float, stop: float, limit: int) -> slice:
    """Return the pixels that a stretch touches, at least one inside the map."""
    first = min(max(int(start), 0), limit - 1)
    return slice(first, min(max(int(np.ceil(stop)), first + 1), limit))

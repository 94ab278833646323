"""Small pictures of regions with a scale bar, as the conversation shows them; no slide is read."""

import math

from PIL import Image, ImageDraw, ImageFont

from clover_chat.slides.geometry import Box, Mpp

PREVIEW_SIDE = 320
"""Longest side of a preview in pixels."""

_SHORTEST_SIDE = 96  # a strip one pixel high could be neither seen nor clicked
_GROUND = (238, 238, 238)
_INK = (20, 20, 20)
_BAR_SHARE = 0.4  # a scale bar is at most this part of the width
_MARGIN = 8
_TEXT_SIZE = 13


def preview_of(
    image: Image.Image, box: Box, mpp: Mpp | None, side: int = PREVIEW_SIDE
) -> Image.Image:
    """Return a preview of a region.

    Args:
        image: The region's pixels, undistorted.
        box: What they show, in level-0 pixels.
        mpp: The slide's, None where unknown; the bar is then measured in level-0 pixels.
        side: Longest side of the preview in pixels.
    """
    shown = _sized(image, side)
    unit = "px" if mpp is None else "um"  # the font that Pillow carries has no Greek letters
    across = box.width * (1.0 if mpp is None else mpp.x)
    canvas = _on_canvas(shown)
    length = round_length(across * _BAR_SHARE * canvas.width / shown.width)
    _draw_bar(canvas, round(length / across * shown.width), length_text(length, unit))
    return canvas


def lost_preview() -> Image.Image:
    """Return what stands for a region whose slide is not there any more."""
    canvas = Image.new("RGB", (PREVIEW_SIDE, PREVIEW_SIDE // 2), _GROUND)
    text = "This slide is not there any more."
    middle = canvas.width / 2, canvas.height / 2
    ImageDraw.Draw(canvas).text(middle, text, _INK, _font(), anchor="mm")
    return canvas


def round_length(longest: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50, ... that is no longer, fractions included."""
    power = 10.0 ** math.floor(math.log10(longest))
    return next(step * power for step in (5, 2, 1) if step * power <= longest * 1.000001)


def length_text(length: float, unit: str) -> str:
    """Return a length as it is written beside a scale bar."""
    if unit == "um" and length >= 1000:
        return f"{length / 1000:g} mm"
    return f"{length:g} {unit}"


def _sized(image: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)


def _on_canvas(image: Image.Image) -> Image.Image:
    size = max(image.width, _SHORTEST_SIDE), max(image.height, _SHORTEST_SIDE)
    canvas = Image.new("RGB", size, _GROUND)
    canvas.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return canvas


def _draw_bar(canvas: Image.Image, length: int, text: str) -> None:
    """Draw the bar and its length on a bright label at the lower left, readable on any tissue."""
    draw, font = ImageDraw.Draw(canvas), _font()
    bottom = canvas.height - _MARGIN
    wide = max(length, math.ceil(draw.textlength(text, font)))
    draw.rectangle((_MARGIN, bottom - 26, _MARGIN + wide + 10, bottom), fill="white")
    draw.text((_MARGIN + 5, bottom - 10), text, _INK, font, anchor="ls")
    draw.rectangle((_MARGIN + 5, bottom - 6, _MARGIN + 4 + length, bottom - 4), fill=_INK)


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_TEXT_SIZE)

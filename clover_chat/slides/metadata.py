"""Reads what a slide says about itself, and believes only what is plausible."""

import math
from collections.abc import Mapping
from pathlib import Path

import openslide

from clover_chat.slides.colours import profile_of
from clover_chat.slides.description import LevelInfo, SlideDescription
from clover_chat.slides.fingerprint import combined, fingerprint
from clover_chat.slides.formats import companion_dir
from clover_chat.slides.geometry import Box, Mpp, Size

PLAUSIBLE_MPP = (0.02, 20.0)
"""A TIFF that was saved at 72 dpi claims 353 um per pixel; nobody scans tissue at that."""

_SENSIBLE_TILE = range(192, 1025)
_DEFAULT_TILE = 256
_STRIPED_TILE = 512
_BYTES_PER_PIXEL = 4
_MICROMETRES_PER_INCH = 25_400


def describe(
    handle: openslide.AbstractSlide, path: Path, mpp: Mpp | None = None
) -> SlideDescription:
    """Describe an open slide; `mpp` is the resolution of one that has no properties."""
    properties = handle.properties
    size = Size(*handle.dimensions)
    is_plain = isinstance(handle, openslide.ImageSlide)
    vendor = "image" if is_plain else properties.get(openslide.PROPERTY_NAME_VENDOR, "unknown")
    return SlideDescription(
        id=_identity(path, vendor, properties, size),
        size=size,
        levels=_levels(handle),
        vendor=vendor,
        mpp=mpp or _mpp(properties),
        objective_power=_positive(properties.get(openslide.PROPERTY_NAME_OBJECTIVE_POWER)),
        bounds=_bounds(properties, size),
        tile_size=_DEFAULT_TILE if is_plain else _tile_size(properties),
        background=_background(properties),
        has_profile=profile_of(handle) is not None,
        resident_bytes=size.width * size.height * _BYTES_PER_PIXEL if is_plain else 0,
    )


def mpp_from_dpi(dpi: object) -> Mpp | None:
    """Return the resolution a plain image states, None where it is the usual meaningless 72 dpi."""
    if not isinstance(dpi, tuple) or len(dpi) != 2 or not all(dpi):
        return None
    return _plausible(_MICROMETRES_PER_INCH / float(dpi[0]), _MICROMETRES_PER_INCH / float(dpi[1]))


def _levels(handle: openslide.AbstractSlide) -> tuple[LevelInfo, ...]:
    pairs = zip(handle.level_dimensions, handle.level_downsamples, strict=True)
    return tuple(LevelInfo(Size(*size), downsample) for size, downsample in pairs)


def _identity(path: Path, vendor: str, properties: Mapping[str, str], size: Size) -> str:
    quickhash = properties.get(openslide.PROPERTY_NAME_QUICKHASH1, "")
    if vendor == "dicom":  # the quick hash names the series, of which any file may have been opened
        return combined((vendor, quickhash, f"{size.width}x{size.height}"))
    companion = companion_dir(path)
    beside = "" if companion is None else fingerprint(companion)
    return combined((vendor, quickhash, fingerprint(path), beside))


def _positive(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _mpp(properties: Mapping[str, str]) -> Mpp | None:
    x = _positive(properties.get(openslide.PROPERTY_NAME_MPP_X))
    y = _positive(properties.get(openslide.PROPERTY_NAME_MPP_Y))
    return None if x is None or y is None else _plausible(x, y)


def _plausible(x: float, y: float) -> Mpp | None:
    low, high = PLAUSIBLE_MPP
    return Mpp(x, y) if low <= x <= high and low <= y <= high else None


def _bounds(properties: Mapping[str, str], size: Size) -> Box:
    whole = Box(0, 0, *size)
    names = (
        openslide.PROPERTY_NAME_BOUNDS_X,
        openslide.PROPERTY_NAME_BOUNDS_Y,
        openslide.PROPERTY_NAME_BOUNDS_WIDTH,
        openslide.PROPERTY_NAME_BOUNDS_HEIGHT,
    )
    try:
        stated = Box(*(int(properties[name]) for name in names))
    except (KeyError, ValueError):
        return whole
    return stated.intersect(whole) or whole


def _tile_size(properties: Mapping[str, str]) -> int:
    """Return a multiple of the stored tile's side, so that no stored tile is decoded twice."""
    width = int(properties.get("openslide.level[0].tile-width", "0"))
    height = int(properties.get("openslide.level[0].tile-height", "0"))
    if width == 0 or width != height:
        return _STRIPED_TILE if width else _DEFAULT_TILE
    multiple = width * math.ceil(_SENSIBLE_TILE.start / width)
    return multiple if multiple in _SENSIBLE_TILE else _STRIPED_TILE


def _background(properties: Mapping[str, str]) -> str:
    colour = properties.get(openslide.PROPERTY_NAME_BACKGROUND_COLOR, "ffffff")
    try:
        int(colour, 16)
    except ValueError:
        return "#ffffff"
    return f"#{colour}" if len(colour) == 6 else "#ffffff"

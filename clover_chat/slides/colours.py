"""Colours as a screen expects them: nothing transparent, and in sRGB."""

from typing import Final

import openslide
from PIL import Image, ImageChops, ImageCms

_SRGB: Final = ImageCms.createProfile("sRGB")
_VISIBLE = 2  # a difference of up to two steps of 256 cannot be seen


def flattened(image: Image.Image, background: str) -> Image.Image:
    """Lay a partly transparent image on a plain background; the result carries no metadata."""
    if image.mode != "RGBA":
        return _bare(image.convert("RGB"))
    if image.getchannel("A").getextrema() == (255, 255):
        return _bare(image.convert("RGB"))
    ground = Image.new("RGB", image.size, background)
    return Image.composite(image.convert("RGB"), ground, image.getchannel("A"))


def profile_of(handle: openslide.AbstractSlide) -> ImageCms.ImageCmsProfile | None:
    """Return the ICC profile of an open slide, None where it has none or a damaged one."""
    try:
        return handle.color_profile
    except (OSError, ImageCms.PyCMSError):
        return None


def srgb_transform(profile: ImageCms.ImageCmsProfile | None) -> ImageCms.ImageCmsTransform | None:
    """Return the conversion from a scanner's colours to sRGB.

    Args:
        profile: ICC profile of the slide, None where it has none.

    Returns:
        None where nothing would visibly change, or where the profile is not for RGB: the scanner's
        own colours are then shown as they are.
    """
    if profile is None:
        return None
    try:
        transform = ImageCms.buildTransform(profile, _SRGB, "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return transform if _changes_colours(transform) else None


def in_srgb(image: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Image.Image:
    """Apply a conversion made by `srgb_transform`."""
    return image if transform is None else _bare(transform.apply(image))


def _changes_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = range(0, 256, 17)
    cube = bytes(c for r in steps for g in steps for b in steps for c in (r, g, b))
    before = Image.frombytes("RGB", (256, 16), cube)
    difference = ImageChops.difference(before, transform.apply(before))
    return any(high > _VISIBLE for _, high in difference.getextrema())  # type: ignore[misc]


def _bare(image: Image.Image) -> Image.Image:
    image.info = {}
    return image

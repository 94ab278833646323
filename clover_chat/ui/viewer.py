"""The slide viewer as a component: a fixed frame that its scripts fill, and what they are told.

The scripts get plain values as properties and answer with events. Everything an event brings came
from a browser and is doubted here before a service sees it.
"""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from clover_chat.services.viewing import OpenedSlide, RegionView
from clover_chat.slides.geometry import PRESETS, Box
from clover_chat.ui.markup import TIMES
from clover_chat.ui.pointing import caption, extent, picture_address
from clover_chat.ui.scripts import WEB_DIR, Scripts

FRAME = '<section class="clover-viewer" aria-label="Slide viewer"></section>'
LARGEST_COORDINATE = 2**31 - 1

_serials = itertools.count(1)


def component(scripts: Scripts, accepted: Sequence[str]) -> gr.HTML:
    """Return the viewer, closed.

    Args:
        scripts: What runs in it.
        accepted: Suffixes of slides that can be uploaded.
    """
    options = {
        "version": scripts.version,
        "library": scripts.library,
        "presets": PRESETS,
        "accepted": list(accepted),
    }
    start = (WEB_DIR / "viewer.js").read_text(encoding="utf-8")
    return gr.HTML(
        html_template=FRAME,
        js_on_load=start,
        elem_id="viewer",
        apply_default_css=False,
        options=options,
        slides=None,
        slide=None,
        permit=None,
        marks=None,
        look=None,
        file=None,
    )


def told(**news: Mapping[str, Any]) -> dict[str, Any]:
    """Return an update of the viewer; equal news are news again."""
    numbered: dict[str, Any] = {
        name: {**each, "serial": next(_serials)} for name, each in news.items()
    }
    return gr.update(**numbered)


def slide_values(opened: OpenedSlide, permit: str) -> dict[str, Any]:
    """Return what the scripts need to show a slide.

    Args:
        opened: The slide and the layout of its tiles.
        permit: What every address of its pictures has to end in.
    """
    slide, source = opened.slide, opened.source
    return {
        "id": slide.id,
        "title": slide.title,
        "facts": facts(opened),
        "width": source.bounds.width,
        "height": source.bounds.height,
        "x": source.bounds.x,
        "y": source.bounds.y,
        "tileSize": source.tile_size,
        "levels": [[*level.size, level.downsample] for level in source.levels],
        "mpp": list(source.mpp) if source.mpp else None,
        "magnification": slide.magnification,
        "isUploaded": slide.is_uploaded,
        "associated": list(opened.associated),
        "permit": permit,
    }


def facts(opened: OpenedSlide) -> list[str]:
    """Return two lines that say what a slide is; what the file does not tell is called unknown."""
    slide = opened.slide
    pixels = f"{slide.width:,} {TIMES} {slide.height:,} px · {slide.vendor}"
    seen = f"{slide.magnification:.3g}{TIMES}" if slide.magnification else "magnification unknown"
    if not (slide.mpp_x and slide.mpp_y):
        unknown = f"{seen} · µm/px unknown"
        return [pixels, unknown if slide.magnification else "magnification and µm/px unknown"]
    mpp = f"{math.sqrt(slide.mpp_x * slide.mpp_y):.3g} µm/px"
    size = extent(slide.width, slide.height, slide.width * slide.mpp_x, slide.height * slide.mpp_y)
    return [pixels, f"{seen} · {mpp} · {size}"]


def region_values(region: RegionView) -> dict[str, Any]:
    """Return what the scripts need to show a region."""
    return {
        "id": region.id,
        "name": region.name,
        "box": [region.x, region.y, region.width, region.height],
        "caption": caption(region),
        "preview": picture_address(region.preview),
    }


def box_of(values: object) -> Box | None:
    """Read a rectangle that a browser sent, None where it is none."""
    if not isinstance(values, list) or len(values) != 4:
        return None
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in values):
        return None
    box = Box(*(round(each) for each in values))
    fits = max(map(abs, box)) <= LARGEST_COORDINATE
    return box if fits and box.width > 0 and box.height > 0 else None


def view_of(text: str | None) -> tuple[str, Box] | None:
    """Read which part of which slide is on screen, None where no slide is."""
    try:
        view = json.loads(text or "null")
        box = box_of(view["box"])
        return (str(view["slide"]), box) if box else None
    except (ValueError, TypeError, KeyError):
        return None

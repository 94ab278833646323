"""How a region of a slide is shown beside words: its size, its picture, and the way back to it."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from clover_chat.services.viewing import RegionView
from clover_chat.ui.markup import TIMES, plain

MICROMETRES_IN_A_MM = 1000


def picture_address(path: Path) -> str:
    """Return where the page finds a kept picture, counted from the page's own address."""
    return f"gradio_api/file={quote(str(path))}"


def extent(width: float, height: float, width_um: float | None, height_um: float | None) -> str:
    """Return a size in micrometres or millimetres, or in pixels where no more is known."""
    if width_um is None or height_um is None:
        return f"{width:,.0f} {TIMES} {height:,.0f} px"
    if max(width_um, height_um) >= MICROMETRES_IN_A_MM:
        return f"{width_um / 1000:.2f} {TIMES} {height_um / 1000:.2f} mm"
    return f"{width_um:,.0f} {TIMES} {height_um:,.0f} µm"


def magnification(value: float | None) -> str:
    """Return a magnification with as many digits as mean anything."""
    if value is None:
        return ""
    return f"{value:.0f}{TIMES}" if value >= 10 else f"{value:.2g}{TIMES}"


def caption(region: RegionView) -> str:
    """Return what stands under the picture of a region."""
    size = extent(region.width, region.height, region.width_um, region.height_um)
    seen = magnification(region.magnification)
    return " · ".join(part for part in (region.name, size, seen) if part)


def card(region: RegionView) -> str:
    """Return a region as a question shows it; a click leads the viewer there."""
    box = f"{region.x},{region.y},{region.width},{region.height}"
    words = plain(caption(region))
    return (
        f'<button type="button" class="clover-region" data-region="{region.id}" '
        f'data-slide="{plain(region.slide_id)}" data-box="{box}" title="Show it on the slide">'
        f'<img src="{plain(picture_address(region.preview))}" alt="Region of a slide, {words}">'
        f"<span>{words}</span></button>"
    )


def strip(regions: Sequence[RegionView]) -> str:
    """Return the regions that the next question will be about."""
    chips = "".join(
        f'<div class="clover-chip">{card(region)}<button type="button" '
        f'class="clover-drop" data-drop="{region.id}" aria-label="Leave this region out" '
        f'title="Leave out">{TIMES}</button></div>'
        for region in regions
    )
    return f'<div class="clover-strip">{chips}</div>' if chips else ""

"""What is said of a patch or a region beside its picture, in one line."""

from clover_chat.services.regions import RegionView
from clover_chat.services.views import PatchView

TIMES = "\u00d7"
_UM_IN_A_MM = 1000


def patch_caption(patch: PatchView) -> str:
    """Say how large a patch is."""
    return f"Patch, {patch.width:,} {TIMES} {patch.height:,} px"


def region_caption(region: RegionView) -> str:
    """Say where a region lies, how large it is, and at which magnification it was seen."""
    where = (
        f"Region of slide {region.slide_id[:6]} at ({region.x:,}, {region.y:,}), "
        f"{region.width:,} {TIMES} {region.height:,} px of level 0"
    )
    seen = f"seen at {region.magnification:.3g}{TIMES}" if region.magnification else ""
    return ", ".join(part for part in (region.name, where, _extent(region), seen) if part)


def _extent(region: RegionView) -> str:
    if region.width_um is None or region.height_um is None:
        return ""
    if max(region.width_um, region.height_um) >= _UM_IN_A_MM:
        return f"{region.width_um / 1000:.2f} {TIMES} {region.height_um / 1000:.2f} mm"
    return f"{region.width_um:,.0f} {TIMES} {region.height_um:,.0f} \u00b5m"

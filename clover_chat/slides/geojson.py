"""Named regions as GeoJSON, in the form that QuPath reads and writes.

QuPath counts pixels from the corner of the scanned area, OpenSlide from the corner of the whole
scan; where a slide has such an offset, it is added on import and taken off on export.
"""

import json
import math
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clover_chat.errors import SlideError
from clover_chat.slides.geometry import Box, Point, covering, from_bounds, to_bounds

MAX_BYTES = 20 * 1024 * 1024
MAX_REGIONS = 10_000

_NAMESPACE = uuid.UUID("0e3d1f8a-6f5b-4b8e-9c57-3a1f2d9b7c64")
_Ring = list[list[float]]


class UnusableGeoJson(SlideError):
    """A file of regions that cannot be read."""


@dataclass(frozen=True)
class NamedRegion:
    """An outline on a slide that somebody gave a name.

    Attributes:
        name: What it is called; may be empty.
        outline: Its corners in level-0 pixels, the first not repeated at the end.
        classification: QuPath's class, for example `Tumor`, None where it has none.
    """

    name: str
    outline: tuple[Point, ...]
    classification: str | None = None

    @property
    def box(self) -> Box:
        """The smallest rectangle around the outline."""
        return covering(self.outline)


def rectangle(name: str, box: Box, classification: str | None = None) -> NamedRegion:
    """Return a rectangle as a named region."""
    corners = (
        Point(box.x, box.y),
        Point(box.right, box.y),
        Point(box.right, box.bottom),
        Point(box.x, box.bottom),
    )
    return NamedRegion(name, corners, classification)


def to_geojson(regions: Iterable[NamedRegion], bounds: Box) -> str:
    """Return regions as the text of a file that QuPath imports.

    Args:
        regions: What to write, in level-0 pixels.
        bounds: The slide's scanned area.
    """
    features = [_feature(region, bounds) for region in regions]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def from_geojson(text: str, bounds: Box) -> tuple[NamedRegion, ...]:
    """Read the polygons of a file that QuPath or `to_geojson` wrote; points and lines are left out.

    Args:
        text: A FeatureCollection, a single feature, or a list of features.
        bounds: The slide's scanned area.

    Raises:
        UnusableGeoJson: It is no GeoJSON, too large, or holds no polygon.
    """
    if len(text) > MAX_BYTES:
        raise UnusableGeoJson(f"This file is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        regions = tuple(
            region
            for feature in _features(json.loads(text))
            for region in _regions(feature, bounds)
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise UnusableGeoJson("This file is no GeoJSON that can be read.") from error
    if not regions:
        raise UnusableGeoJson("This file holds no polygon or rectangle.")
    if len(regions) > MAX_REGIONS:
        raise UnusableGeoJson(f"This file holds {len(regions)} regions; {MAX_REGIONS} can be read.")
    return regions


def _feature(region: NamedRegion, bounds: Box) -> dict[str, Any]:
    ring = [_number_pair(to_bounds(point, bounds)) for point in region.outline]
    properties: dict[str, Any] = {"objectType": "annotation", "name": region.name}
    if region.classification is not None:
        properties["classification"] = {"name": region.classification}
    return {
        "type": "Feature",
        "id": str(uuid.uuid5(_NAMESPACE, repr((region.name, region.outline)))),
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": properties,
    }


def _number_pair(point: Point) -> list[float]:
    return [int(value) if value == int(value) else value for value in point]


def _features(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        yield from document
    elif document["type"] == "FeatureCollection":
        yield from document["features"]
    else:
        yield document


def _regions(feature: dict[str, Any], bounds: Box) -> Iterator[NamedRegion]:
    properties = feature.get("properties") or {}
    classification = properties.get("classification") or {}
    name = properties.get("name") or ""
    for ring in _rings(feature["geometry"]):
        yield NamedRegion(str(name), _outline(ring, bounds), _class_name(classification))


def _rings(geometry: dict[str, Any]) -> Iterator[_Ring]:
    """Yield the outer rings of all polygons; holes are left out."""
    if geometry["type"] == "Polygon":
        yield geometry["coordinates"][0]
    elif geometry["type"] == "MultiPolygon":
        yield from (polygon[0] for polygon in geometry["coordinates"])
    elif geometry["type"] == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from _rings(each)


def _outline(ring: _Ring, bounds: Box) -> tuple[Point, ...]:
    points = [from_bounds(Point(float(x), float(y)), bounds) for x, y, *_ in ring]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3 or not all(math.isfinite(value) for point in points for value in point):
        raise ValueError("a polygon needs three corners and finite coordinates")
    return tuple(points)


def _class_name(classification: dict[str, Any]) -> str | None:
    """Return a class as QuPath shows it; one that is made of others lists their names."""
    parts = classification.get("names") or [classification.get("name")]
    return ": ".join(str(part) for part in parts if part is not None) or None

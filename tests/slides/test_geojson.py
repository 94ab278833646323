import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clover_chat.slides.geojson import (
    NamedRegion,
    UnusableGeoJson,
    from_geojson,
    rectangle,
    to_geojson,
)
from clover_chat.slides.geometry import Box, Point

WHOLE = Box(0, 0, 10_000, 8000)
POLYGON = '{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": %s}}'
OFFSET = Box(700, 900, 3000, 2000)

corners = st.builds(Point, st.integers(-5000, 90_000), st.floats(0, 90_000))
outlines = st.lists(corners, min_size=3, max_size=8, unique=True).map(tuple)
regions = st.builds(NamedRegion, st.text(max_size=8), outlines, st.none() | st.text(min_size=1))


@settings(max_examples=40)
@given(st.lists(regions, min_size=1, max_size=3))
def test_what_is_written_is_read_back(some: list[NamedRegion]) -> None:
    assert from_geojson(to_geojson(some, WHOLE), WHOLE) == tuple(some)


def test_a_rectangle_is_written_as_qupath_writes_it() -> None:
    box = Box(10, 20, 30, 40)
    document = json.loads(to_geojson([rectangle("Nest", box, "Tumor")], WHOLE))
    (feature,) = document["features"]
    assert document["type"] == "FeatureCollection"
    assert feature["type"] == "Feature"
    assert feature["geometry"]["type"] == "Polygon"
    assert feature["geometry"]["coordinates"] == [
        [[10, 20], [40, 20], [40, 60], [10, 60], [10, 20]]
    ]
    assert feature["properties"] == {
        "objectType": "annotation",
        "name": "Nest",
        "classification": {"name": "Tumor"},
    }


def test_coordinates_are_counted_from_the_scanned_area_as_in_qupath() -> None:
    region = rectangle("", Box(700, 900, 10, 10))
    document = json.loads(to_geojson([region], OFFSET))
    assert document["features"][0]["geometry"]["coordinates"][0][0] == [0, 0]
    assert from_geojson(json.dumps(document), OFFSET) == (region,)


def test_an_export_of_qupath_with_several_kinds_of_objects_is_read() -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 1]]
    features = [
        {
            "type": "Feature",
            "id": "c1f2",
            "geometry": {"type": "Polygon", "coordinates": [square, hole]},
            "properties": {
                "objectType": "annotation",
                "name": "A",
                "classification": {"name": "Stroma", "color": [150, 200, 150]},
                "isLocked": False,
            },
        },
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": [[square], [square]]},
            "properties": {
                "objectType": "annotation",
                "classification": {"names": ["Tumor", "Positive"]},
            },
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [1, 2]},
            "properties": None,
        },
    ]
    read = from_geojson(json.dumps({"type": "FeatureCollection", "features": features}), WHOLE)
    assert [region.name for region in read] == ["A", "", ""]
    assert [region.classification for region in read] == ["Stroma", *["Tumor: Positive"] * 2]
    assert read[0].box == Box(0, 0, 4, 4)
    assert from_geojson(json.dumps(features), WHOLE) == read
    assert from_geojson(json.dumps(features[0]), WHOLE) == read[:1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "3",
        '{"type": "FeatureCollection"}',
        '{"type": "FeatureCollection", "features": [3]}',
        '{"type": "Feature", "geometry": null, "properties": {}}',
        POLYGON % "[]",
        POLYGON % "[[[0, 0], [1, 1]]]",
        POLYGON % "[[[0], [1], [2]]]",
        POLYGON % '[[["a", 0], [1, 1], [2, 2]]]',
        POLYGON % "[[[NaN, 0], [1, 1], [2, 2]]]",
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UnusableGeoJson, match=r"^This file .*\.$"):
        from_geojson(text, WHOLE)


def test_too_many_regions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = to_geojson([rectangle("", Box(0, 0, 5, 5))] * 3, WHOLE)
    monkeypatch.setattr("clover_chat.slides.geojson.MAX_REGIONS", 2)
    with pytest.raises(UnusableGeoJson, match="holds 3 regions; 2 can be read"):
        from_geojson(text, WHOLE)
    monkeypatch.setattr("clover_chat.slides.geojson.MAX_BYTES", 10)
    with pytest.raises(UnusableGeoJson, match="larger than"):
        from_geojson(text, WHOLE)

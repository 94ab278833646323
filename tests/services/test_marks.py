import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.marks import LONGEST_NAME, MAX_IMPORTED
from clover_chat.slides.geojson import UnusableGeoJson, rectangle, to_geojson
from clover_chat.slides.geometry import Box
from clover_chat.storage.regions import RegionNotFound
from clover_chat.storage.tables import Region
from tests.services.conftest import MakeBench
from tests.services.slides import SIZE, TISSUE, Bench

WHOLE = Box(0, 0, *SIZE)


def names(bench: Bench, owner: str = "ada") -> list[str]:
    return [region.name for region in bench.viewing.bookmarks(owner, bench.slide_id)]


def count(sessions: sessionmaker[Session]) -> int | None:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Region))


def test_only_regions_with_a_name_are_bookmarks(bench: Bench) -> None:
    bench.mark(name="Mitosis")
    bench.mark(TISSUE.moved(50, 0))
    bench.mark(TISSUE.moved(90, 0), "Necrosis")
    assert names(bench) == ["Mitosis", "Necrosis"]


def test_the_same_region_is_kept_once(bench: Bench, sessions: sessionmaker[Session]) -> None:
    assert bench.mark() == bench.mark()
    assert bench.mark(name="Mitosis") == bench.mark(name="Mitosis") != bench.mark()
    assert bench.mark(owner="bob") != bench.mark(owner="ada")
    assert count(sessions) == 3


def test_a_region_gets_a_name_and_loses_it_again(bench: Bench) -> None:
    region_id = bench.mark()
    assert bench.viewing.rename_region("ada", region_id, "Mitosis").name == "Mitosis"
    assert names(bench) == ["Mitosis"]
    bench.viewing.rename_region("ada", region_id, "  ")
    assert names(bench) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("two\nlines\tand  blanks ", "two lines and blanks"),
        ("n\0ul \ud800", "nul ?"),
        ("x" * 1000, "x" * LONGEST_NAME),
        ("Größe 漢字 \U0001f52c", "Größe 漢字 \U0001f52c"),
    ],
)
def test_any_name_can_be_kept(bench: Bench, name: str, kept: str) -> None:
    bench.mark(name=name)
    assert names(bench) == [kept]


def test_a_removed_region_takes_its_preview_along(bench: Bench) -> None:
    view = bench.viewing.region("ada", bench.mark(name="Mitosis"))
    bench.viewing.remove_region("ada", view.id)
    assert names(bench) == []
    assert not view.preview.exists()


def test_a_preview_stays_while_anybody_has_the_region(bench: Bench) -> None:
    view = bench.viewing.region("ada", bench.mark())
    theirs = bench.mark(owner="bob")
    bench.viewing.remove_region("ada", view.id)
    assert view.preview.exists()
    bench.viewing.remove_region("bob", theirs)
    assert not view.preview.exists()


def test_a_region_of_somebody_else_is_not_there(bench: Bench) -> None:
    mine = bench.mark(name="Mitosis")
    for act in (
        lambda: bench.viewing.region("bob", mine),
        lambda: bench.viewing.rename_region("bob", mine, "Mine"),
        lambda: bench.viewing.remove_region("bob", mine),
        lambda: bench.viewing.region("ada", 10_000),
    ):
        with pytest.raises(RegionNotFound):
            act()
    assert names(bench, "bob") == []
    assert names(bench) == ["Mitosis"]
    assert json.loads(bench.viewing.export_geojson("bob", bench.slide_id))["features"] == []


def test_an_export_can_be_read_back_and_changes_nothing(
    bench: Bench, sessions: sessionmaker[Session]
) -> None:
    ids = [bench.mark(name="Mitosis"), bench.mark(TISSUE.moved(50, 60))]
    text = bench.viewing.export_geojson("ada", bench.slide_id)
    again = bench.viewing.import_geojson("ada", bench.slide_id, text)
    assert [region.id for region in again] == ids
    assert count(sessions) == 2


def test_an_export_goes_to_somebody_else(bench: Bench) -> None:
    bench.mark(name="Mitosis")
    text = bench.viewing.export_geojson("ada", bench.slide_id)
    (region,) = bench.viewing.import_geojson("bob", bench.slide_id, text)
    assert (region.x, region.y, region.width, region.height) == TISSUE
    assert names(bench, "bob") == ["Mitosis"]


def test_an_export_counts_from_the_scanned_area_as_qupath_does(make_bench_of: MakeBench) -> None:
    bench = make_bench_of("offset")  # scanned at (700, 900)
    bench.mark(Box(1000, 1300, 200, 100), "Mitosis")
    text = bench.viewing.export_geojson("ada", bench.slide_id)
    (feature,) = json.loads(text)["features"]
    assert feature["geometry"]["coordinates"][0][0] == [300, 400]
    (region,) = bench.viewing.import_geojson("bob", bench.slide_id, text)
    assert (region.x, region.y) == (1000, 1300)


def test_an_outline_becomes_the_rectangle_around_it_under_its_name_or_class(bench: Bench) -> None:
    triangle = [[1200.4, 800], [1500, 900.2], [1300, 1000], [1200.4, 800]]

    def feature(**properties: object) -> dict[str, object]:
        geometry = {"type": "Polygon", "coordinates": [triangle]}
        return {"type": "Feature", "geometry": geometry, "properties": properties}

    text = json.dumps(
        [feature(name="Mitosis"), feature(classification={"name": "Tumor"}), feature()]
    )
    regions = bench.viewing.import_geojson("ada", bench.slide_id, text)
    assert [region.name for region in regions] == ["Mitosis", "Tumor", "Region 3"]
    assert {(region.x, region.y, region.width, region.height) for region in regions} == {
        (1200, 800, 300, 200)
    }
    assert all(region.preview.is_file() for region in regions)


def test_what_lies_beside_the_slide_is_left_out_of_an_import(bench: Bench) -> None:
    inside, outside = rectangle("in", TISSUE), rectangle("out", TISSUE.moved(50_000, 0))
    jutting = rectangle("edge", Box(SIZE[0] - 100, 0, 10**6, 200))
    text = to_geojson([inside, outside, jutting], WHOLE)
    regions = bench.viewing.import_geojson("ada", bench.slide_id, text)
    assert [(region.name, region.width) for region in regions] == [("in", 500), ("edge", 100)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "no GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no polygon"),
        (to_geojson([rectangle("far", TISSUE.moved(10**6, 0))], WHOLE), "None of the regions"),
        (
            to_geojson([rectangle(str(i), TISSUE) for i in range(MAX_IMPORTED + 1)], WHOLE),
            "501 regions; 500",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_changes_nothing(
    bench: Bench, sessions: sessionmaker[Session], text: str, sentence: str
) -> None:
    with pytest.raises(UnusableGeoJson, match=sentence):
        bench.viewing.import_geojson("ada", bench.slide_id, text)
    assert count(sessions) == 0

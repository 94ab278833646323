import math

import numpy as np
import pytest
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import SlideError, SlideNotFound
from clover_chat.services.regions import MODEL_SIDE, Place, UnusableRegion
from clover_chat.slides.geometry import Box
from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK
from clover_chat.slides.reader import Slide
from tests.services.conftest import MakeBench
from tests.services.slides import EVERYTHING, GLASS, PATIENT, SIZE, TISSUE, Bench


def same(one: Image.Image, other: Image.Image) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def test_a_small_region_is_shown_as_it_is(bench: Bench) -> None:
    box = Box(1200, 800, 300, 200)
    (picture,) = bench.viewing.regions.pictures(Place(bench.slide_id, box))
    with Slide.open(bench.library.get(bench.slide_id).path) as slide:
        assert same(picture.load(), slide.read_region(1200, 800, 0, box.size))


def test_a_large_region_is_shown_as_an_overview_with_details_on_tissue(bench: Bench) -> None:
    reader = bench.viewing.regions
    overview, *details = (
        picture.load() for picture in reader.pictures(Place(bench.slide_id, EVERYTHING))
    )
    assert overview.size == (MODEL_SIDE, round(MODEL_SIDE * SIZE[1] / SIZE[0]))
    assert 1 <= len(details) <= 3
    for detail in details:
        assert max(detail.size) == MODEL_SIDE
        assert np.asarray(detail).std() > np.asarray(overview).std() / 2


def test_a_picture_keeps_its_key_over_a_restart(bench: Bench, make_bench_of: MakeBench) -> None:
    place = Place(bench.slide_id, EVERYTHING)
    before = [picture.key for picture in bench.viewing.regions.pictures(place)]
    after = [picture.key for picture in make_bench_of("sharp").viewing.regions.pictures(place)]
    assert before == after
    assert len(set(before)) == len(before)
    assert all(len(key) == 64 for key in before)


def test_another_rectangle_or_another_slide_has_another_key(bench: Bench) -> None:
    reader = bench.viewing.regions
    places = [
        Place(bench.slide_id, TISSUE),
        Place(bench.slide_id, TISSUE.moved(1, 0)),
        Place("f" * 64, TISSUE),
    ]
    assert len({reader.picture(place).key for place in places}) == 3


def test_whoever_changes_a_picture_changes_it_for_nobody_else(bench: Bench) -> None:
    picture = bench.viewing.regions.picture(Place(bench.slide_id, TISSUE))
    before = picture.load()
    picture.load().paste("black", (0, 0, 100, 100))
    assert same(picture.load(), before)


@pytest.mark.parametrize(
    ("kind", "box", "remarks"),
    [
        ("sharp", TISSUE, ()),
        ("sharp", EVERYTHING, ()),
        ("sharp", GLASS, (EMPTY_REMARK,)),
        ("blurred", TISSUE, (BLURRED_REMARK,)),
        ("blurred", EVERYTHING, (BLURRED_REMARK,)),
        ("glass", EVERYTHING, (EMPTY_REMARK,)),
    ],
)
def test_empty_and_blurred_regions_are_remarked_on(
    make_bench_of: MakeBench, kind: str, box: Box, remarks: tuple[str, ...]
) -> None:
    bench = make_bench_of(kind)
    place = bench.viewing.regions.fitted(Place(bench.slide_id, box))
    assert bench.viewing.regions.remarks(place) == remarks


def test_a_rectangle_that_juts_out_is_cut_at_the_edge_of_the_scan(
    make_bench_of: MakeBench,
) -> None:
    bench = make_bench_of("offset")  # 900 x 700 scanned at (700, 900)
    place = bench.viewing.regions.fitted(Place(bench.slide_id, Box(0, 0, 10**9, 10**9)))
    assert place.box == Box(700, 900, 900, 700)


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        (Box(-500, 0, 400, 300), "beside the slide"),
        (Box(SIZE[0], 0, 400, 300), "beside the slide"),
        (Box(100, 100, 15, 300), r"15 x 300 pixels is too small.*16 x 16"),
        (Box(-100, 100, 110, 300), "10 x 300 pixels is too small"),
        (Box(100, 100, 0, -5), "beside the slide"),
    ],
)
def test_a_rectangle_with_next_to_nothing_on_the_slide_is_refused(
    bench: Bench, box: Box, sentence: str
) -> None:
    with pytest.raises(UnusableRegion, match=sentence):
        bench.viewing.regions.fitted(Place(bench.slide_id, box))


def test_all_of_a_tiny_picture_can_be_asked_about_and_less_of_it_cannot(
    make_bench_of: MakeBench,
) -> None:
    bench = make_bench_of("tiny")
    regions = bench.viewing.regions
    whole = regions.fitted(Place(bench.slide_id, Box(0, 0, 2, 1)))
    (picture,) = regions.pictures(whole)
    assert picture.load().size == (2, 1)
    assert all(remark.endswith(".") for remark in regions.remarks(whole))
    assert bench.viewing.add_region("ada", *whole).preview.is_file()
    with pytest.raises(UnusableRegion, match=r"1 x 1 pixels is too small.*2 x 1"):
        regions.fitted(Place(bench.slide_id, Box(0, 0, 1, 1)))


def test_a_region_has_its_size_its_magnification_and_a_preview(bench: Bench) -> None:
    view = bench.viewing.add_region("ada", bench.slide_id, Box(1000, 700, 1024, 512), " Mitosis ")
    assert (view.x, view.y, view.width, view.height) == (1000, 700, 1024, 512)
    assert view.name == "Mitosis"
    assert view.width_um == pytest.approx(512, rel=0.01)
    assert view.height_um == pytest.approx(256, rel=0.01)
    assert view.magnification == pytest.approx(10, rel=0.01)  # 20x scan, two pixels made one
    with Image.open(view.preview) as preview:
        assert preview.size == (320, 160)
        assert preview.info == {}
    assert PATIENT not in str(view)


def test_what_a_slide_does_not_say_is_unknown(make_bench_of: MakeBench) -> None:
    bench = make_bench_of("unmeasured")
    view = bench.viewing.add_region("ada", bench.slide_id, Box(300, 300, 200, 100))
    assert (view.width_um, view.height_um, view.magnification) == (None, None, None)
    assert view.preview.is_file()


def test_a_region_outlives_its_slide(bench: Bench) -> None:
    kept, lost = bench.mark(), bench.mark(TISSUE.moved(20, 20))
    bench.viewing.region("ada", lost).preview.unlink()
    bench.library.get(bench.slide_id).path.unlink()
    for region_id in kept, lost:
        view = bench.viewing.region("ada", region_id)
        assert (view.width_um, view.magnification) == (None, None)
        assert view.preview.is_file()
    with pytest.raises(SlideNotFound):
        bench.viewing.regions.pictures(Place(bench.slide_id, TISSUE))


def test_a_place_that_cannot_be_read_is_not_kept(
    bench: Bench, sessions: sessionmaker[Session]
) -> None:
    path = bench.library.get(bench.slide_id).path
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(SlideError):
        bench.mark()
    assert bench.viewing.bookmarks("ada", bench.slide_id) == []


def test_places_to_look_at_are_as_small_as_the_tissue_asks_for(make_bench_of: MakeBench) -> None:
    bench = make_bench_of("speck")
    reader = bench.viewing.regions
    places = reader.candidates(bench.slide_id, 32)
    assert places
    assert all(reader.tissue(bench.slide_id).share(box) >= 0.25 for box in places)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_make_no_region(bench: Bench, number: float) -> None:
    box = Box(0, number, 400, 300)  # type: ignore[arg-type]  # as a page may send it
    with pytest.raises(UnusableRegion, match="no size"):
        bench.viewing.add_region("ada", bench.slide_id, box)


def test_fractions_of_a_pixel_are_rounded(bench: Bench) -> None:
    box = Box(1200.6, 800.2, 500.4, 400)  # type: ignore[arg-type]  # as a page may send it
    view = bench.viewing.add_region("ada", bench.slide_id, box)
    assert (view.x, view.y, view.width, view.height) == (1201, 800, 500, 400)

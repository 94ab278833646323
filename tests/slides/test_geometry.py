import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.slides.geometry import (
    Box,
    Extent,
    Mpp,
    Point,
    Size,
    best_level,
    box_around,
    box_at,
    covering,
    downsample_for,
    fit,
    from_bounds,
    keep_inside,
    magnification_at,
    micrometres,
    native_magnification,
    pixels,
    rotated,
    size_at,
    square_pixels,
    to_bounds,
    to_level,
    to_level0,
)

coordinates = st.floats(-1e6, 1e6)
points = st.builds(Point, coordinates, coordinates)
downsamples = st.floats(1, 256)
sides = st.integers(1, 200_000)
boxes = st.builds(Box, st.integers(-50_000, 200_000), st.integers(-50_000, 200_000), sides, sides)
mpps = st.builds(Mpp, st.floats(0.05, 10), st.floats(0.05, 10))


def close(one: Point, other: Point) -> bool:
    return one == pytest.approx(other, rel=1e-9, abs=1e-3)


@given(points, downsamples)
def test_a_point_survives_the_way_to_a_level_and_back(point: Point, downsample: float) -> None:
    assert close(to_level0(to_level(point, downsample), downsample), point)


@given(points, boxes)
def test_a_point_survives_the_way_to_the_bounds_and_back(point: Point, bounds: Box) -> None:
    assert close(from_bounds(to_bounds(point, bounds), bounds), point)


@given(points, points, st.floats(-720, 720))
def test_turning_back_undoes_turning(point: Point, about: Point, degrees: float) -> None:
    assert close(rotated(rotated(point, about, degrees), about, -degrees), point)


def test_a_quarter_turn_is_clockwise_on_screen() -> None:
    assert rotated(Point(1, 0), Point(0, 0), 90) == pytest.approx(Point(0, 1))


@given(boxes, boxes)
def test_what_two_boxes_share_lies_in_both(one: Box, other: Box) -> None:
    shared = one.intersect(other)
    assert shared == other.intersect(one)
    if shared is not None:
        assert one.contains(shared)
        assert other.contains(shared)


@given(boxes, boxes)
def test_a_box_kept_inside_a_frame_loses_size_only_where_the_frame_is_smaller(
    box: Box, frame: Box
) -> None:
    kept = keep_inside(box, frame)
    assert frame.contains(kept)
    assert kept.size == (min(box.width, frame.width), min(box.height, frame.height))
    if frame.contains(box):
        assert kept == box


@given(boxes, downsamples)
def test_a_box_at_a_level_covers_the_whole_box(box: Box, downsample: float) -> None:
    at_level = box_at(box, downsample)
    assert at_level.x * downsample <= box.x + 1e-6
    assert at_level.right * downsample >= box.right - 1e-3


@given(st.lists(points, min_size=1, max_size=6))
def test_the_covering_box_holds_every_point(some: list[Point]) -> None:
    box = covering(some)
    assert all(box.x <= point.x <= box.right for point in some)
    assert all(box.y <= point.y <= box.bottom for point in some)


@given(points, st.builds(Size, sides, sides))
def test_a_box_around_a_point_has_it_in_the_middle(point: Point, size: Size) -> None:
    box = box_around(point, size)
    assert box.size == size
    assert box.centre == pytest.approx(point, abs=0.51)


@given(st.builds(Size, sides, sides), st.integers(1, 4096))
def test_fitting_never_enlarges_and_keeps_the_shape(size: Size, longest: int) -> None:
    fitted = fit(size, longest)
    assert max(fitted) <= max(longest, 1)
    assert fitted.width <= size.width
    assert abs(fitted.width / size.width - fitted.height / size.height) <= 1 / min(size)


@given(st.builds(Size, sides, sides), downsamples)
def test_no_size_vanishes_at_a_level(size: Size, downsample: float) -> None:
    assert min(size_at(size, downsample)) >= 1


@given(st.builds(Size, sides, sides), mpps)
def test_micrometres_and_pixels_undo_each_other(size: Size, mpp: Mpp) -> None:
    extent = micrometres(size, mpp)
    assert extent is not None
    assert pixels(extent, mpp) == size


def test_a_size_in_micrometres_is_unknown_without_mpp() -> None:
    assert micrometres(Size(10, 10), None) is None
    assert micrometres(Size(100, 200), Mpp(0.25, 0.5)) == Extent(25.0, 100.0)


@given(st.builds(Size, st.integers(100, 10_000), st.integers(100, 10_000)), mpps)
def test_square_pixels_show_tissue_in_its_true_shape(size: Size, mpp: Mpp) -> None:
    shown, tissue = square_pixels(size, mpp), micrometres(size, mpp)
    assert tissue is not None
    assert shown.width <= size.width
    assert shown.height <= size.height
    if min(shown) > 50:
        assert shown.width / shown.height == pytest.approx(tissue.width / tissue.height, rel=0.03)


@pytest.mark.parametrize(
    ("wanted", "level"), [(0.5, 0), (1, 0), (3.9, 0), (4.0, 1), (16, 2), (15.99, 2), (1000, 2)]
)
def test_the_best_level_is_the_coarsest_with_enough_detail(wanted: float, level: int) -> None:
    assert best_level((1.0, 4.0, 16.0), wanted) == level


def test_magnification_comes_from_the_objective_else_from_mpp_else_is_unknown() -> None:
    assert native_magnification(20.0, Mpp(0.25, 0.25)) == 20.0
    assert native_magnification(None, Mpp(0.25, 0.25)) == 40.0
    assert native_magnification(None, None) is None
    assert magnification_at(40.0, 16) == 2.5
    assert magnification_at(None, 16) is None
    assert downsample_for(40.0, 2.5) == 16

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.slides.geometry import Box, Point
from clover_chat.slides.viewport import Viewport, showing

viewports = st.builds(
    Viewport,
    x0=st.floats(-1e5, 1e5),
    y0=st.floats(-1e5, 1e5),
    width=st.integers(10, 4000),
    height=st.integers(10, 4000),
    downsample=st.floats(0.1, 200),
    rotation=st.floats(0, 359.9),
    is_flipped=st.booleans(),
)
screen_points = st.builds(Point, st.floats(-5000, 5000), st.floats(-5000, 5000))


def close(one: Point, other: Point) -> bool:
    return one == pytest.approx(other, abs=1e-2, rel=1e-6)


def test_zoom_keeps_the_centre_where_it_was() -> None:
    before = Viewport(x0=1000, y0=2000, width=512, height=384, downsample=8.0)
    assert before.zoom(2).centre == before.centre
    assert before.zoom(2).downsample == 4.0


@given(viewports, screen_points)
def test_screen_and_slide_convert_both_ways(viewport: Viewport, point: Point) -> None:
    assert close(viewport.to_view(viewport.to_level0(point)), point)


@given(viewports, screen_points, st.floats(0.2, 5))
def test_zooming_at_a_point_keeps_the_slide_under_it(
    viewport: Viewport, point: Point, factor: float
) -> None:
    assert close(viewport.zoom_at(point, factor).to_level0(point), viewport.to_level0(point))


@given(viewports, st.floats(-500, 500), st.floats(-500, 500))
def test_panning_moves_the_slide_by_that_much_on_screen(
    viewport: Viewport, dx: float, dy: float
) -> None:
    moved = viewport.pan(dx, dy)
    x, y = moved.to_view(viewport.to_level0(Point(dx, dy)))
    assert close(Point(x, y), Point(0, 0))


@given(viewports, st.floats(-360, 360))
def test_turning_and_flipping_keep_the_centre(viewport: Viewport, degrees: float) -> None:
    middle = Point(viewport.width / 2, viewport.height / 2)
    turned = viewport.rotate(degrees).flip()
    assert close(turned.to_level0(middle), viewport.centre)


@given(viewports)
def test_flipping_twice_changes_nothing(viewport: Viewport) -> None:
    assert viewport.flip().flip() == viewport


@given(viewports)
def test_a_clamped_viewport_looks_at_the_slide(viewport: Viewport) -> None:
    frame = Box(100, 200, 5000, 4000)
    centre = viewport.clamp(frame).centre
    assert frame.x - 1e-3 <= centre.x <= frame.right + 1e-3
    assert frame.y - 1e-3 <= centre.y <= frame.bottom + 1e-3


def test_a_quarter_turn_swaps_what_is_seen_across_and_down() -> None:
    upright = Viewport(x0=1000, y0=1000, width=400, height=200, downsample=1.0)
    region = upright.rotate(90).region(Box(0, 0, 10_000, 10_000))
    assert region is not None
    assert region.size == pytest.approx((200, 400), abs=1)
    assert region.centre == pytest.approx(upright.centre, abs=1)


def test_a_viewport_beside_the_slide_shows_no_region() -> None:
    aside = Viewport(x0=-500, y0=0, width=100, height=100, downsample=1.0)
    assert aside.region(Box(0, 0, 1000, 1000)) is None


@given(st.builds(Box, *[st.integers(1, 50_000)] * 4), st.integers(50, 2000), st.integers(50, 2000))
def test_a_box_shown_fits_the_screen_with_its_middle_in_the_middle(
    box: Box, width: int, height: int
) -> None:
    viewport = showing(box, width, height)
    assert viewport.centre == pytest.approx(box.centre)
    left, top = viewport.to_view(Point(box.x, box.y))
    assert left >= -1e-6
    assert top >= -1e-6
    assert min(abs(left), abs(top)) < 1e-3

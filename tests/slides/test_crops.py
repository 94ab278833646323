import itertools

import numpy as np
import pytest

from clover_chat.slides.crops import candidates, detail_side, plan_region, spread_out
from clover_chat.slides.geometry import Box, Mpp
from clover_chat.slides.tissue import TissueMask

WHOLE = Box(0, 0, 10_000, 8000)


def mask_of(*islands: Box, bounds: Box = WHOLE) -> TissueMask:
    pixels = np.zeros((bounds.height // 20, bounds.width // 20), dtype=bool)
    for box in islands:
        pixels[box.y // 20 : box.bottom // 20, box.x // 20 : box.right // 20] = True
    return TissueMask(pixels, bounds)


def test_a_detail_shows_a_micrometre_a_pixel_whatever_the_scan() -> None:
    assert detail_side(448, Mpp(0.25, 0.25)) == 1792
    assert detail_side(448, Mpp(2.0, 2.0)) == 448
    assert detail_side(448, None) == 896


def test_a_small_region_is_shown_as_it_is() -> None:
    region = Box(100, 100, 1500, 900)
    plan = plan_region(region, mask_of(WHOLE), side=1000)
    assert plan.overview == region
    assert plan.details == ()


def test_a_large_region_gets_details_on_tissue_inside_it() -> None:
    island = Box(2000, 2000, 4000, 3000)
    region = Box(500, 500, 9000, 7000)
    plan = plan_region(region, mask_of(island), side=800)
    assert len(plan.details) == 3
    assert all(region.contains(box) for box in plan.details)
    assert all(box.intersect(island) for box in plan.details)


def test_details_do_not_overlap_and_reach_every_island() -> None:
    islands = Box(0, 0, 2000, 2000), Box(8000, 0, 2000, 2000), Box(4000, 6000, 2000, 2000)
    details = plan_region(WHOLE, mask_of(*islands), side=800).details
    assert not any(one.intersect(other) for one, other in itertools.combinations(details, 2))
    assert all(any(box.intersect(island) for box in details) for island in islands)


def test_a_large_region_without_tissue_gets_no_details() -> None:
    assert plan_region(WHOLE, mask_of(), side=800).details == ()


def test_a_region_partly_off_the_slide_has_its_details_on_it() -> None:
    plan = plan_region(Box(-3000, -3000, 6000, 6000), mask_of(WHOLE), side=500)
    assert plan.details
    assert all(WHOLE.contains(box) for box in plan.details)


def test_candidates_lie_on_tissue_in_reading_order() -> None:
    island = Box(1000, 1000, 5000, 4000)
    found = candidates(mask_of(island), side=1000)
    assert len(found) == 20
    assert list(found) == sorted(found, key=lambda box: (box.y, box.x))
    assert all(island.contains(box) for box in found)


def test_only_so_many_candidates_are_returned() -> None:
    assert len(candidates(mask_of(WHOLE), side=500, limit=12)) == 12


def test_a_slide_smaller_than_one_rectangle_is_one_candidate() -> None:
    small = Box(0, 0, 400, 300)
    assert candidates(mask_of(small, bounds=small), side=1000) == (small,)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_no_more_rectangles_are_chosen_than_there_are(count: int) -> None:
    boxes = [Box(0, 0, 100, 100), Box(5000, 5000, 100, 100)]
    assert len(spread_out(boxes, mask_of(WHOLE), count)) == min(count, 2)

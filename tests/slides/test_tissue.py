import numpy as np
import pytest
from PIL import Image

from clover_chat.slides.geometry import Box
from clover_chat.slides.reader import Slide
from clover_chat.slides.tissue import TissueMask, tissue_mask, tissue_of
from tests.slides.pyramids import tissue_picture


@pytest.fixture(scope="module")
def mask(slide: Slide) -> TissueMask:
    return tissue_mask(slide)


def half_mask() -> TissueMask:
    pixels = np.zeros((50, 100), dtype=bool)
    pixels[:, :50] = True
    return TissueMask(pixels, Box(1000, 2000, 10_000, 5000))


def test_the_island_is_tissue_and_the_glass_around_it_is_not(mask: TissueMask) -> None:
    assert mask.share(Box(300, 250, 200, 200)) > 0.95
    assert mask.share(Box(0, 0, 100, 100)) == 0
    assert mask.pixels.mean() == pytest.approx(0.65 * 0.65 * np.pi / 4, abs=0.03)


def test_a_scan_with_an_offset_has_its_tissue_at_that_offset(leica_slide: Slide) -> None:
    mask = tissue_mask(leica_slide)
    assert mask.bounds == Box(700, 900, 900, 700)
    assert mask.share(Box(1000, 1150, 200, 200)) > 0.95
    assert mask.share(Box(300, 250, 200, 200)) == 0


def test_plain_glass_holds_no_tissue_whatever_its_shade() -> None:
    for shade in (255, 240, 225):
        assert not tissue_of(Image.new("RGB", (200, 200), (shade, shade, shade))).any()


def test_a_picture_full_of_tissue_is_all_tissue() -> None:
    inside = tissue_picture(900, 700).crop((300, 250, 500, 450))
    assert tissue_of(inside).mean() > 0.97


def test_glowing_cells_on_a_dark_ground_are_tissue() -> None:
    image = Image.new("RGB", (200, 200))
    image.paste((20, 30, 200), (40, 40, 120, 120))
    found = tissue_of(image)
    assert found[80, 80]
    assert not found[180, 180]


def test_dust_is_not_tissue() -> None:
    image = Image.new("RGB", (400, 400), (245, 245, 245))
    image.paste((60, 60, 60), (200, 200, 203, 203))
    assert not tissue_of(image).any()


def test_a_share_counts_what_lies_outside_the_slide_as_empty() -> None:
    mask = half_mask()
    assert mask.share(Box(1000, 2000, 10_000, 5000)) == pytest.approx(0.5)
    assert mask.share(Box(-4000, 2000, 10_000, 5000)) == pytest.approx(0.5)
    assert mask.share(Box(50_000, 2000, 100, 100)) == 0


def test_the_overlay_is_transparent_where_there_is_no_tissue() -> None:
    overlay = half_mask().overlay()
    alpha = overlay.getchannel("A")
    assert overlay.size == (100, 50)
    assert alpha.getpixel((99, 25)) == 0
    assert alpha.getpixel((0, 25)) not in (0, 255)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (8, 8)])
def test_the_smallest_pictures_are_no_problem(size: tuple[int, int]) -> None:
    assert tissue_of(Image.new("RGB", size, "pink")).shape == size[::-1]

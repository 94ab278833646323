import pytest
from PIL import Image

from clover_chat.slides.quality import (
    BLURRED_REMARK,
    EMPTY_REMARK,
    blur_of,
    quality_of,
)
from tests.slides.pyramids import blurred, tissue_picture


@pytest.fixture(scope="module")
def crisp() -> Image.Image:
    return tissue_picture(900, 700).crop((250, 200, 650, 500))


def test_a_crisp_region_full_of_tissue_needs_no_remark(crisp: Image.Image) -> None:
    quality = quality_of(crisp)
    assert quality.remarks == ()
    assert quality.tissue_share > 0.9


def test_an_empty_region_is_remarked_on_and_its_focus_is_not_judged() -> None:
    quality = quality_of(tissue_picture(900, 700).crop((0, 0, 120, 100)))
    assert quality.remarks == (EMPTY_REMARK,)
    assert quality.blur is None


def test_a_region_out_of_focus_is_remarked_on(crisp: Image.Image) -> None:
    assert quality_of(blurred(crisp, 6)).remarks == (BLURRED_REMARK,)


def test_more_blur_measures_higher(crisp: Image.Image) -> None:
    measured = [blur_of(blurred(crisp, radius)) or 0 for radius in (0, 1, 2, 4, 8)]
    assert measured == sorted(measured)


def test_a_tiny_picture_is_not_judged_and_an_even_one_is_featureless() -> None:
    assert blur_of(Image.new("RGB", (10, 300))) is None
    assert blur_of(Image.new("RGB", (64, 64), "pink")) == 1.0

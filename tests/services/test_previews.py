import numpy as np
import pytest
from PIL import Image

from clover_chat.services.previews import length_text, lost_preview, preview_of, round_length
from clover_chat.slides.geometry import Box, Mpp

PINK = (226, 150, 190)


def bar_length(preview: Image.Image) -> int:
    """Return how many dark pixels stand side by side in the row of the scale bar."""
    row = np.asarray(preview.convert("L"))[-13]
    return int((row < 60).sum())


@pytest.mark.parametrize(
    ("longest", "length"),
    [(128, 100), (100, 100), (99.9, 50), (49, 20), (7, 5), (1.99, 1), (0.3, 0.2), (52_000, 50_000)],
)
def test_a_scale_bar_has_a_round_length(longest: float, length: float) -> None:
    assert round_length(longest) == pytest.approx(length)


def test_lengths_are_written_in_the_unit_that_reads_best() -> None:
    assert length_text(500, "um") == "500 um"
    assert length_text(2000, "um") == "2 mm"
    assert length_text(0.5, "um") == "0.5 um"
    assert length_text(2000, "px") == "2000 px"


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    picture = Image.new("RGB", (320, 240), PINK)
    preview = preview_of(picture, Box(0, 0, 1280, 960), Mpp(0.25, 0.25))  # 1 um a pixel
    assert bar_length(preview) == 100  # um
    preview = preview_of(picture, Box(0, 0, 1280, 960), None)  # 4 level-0 pixels a pixel
    assert bar_length(preview) == 125  # of 500 px


def test_small_regions_are_enlarged_to_be_seen() -> None:
    preview = preview_of(Image.new("RGB", (16, 16), PINK), Box(0, 0, 16, 16), None)
    assert preview.size == (320, 320)
    assert preview.getpixel((160, 10)) == PINK


@pytest.mark.parametrize(("size", "shown"), [((320, 2), (320, 96)), ((3, 320), (96, 320))])
def test_a_narrow_strip_is_large_enough_to_be_clicked(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    preview = preview_of(Image.new("RGB", size, PINK), Box(0, 0, *size), Mpp(0.5, 0.5))
    assert preview.size == shown
    assert preview.getpixel((shown[0] // 2, shown[1] // 2)) == PINK


def test_a_lost_slide_has_a_picture_that_says_so() -> None:
    assert np.asarray(lost_preview()).std() > 0

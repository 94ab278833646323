from PIL import Image

from clover_chat.services.remarks import (
    SMALLEST_PATCH,
    remark_on,
    remark_on_patches,
    without_remark,
)
from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK
from tests.slides.pyramids import blurred, tissue_picture

SHARP = tissue_picture(3000, 2000).crop((1200, 800, 1700, 1200))
BLURRED = blurred(SHARP, 12)
EMPTY = Image.new("RGB", (300, 200), (244, 242, 245))


def test_one_region_needs_no_number() -> None:
    assert remark_on([(EMPTY_REMARK,)]) == EMPTY_REMARK
    assert remark_on([()]) == remark_on([]) == ""


def test_of_several_regions_it_is_said_which() -> None:
    remark = remark_on([(EMPTY_REMARK,), (), (BLURRED_REMARK,)])
    assert remark == f"Region 1: {EMPTY_REMARK} Region 3: {BLURRED_REMARK}"
    assert remark_on([(), ()]) == ""


def test_the_remark_comes_off_again() -> None:
    for regions in ([(EMPTY_REMARK,)], [(EMPTY_REMARK,), (BLURRED_REMARK,)]):
        assert without_remark(f"{remark_on(regions)}\n\nColon.") == "Colon."
        assert without_remark(f"{remark_on(regions)}\n\n") == ""


def test_nothing_comes_off_an_answer_without_a_remark() -> None:
    for answer in ("Colon.", "", f"Colon. {EMPTY_REMARK}"):
        assert without_remark(answer) == answer


def test_a_patch_out_of_focus_or_empty_is_said_to_be() -> None:
    assert remark_on_patches([BLURRED]).startswith("This picture looks out of focus")
    assert remark_on_patches([EMPTY]) == "There is almost no tissue in this picture."
    assert remark_on_patches([SHARP]) == remark_on_patches([]) == ""


def test_of_several_patches_it_is_said_which() -> None:
    assert remark_on_patches([SHARP, EMPTY]) == (
        "Picture 2: There is almost no tissue in this picture."
    )


def test_of_a_small_patch_nothing_is_said() -> None:
    assert remark_on_patches([EMPTY.resize((SMALLEST_PATCH - 1, SMALLEST_PATCH))]) == ""

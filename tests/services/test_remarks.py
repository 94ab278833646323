from clover_chat.services.remarks import remark_on, without_remark
from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK


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

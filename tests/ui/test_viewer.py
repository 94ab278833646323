import json
from pathlib import Path
from typing import Any

import pytest

from clover_chat.services.viewing import RegionView
from clover_chat.slides.geometry import Box
from clover_chat.ui import pointing, viewer
from tests.services.slides import PATIENT, Bench


def region(**changes: Any) -> RegionView:
    values: dict[str, Any] = {"name": "", "width_um": 250.0, "height_um": 200.0}
    values |= {"magnification": 20.0, "preview": Path("/store/ab/ab c.png"), **changes}
    return RegionView(id=7, slide_id="f" * 64, x=10, y=20, width=500, height=400, **values)


def test_a_caption_gives_the_size_in_what_is_known_and_the_magnification() -> None:
    assert pointing.caption(region()) == "250 \u00d7 200 µm · 20\u00d7"
    unknown = region(width_um=None, height_um=None, magnification=None)
    assert pointing.caption(unknown) == "500 \u00d7 400 px"
    wide = region(name="Margin", width_um=2500.0, height_um=900.0, magnification=2.5)
    assert pointing.caption(wide) == "Margin · 2.50 \u00d7 0.90 mm · 2.5\u00d7"


def test_a_card_leads_back_and_cannot_become_a_template() -> None:
    card = pointing.card(region(name="<img onerror=x> ${7*7} {{x}}"))
    assert 'data-box="10,20,500,400"' in card
    assert "ab%20c.png" in card
    assert "<img onerror" not in card
    for sign in ("{", "}", "$"):
        assert sign not in card


@pytest.mark.parametrize(
    "values",
    [
        None,
        "1,2,3,4",
        [1, 2, 3],
        [1, 2, "3", 4],
        [0, 0, 0, 5],
        [0, 0, float("nan"), 5],
        [0, 0, 1e300, 5],
    ],
)
def test_what_is_no_rectangle_is_refused(values: object) -> None:
    assert viewer.box_of(values) is None


def test_a_rectangle_is_rounded_to_whole_pixels() -> None:
    assert viewer.box_of([1.4, 2.6, 10, 20.2]) == Box(1, 3, 10, 20)


@pytest.mark.parametrize(
    "text", ["", None, "nonsense", "[]", '{"slide": "x"}', '{"box": [1,2,3,4]}']
)
def test_a_view_that_cannot_be_read_is_none(text: str | None) -> None:
    assert viewer.view_of(text) is None


def test_the_viewer_is_told_everything_but_the_name(bench: Bench) -> None:
    values = viewer.slide_values(bench.viewing.open("ada", bench.slide_id), "t=token")
    assert PATIENT not in json.dumps(values)
    assert (values["width"], values["height"]) == (3000, 2000)
    assert values["levels"][-1] == [3000, 2000, 1.0]
    assert values["levels"][0][2] > values["levels"][-1][2]
    assert "0.5 µm/px" in values["facts"][1]


def test_the_same_news_twice_are_news_twice() -> None:
    assert viewer.told(file={"name": "x"}) != viewer.told(file={"name": "x"})

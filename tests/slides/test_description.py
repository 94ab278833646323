import json

import pytest

from clover_chat.slides.description import SlideDescription
from clover_chat.slides.reader import Slide


def test_a_description_survives_being_sent_between_processes(
    slide: Slide, leica_slide: Slide
) -> None:
    for each in (slide.description, leica_slide.description):
        assert SlideDescription.from_json(each.to_json()) == each


@pytest.mark.parametrize(
    "change", [{"size": None}, {"id": "../../etc"}, {"levels": [3]}, {"mpp": [1]}, {"bounds": "x"}]
)
def test_a_description_that_makes_no_sense_is_refused(
    slide: Slide, change: dict[str, object]
) -> None:
    fields = json.loads(slide.description.to_json()) | change
    with pytest.raises(ValueError, match=r"."):
        SlideDescription.from_json(json.dumps(fields))

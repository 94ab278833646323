import io
import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.training.evaluation.answers import NAMES, asked, yes_no
from training.evaluation.baselines import LINEAR_PROBE, MAJORITY
from training.evaluation.cutbacks import true_reading
from training.evaluation.few_shot import FewShot
from training.evaluation.intervals import interval
from training.evaluation.predictions import Prediction
from training.evaluation.report.page import Report, render, write_report

RIGHT, WRONG = "This is a basophil.", "This is a monocyte."
HOSTILE = "<script>alert('x')</script>\"&"


def open_image(image: str) -> Image.Image | None:
    """Return a picture whose colour is its hash; one is missing."""
    return None if image == "gone" else Image.new("RGBA", (400, 300), f"#{image[:6]}")


def predictions() -> list[Prediction]:
    rows: list[Prediction] = []
    for place in range(14):
        image, file = f"{17 * place:02x}{255 - 17 * place:02x}aa", f"cell-{place}.png"
        rows.append(asked(WRONG if place % 5 == 0 else RIGHT, image=image, file=file))
        rows.append(yes_no("Not seen.", "no", image=image, file=file, confidence=place / 14))
    return rows


def report(**changes: object) -> Report:
    given = Report(
        title="clover-mini 0.2.0",
        facts={"Preset": "clover-mini"},
        predictions=predictions(),
        names=NAMES,
        trained_parameters=187_000_000,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def test_the_same_answers_give_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_report(tmp_path / name / "report.html", report(), open_image)
    one, other = (tmp_path / name / "report.html" for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()
    assert [path.name for path in one.parent.iterdir()] == ["report.html"]


def test_the_page_asks_nobody_for_anything() -> None:
    page = render(report(), open_image)
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["'](?!data:image/webp)""", page)
    assert "url(" not in page
    assert "<script" not in page


def test_pictures_lie_in_the_page_small_and_without_their_alpha() -> None:
    page = render(report(), open_image)
    pictures = set(re.findall(r'src="data:image/webp;base64,([^"]+)"', page))
    assert len(pictures) == 14
    with Image.open(io.BytesIO(b64decode(pictures.pop()))) as picture:
        assert (picture.size, picture.mode) == ((192, 144), "RGB")


def test_text_from_outside_is_shown_as_it_is() -> None:
    hostile = asked(
        HOSTILE,
        HOSTILE,
        question=HOSTILE,
        label=HOSTILE,
        kind=HOSTILE,
        source=HOSTILE,
        file=HOSTILE,
    )
    older = replace(hostile, answer="$title", bridge=HOSTILE)
    page = render(
        report(
            title=HOSTILE,
            facts={HOSTILE: HOSTILE},
            predictions=[hostile],
            baselines=[[older]],
            previous=[older],
        ),
        lambda image: None,
    )
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;" in page
    assert "$title" in page


def test_wrong_answers_come_first() -> None:
    page = render(report(), open_image)
    wrong = page[page.index("<h2>Wrong answers</h2>") :]
    files = re.findall(r"<code>(.*?)</code>", wrong)
    assert sorted(files[:3]) == ["cell-0.png", "cell-10.png", "cell-5.png"]
    first = wrong[: wrong.index("</article>")]
    assert first.index('class="wrong"') < first.index("Reference") < first.index("Answer")
    assert WRONG in first


def test_ten_images_of_each_source_are_shown_whatever_was_said_about_them() -> None:
    page = render(report(), open_image)
    start = page.index("<h2>Pictures and answers</h2>")
    shown = page[start : page.index("<h2>How it was counted</h2>")]
    assert shown.count("<article>") == 10
    assert 'class="right"' in shown


def test_a_picture_that_is_not_at_hand_is_said_to_be_missing() -> None:
    page = render(report(predictions=[asked(WRONG, image="gone")]), open_image)
    assert "picture not at hand" in page


def test_without_wrong_answers_the_page_says_so() -> None:
    page = render(report(predictions=[asked(RIGHT)]), open_image)
    assert "There are none." in page
    assert "Closed questions" not in page


def test_every_rule_and_the_cost_stand_in_the_tables() -> None:
    page = render(report(), open_image)
    for head in ("Strict, %", "Quilt rule, %", "LLaVA-Med rule, %", "Recall, %", "F1, %"):
        assert f'<th scope="col">{head}</th>' in page
    # 11 of 28 are right: 39.3% over log10(187)
    assert "<b>17.29</b>" in page
    few = render(report(trained_parameters=900_000), open_image)
    assert "defined above one million" in few


def test_baselines_a_few_examples_and_the_bridge_before_have_their_sections() -> None:
    majority = [
        replace(item, answer="No." if "yes" in item.kind else WRONG, bridge=MAJORITY)
        for item in predictions()
    ]
    right = interval([("a", 1.0), ("b", 0.0)])
    page = render(
        report(
            baselines=[majority],
            previous=majority,
            few_shot=[FewShot("breakhis", "linear probe", 4, 5, 20, right)],
        ),
        open_image,
    )
    assert f"<h2>Beside: {MAJORITY}</h2>" in page
    assert "<h2>Beside: the bridge before</h2>" in page
    assert "<h2>A few examples of each label</h2>" in page
    assert '<li class="wrong">' in page[page.index("Changed answers, ") :]


def test_who_comes_how_close_to_the_probe_is_said_source_by_source() -> None:
    probe = [
        replace(item, answer=RIGHT, bridge=LINEAR_PROBE)
        for item in predictions()
        if item.kind == "label"
    ]
    page = render(report(baselines=[probe]), open_image)
    start = page.index("<h2>Beside the baselines</h2>")
    shown = page[start : page.index("<h2>Right answers</h2>")]
    assert "pbc_cells" in shown
    assert '<td data-label="Reached">no</td>' in shown
    assert "Beside the baselines" not in render(report(), open_image)


def test_answers_that_contradict_their_card_are_listed() -> None:
    page = render(report(), open_image)
    start = page.index("<h2>Read against the knowledge cards</h2>")
    assert "Answers that contradict their card, 3 of 3" in page[start:]
    assert "another label: monocyte (basophil)" in page[start:]


def test_what_the_check_cuts_back_is_counted_and_listed() -> None:
    surely = {item.image: true_reading("basophil") for item in predictions()}
    page = render(report(readings=surely), open_image)
    start = page.index("<h2>Cut back by the check</h2>")
    assert "3 for contradiction" in page[start:]
    assert WRONG in page[start : page.index("</section>", start)]
    assert "Cut back by the check" not in render(report(), open_image)


def test_stated_confidence_is_held_against_the_truth() -> None:
    assert "expected calibration error" in render(report(), open_image)
    silent = [replace(item, confidence=None) for item in predictions()]
    assert "calibration" not in render(report(predictions=silent), open_image)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(render(report(previous=predictions()[:]), open_image))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("article img").first.evaluate("image => image.naturalWidth") == 192

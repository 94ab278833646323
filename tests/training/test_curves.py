import json
from pathlib import Path
from xml.etree import ElementTree

from training.curves import POINTS, curves, draw_curves


def test_every_figure_of_the_log_has_a_line(tmp_path: Path) -> None:
    rows = [{"step": n, "loss": 1 / n, "right": n / 9, "rate": 0.1, "s": 2.0} for n in range(1, 9)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    drawn = ElementTree.parse(draw_curves(tmp_path)).getroot()  # noqa: S314 - our own file
    texts = [each.text or "" for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert [text.split(":")[0] for text in texts if ":" in text] == ["loss", "right"]
    assert texts[0] == "loss: 0.125 to 1, last 0.125"


def test_a_long_log_is_drawn_with_few_points_and_a_flat_one_at_all() -> None:
    drawn = curves([{"step": n, "loss": 1.0} for n in range(1, 5001)])
    (points,) = [part.split('"')[0] for part in drawn.split('points="')[1:]]
    assert 100 < len(points.split()) <= POINTS


def test_a_figure_that_starts_late_is_drawn_from_there() -> None:
    drawn = curves([{"step": 1.0, "a": 1.0}, {"step": 2.0, "a": 2.0, "b": 5.0}])
    assert "b: 5 to 5" in drawn

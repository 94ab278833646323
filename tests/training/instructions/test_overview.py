from html.parser import HTMLParser
from pathlib import Path

from training.instructions.composed import CardRecipe, composed_records
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.overview import save_overview
from training.instructions.problems import Problem
from training.instructions.specimens import Specimen

from .conftest import image, record


class Page(HTMLParser):
    """Collects what a browser would load, and the text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.pictures += [value or "" for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_counts_lengths_and_samples_of_every_method(
    root: Path, specimens: tuple[Specimen, ...], tmp_path: Path
) -> None:
    records = [
        *template_records(specimens, TemplateRecipe()),
        *composed_records(specimens, CardRecipe()),
    ]
    left_out = Problem(Path("labels.jsonl"), 7, "broken JSON", "no end")
    save_overview(tmp_path / "page.html", records, [root], [left_out], samples=10)
    page = Page(tmp_path / "page.html")
    assert f"{len(records):,} instruction records" in page.text
    assert "labels.jsonl, line 7: broken JSON: no end" in page.text
    assert "template: template questions" in page.text
    assert "card: knowledge card" in page.text
    assert len(page.pictures) >= 10
    assert all(each.startswith("data:image/jpeg;base64,") for each in page.pictures)


def test_words_of_others_stay_words(folder: Path) -> None:
    made = record([image(folder)], answer="<script>alert(1)</script>")
    save_overview(folder / "page.html", [made], [folder])
    page = Page(folder / "page.html")
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text


def test_a_picture_that_is_gone_is_said_to_be_gone(folder: Path) -> None:
    made = record([image(folder)])
    (folder / "1.png").unlink()
    save_overview(folder / "page.html", [made], [folder])
    assert "picture not found" in Page(folder / "page.html").text


def test_a_page_about_nothing_can_be_made(tmp_path: Path) -> None:
    save_overview(tmp_path / "page.html", [], [])
    assert "0 instruction records" in Page(tmp_path / "page.html").text

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.instructions.records import (
    Record,
    RecordTurn,
    Row,
    as_row,
    digest,
    from_row,
    write_records,
)
from training.instructions.schema import complaints, record_schema

from .conftest import image, record


@pytest.fixture
def whole(folder: Path) -> Record:
    first, second = image(folder), image(folder, "2.png", group="slide 7")
    cropped = type(second)(second.path, second.sha256, second.group, (2, 2, 10, 12))
    turns = (
        RecordTurn("label", "What is it?", "A gland."),
        RecordTurn("compare", "Are both the same?", "Yes.", (0, 1)),
    )
    return record([first, cropped], turns=turns, label="x", organ="colon", stain="H&E")


def test_a_record_survives_being_written_down(whole: Record) -> None:
    assert from_row(as_row(whole)) == whole
    assert list(complaints(as_row(whole), record_schema())) == []
    assert whole.groups == ("1.png", "slide 7")


def test_a_turn_without_pictures_shows_all_of_them(whole: Record) -> None:
    row = as_row(whole)
    del row["turns"][0]["images"]
    assert from_row(row).turns[0].images == (0, 1)


def test_the_key_follows_the_content(whole: Record, folder: Path) -> None:
    assert whole.key == from_row(as_row(whole)).key
    assert whole.key != record([image(folder)]).key


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, whole: Record) -> None:
    path = tmp_path / "out" / "records.jsonl"
    assert write_records(path, [whole]) == 1
    before = path.read_text()

    def failing() -> Any:
        yield whole
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        write_records(path, failing())
    assert path.read_text() == before


def _set(*path: Any, to: Any) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for step in path[:-1]:
            row = row[step]
        row[path[-1]] = to

    return change


def _remove(*path: Any) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for step in path[:-1]:
            row = row[step]
        del row[path[-1]]

    return change


BROKEN: list[tuple[Callable[[Row], None], str]] = [
    (_remove("images"), "images is missing"),
    (_set("images", to=[]), "images has 0 entries"),
    (_set("images", to={}), "images should be a list"),
    (_set("images", 0, "path", to="/etc/passwd"), "path has a form"),
    (_set("images", 0, "path", to="a/../../b.png"), "path has a form"),
    (_set("images", 0, "path", to="..\\b.png"), "path has a form"),
    (_set("images", 0, "path", to="C:/b.png"), "path has a form"),
    (_set("images", 0, "sha256", to="abc"), "sha256 has a form"),
    (_set("images", 0, "crop", to=[1, 2, 3]), "crop has 3 entries"),
    (_set("images", 0, "crop", to=[1, 2, 3, -4]), r"crop\[3\] is -4"),
    (_set("images", 0, "crop", to=[1, 2, 3, True]), "should be a whole number"),
    (_set("images", 0, "crop", to=[1, 2, 3, 4.5]), "should be a whole number"),
    (_set("images", 0, "group", to=" "), "group is empty"),
    (_remove("turns", 0, "answer"), r"turns\[0\].answer is missing"),
    (_set("turns", 0, "answer", to=""), r"turns\[0\].answer is empty"),
    (_set("turns", 0, "answer", to=7), "answer should be a text"),
    (_set("turns", 0, "kind", to="Yes/No"), "kind has a form"),
    (_set("turns", 0, "anwser", to="x"), "anwser is unknown"),
    (_set("turns", 0, "images", to=[]), "images has 0 entries"),
    (_set("split", to="dev"), "split is 'dev'"),
    (_set("provenance", "method", to="magic"), "method is 'magic'"),
    (_set("provenance", to="template"), "provenance should be an object"),
    (_set("licence", to=""), "licence is empty"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_what_does_not_fit_the_schema_is_named(
    whole: Record, change: Callable[[Row], None], said: str
) -> None:
    row = as_row(whole)
    change(row)
    assert any(__import__("re").search(said, each) for each in complaints(row, record_schema()))


def test_our_verdicts_are_those_of_a_full_validator(whole: Record) -> None:
    validators = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = validators.Draft202012Validator(record_schema())
    validator.check_schema(record_schema())
    fine: list[Callable[[Row], None]] = [
        _remove("label"),
        _set("images", 0, "crop", to=[1.0, 2, 3, 4]),
        _set("images", 0, "path", to="a..b/c...d.png"),
        _set("turns", 0, "images", to=[1]),
    ]
    for change in [*fine, *(each for each, _ in BROKEN)]:
        row = as_row(whole)
        row["images"] = [dict(each) for each in row["images"]]
        change(row)
        assert validator.is_valid(row) == (not list(complaints(row, record_schema())))
        assert validator.is_valid(row) == (change in fine)
    assert not validator.is_valid([])
    assert list(complaints([], record_schema())) == ["the line should be an object, found []"]


def test_the_order_of_keys_does_not_change_a_hash() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest(["1"]) != digest([1])

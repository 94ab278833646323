import json
import logging
import struct
import zlib
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from training.instructions.intake import read_records
from training.instructions.problems import OnProblem
from training.instructions.records import Record, as_row, write_records

from .conftest import image, paint, record


def lines(folder: Path, *written: Record | str) -> Path:
    path = folder / "records.jsonl"
    texts = [each if isinstance(each, str) else json.dumps(as_row(each)) for each in written]
    path.write_text("\n".join(texts) + "\n")
    return path


def write_huge_png(path: Path, width: int, height: int) -> None:
    """Write the header of a picture and nothing to see."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


def test_good_records_come_back_as_they_were(folder: Path) -> None:
    wanted = (record([image(folder)]), record([image(folder, "2.png")], answer="A crypt."))
    write_records(folder / "records.jsonl", wanted)
    accepted = read_records([folder / "records.jsonl"])
    assert accepted.items == wanted
    assert accepted.summary == "2 accepted, none left out."


def test_broken_json_on_line_7_is_named(folder: Path) -> None:
    good = record([image(folder)])
    path = lines(folder, *[good] * 6, '{"images": [', good)
    accepted = read_records([path])
    assert len(accepted.items) == 7
    [problem] = accepted.problems
    assert (problem.line, problem.kind) == (7, "broken JSON")
    assert str(problem).startswith(f"{path}, line 7: broken JSON: ")


def test_an_empty_answer_is_named(folder: Path) -> None:
    path = lines(folder, record([image(folder)]), record([image(folder)], answer=" "))
    [problem] = read_records([path]).problems
    assert (problem.line, problem.kind) == (2, "empty answer")


def test_a_missing_image_is_named(folder: Path) -> None:
    gone = record([image(folder, "3.png")])
    (folder / "3.png").unlink()
    [problem] = read_records([lines(folder, gone)]).problems
    assert (problem.line, problem.kind) == (1, "missing image")
    assert "no 3.png under" in problem.detail


def test_a_200_megapixel_image_is_seen_from_its_header(folder: Path) -> None:
    write_huge_png(folder / "huge.png", 20_000, 10_000)
    huge = type(image(folder))("huge.png", "0" * 64, "huge")
    accepted = read_records([lines(folder, record([huge]))])
    [problem] = accepted.problems
    assert (problem.line, problem.kind) == (1, "huge image")
    assert "200 megapixels" in problem.detail


def test_the_limit_on_pixels_can_be_set(folder: Path) -> None:
    paint(folder / "wide.png", 9, (2000, 10))
    path = lines(folder, record([image(folder, "wide.png")]))
    assert read_records([path]).items
    [problem] = read_records([path], most_megapixels=0.01).problems
    assert problem.kind == "huge image"


def test_a_changed_image_is_named(folder: Path) -> None:
    path = lines(folder, record([image(folder)]))
    paint(folder / "1.png", 77)
    [problem] = read_records([path]).problems
    assert problem.kind == "changed image"


def test_a_file_that_is_no_picture_is_named(folder: Path) -> None:
    (folder / "text.png").write_text("not a picture")
    wrong = type(image(folder))("text.png", "0" * 64, "text")
    [problem] = read_records([lines(folder, record([wrong]))]).problems
    assert problem.kind == "unreadable image"


@pytest.mark.parametrize("crop", [(0, 0, 25, 10), (5, 5, 5, 9)])
def test_a_crop_outside_of_the_picture_is_named(
    folder: Path, crop: tuple[int, int, int, int]
) -> None:
    whole = image(folder)
    cropped = type(whole)(whole.path, whole.sha256, whole.group, crop)
    [problem] = read_records([lines(folder, record([cropped]))]).problems
    assert problem.kind == "impossible crop"


def test_a_turn_may_not_show_a_picture_that_is_not_there(folder: Path) -> None:
    made = record([image(folder)])
    row = as_row(made)
    row["turns"][0]["images"] = [1]
    [problem] = read_records([lines(folder, json.dumps(row))]).problems
    assert "turns[0].images names 1" in problem.detail


def test_a_group_in_two_splits_stays_with_the_stricter_one(folder: Path) -> None:
    learnt = record([image(folder, "1.png", "slide 7")])
    asked = record([image(folder, "2.png", "slide 7")], split="test")
    other = record([image(folder, "3.png", "slide 8")])
    accepted = read_records([lines(folder, learnt, asked, other)])
    assert accepted.items == (asked, other)
    [problem] = accepted.problems
    assert (problem.line, problem.kind) == (1, "leaking split")
    assert "group slide 7 belongs to test" in problem.detail


def test_a_leak_over_two_files_is_found(folder: Path) -> None:
    write_records(folder / "a.jsonl", [record([image(folder, "1.png", "a")])])
    write_records(folder / "b.jsonl", [record([image(folder, "1.png", "b")], split="val")])
    accepted = read_records([folder / "a.jsonl", folder / "b.jsonl"])
    assert [each.split for each in accepted.items] == ["val"]
    assert "file " in accepted.problems[0].detail


def test_problems_are_refused_where_that_is_asked_for(folder: Path) -> None:
    path = lines(folder, "{", record([image(folder)], answer=""))
    with pytest.raises(TrainingError) as refused:
        read_records([path], on_problem=OnProblem.REFUSE)
    assert "line 1: broken JSON" in str(refused.value)
    assert "line 2: empty answer" in str(refused.value)


def test_what_is_skipped_is_said_aloud(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = lines(folder, *["{"] * 7, record([image(folder)]))
    with caplog.at_level(logging.WARNING):
        accepted = read_records([path])
    assert accepted.summary == "1 accepted, 7 left out (7 broken JSON)."
    assert accepted.summary in caplog.text
    assert "and 2 more" in caplog.text


def test_pictures_may_lie_under_another_root(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "records.jsonl"
    write_records(path, [record([image(folder)])])
    assert not read_records([path]).items
    assert read_records([path], roots=[folder]).items
    assert read_records([path], checks_images=False).items


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none\.jsonl cannot be read"):
        read_records([tmp_path / "none.jsonl"])

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from clover_chat.errors import TrainingError
from training.instructions.problems import OnProblem, Problems
from training.instructions.readers.collecting import Publication
from training.instructions.readers.files import json_items
from training.instructions.readers.folder import read_folder
from training.instructions.readers.llava import read_llava
from training.instructions.readers.pathvqa import pairs_of, read_pathvqa
from training.instructions.readers.quilt import read_quilt_1m, read_quilt_vqa
from training.instructions.records import Method

from .conftest import paint

TEXTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "text"


@pytest.fixture
def publication(folder: Path) -> Publication:
    return Publication("published", "CC BY 4.0", "train", folder)


def listed(folder: Path, *items: Any, name: str = "items.json") -> Path:
    path = folder / name
    path.write_text("[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]\n")
    return path


def table(folder: Path, *rows: list[str]) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def asked(image: str, **answers: str) -> dict[str, Any]:
    return {
        "img_id": image,
        "labelf": {"pvqa": [{answer: 1} for answer in answers.values()]},
        "sentf": {"pvqa": [f"{question}?" for question in answers]},
    }


def test_pathvqa_gives_a_record_a_question(folder: Path, publication: Publication) -> None:
    path = listed(folder, asked("1", What="a gland", Benign="yes"), asked("2", Where="lung"))
    accepted = read_pathvqa(path, publication)
    assert not accepted.problems
    said = [(each.images[0].path, each.kind, each.turns[0].answer) for each in accepted.items]
    assert said == [
        ("1.png", "open", "a gland"),
        ("1.png", "yes_no", "yes"),
        ("2.png", "open", "lung"),
    ]
    assert {each.provenance.method for each in accepted.items} == {Method.PUBLISHED}
    assert accepted.items[0].groups == ("published/1",)


def test_pathvqa_rows_that_cannot_be_used_are_named_by_line(
    folder: Path, publication: Publication
) -> None:
    uneven = asked("1", What="a gland") | {"labelf": {"pvqa": []}}
    path = listed(
        folder,
        asked("9", What="x"),
        uneven,
        {"img_id": "1"},
        5,
        asked("1", What=""),
        asked("1", A="b"),
    )
    accepted = read_pathvqa(path, publication)
    assert len(accepted.items) == 1
    assert [(each.line, each.kind) for each in accepted.problems] == [
        (2, "missing image"),
        (3, "wrong form"),
        (4, "wrong form"),
        (5, "wrong form"),
        (6, "empty answer"),
    ]


@pytest.mark.skipif(not TEXTS.exists(), reason="the published texts are not beside this checkout")
def test_the_published_pathvqa_file_is_understood() -> None:
    problems = Problems()
    items = list(json_items(TEXTS / "pathvqa_lxmert_val.json", problems))
    assert sum(len(list(pairs_of(item))) for _, item in items) == 6279
    assert items[0][0] == 2
    assert not problems.settle(items).problems


def test_a_list_that_breaks_gives_what_comes_before(folder: Path, publication: Publication) -> None:
    path = listed(folder, asked("1", What="a gland"), asked("2", What="a crypt"))
    path.write_text(path.read_text().replace('"img_id": "2"', '"img_id": 2"'))
    accepted = read_pathvqa(path, publication)
    assert len(accepted.items) == 1
    [problem] = accepted.problems
    assert (problem.line, problem.kind) == (3, "broken JSON")
    assert "the rest of the file is not read" in problem.detail


def test_a_file_that_is_no_list_is_refused(folder: Path, publication: Publication) -> None:
    (folder / "items.json").write_text('{"a": 1}')
    with pytest.raises(TrainingError, match="should hold a JSON list"):
        read_pathvqa(folder / "items.json", publication)
    (folder / "items.json").write_text("")
    with pytest.raises(TrainingError, match="should hold a JSON list"):
        read_pathvqa(folder / "items.json", publication)


def test_quilt_1m_gives_captions(folder: Path, publication: Publication) -> None:
    paint(folder / "abc_image_1.jpg", 1)
    paint(folder / "abc_image_2.jpg", 2)
    path = table(
        folder,
        ["", "caption", "image_path", "subset"],
        ["0", "A gland,\nwith mucin.", "abc_image_1.jpg", "quilt"],
        ["1", "A crypt.", "abc_image_2.jpg", "quilt"],
        ["2", "", "abc_image_2.jpg", "quilt"],
        ["3", "Gone.", "abc_image_3.jpg", "quilt"],
        ["4", "Too short."],
    )
    accepted = read_quilt_1m(path, publication)
    assert [each.turns[0].answer for each in accepted.items] == [
        "A gland,\nwith mucin.",
        "A crypt.",
    ]
    assert {each.groups for each in accepted.items} == {("published/abc",)}
    assert {each.kind for each in accepted.items} == {"caption"}
    assert [(each.line, each.kind) for each in accepted.problems] == [
        (5, "empty answer"),
        (6, "missing image"),
        (7, "wrong form"),
    ]


def test_quilt_vqa_answers_to_closed_questions_begin_with_the_verdict(
    folder: Path, publication: Publication
) -> None:
    row = {"id": 0, "image": "1.png", "question": "Is it?", "answer": "Mucin is seen."}
    path = listed(
        folder,
        row | {"answer_type": "CLOSED", "yes_no_answer": "yes"},
        row | {"answer_type": "CLOSED", "yes_no_answer": "No", "answer": "No, it is not."},
        row | {"answer_type": "OPEN"},
        {"image": "1.png", "question": "Is it?"},
    )
    accepted = read_quilt_vqa(path, publication)
    assert [(each.kind, each.turns[0].answer) for each in accepted.items] == [
        ("yes_no", "Yes. Mucin is seen."),
        ("yes_no", "No, it is not."),
        ("open", "Mucin is seen."),
    ]
    assert [(each.line, each.kind) for each in accepted.problems] == [(5, "wrong form")]


def said(*values: str) -> list[dict[str, str]]:
    return [
        {"from": "human" if number % 2 == 0 else "gpt", "value": value}
        for number, value in enumerate(values)
    ]


def test_llava_tags_say_which_picture_a_turn_shows(folder: Path, publication: Publication) -> None:
    path = listed(
        folder,
        {"image": "1.png", "conversations": said("<image>\nWhat?", "A gland.", "Sure?", "Yes")},
        {
            "image": ["1.png", "2.png", "3.png"],
            "conversations": said("What? <image>", "A.", "And <image> or <image>?", "B."),
        },
        {"image": ["1.png", "2.png"], "conversations": said("Same?", "No.")},
    )
    accepted = read_llava(path, publication)
    one, three, two = accepted.items
    assert [turn.images for turn in one.turns] == [(0,), (0,)]
    assert [turn.question for turn in one.turns] == ["What?", "Sure?"]
    assert [turn.kind for turn in one.turns] == ["open", "yes_no"]
    assert [turn.images for turn in three.turns] == [(0,), (1, 2)]
    assert [turn.images for turn in two.turns] == [(0, 1)]


def test_llava_turns_that_do_not_fit_are_named(folder: Path, publication: Publication) -> None:
    path = listed(
        folder,
        {"image": "1.png", "conversations": said("What?")},
        {"image": "1.png", "conversations": said("<image> <image> What?", "A.")},
        {"image": "1.png", "conversations": said("What?", "A.")[::-1]},
        {"conversations": said("What?", "A.")},
        {"image": "1.png"},
        {"image": "1.png", "conversations": said("First?", "A.", "<image> Second?", "B.")},
        {"image": "1.png", "conversations": ["What?", "A."]},
    )
    accepted = read_llava(path, publication)
    assert not accepted.items
    assert [(each.line, each.kind) for each in accepted.problems] == [
        (2, "wrong form"),
        (3, "wrong form"),
        (4, "wrong form"),
        (5, "missing image"),
        (6, "wrong form"),
        (7, "wrong form"),
        (8, "wrong form"),
    ]


def test_llava_may_come_as_json_lines(folder: Path, publication: Publication) -> None:
    row = {"image": "1.png", "conversations": said("<image> What?", "A.")}
    (folder / "talks.jsonl").write_text(json.dumps(row) + "\n{\n")
    accepted = read_llava(folder / "talks.jsonl", publication)
    assert len(accepted.items) == 1
    assert [(each.line, each.kind) for each in accepted.problems] == [(2, "broken JSON")]


def test_a_folder_with_a_table_is_read(folder: Path, publication: Publication) -> None:
    path = table(
        folder,
        ["image", "question", "answer", "organ", "split", "group"],
        ["1.png", "What is it?", "A gland.", "colon", "test", "slide 7"],
        ["2.png", "Is it?", "no", "colon", "", ""],
        ["3.png", "What?", "", "", "", ""],
        ["4.png", "What?", "A.", "", "dev", ""],
        ["", "What?", "A.", "", "", ""],
    )
    accepted = read_folder(path, publication)
    first, second = accepted.items
    assert (first.split, first.groups, first.organ) == ("test", ("published/slide 7",), "colon")
    assert (second.split, second.groups, second.kind) == ("train", ("published/2",), "yes_no")
    assert [(each.line, each.kind) for each in accepted.problems] == [
        (4, "empty answer"),
        (5, "wrong form"),
        (6, "missing image"),
    ]


def test_a_folder_with_captions_is_read(folder: Path, publication: Publication) -> None:
    path = table(folder, ["image", "caption", "label"], ["1.png", "A gland.", "gland"])
    [made] = read_folder(path, publication).items
    assert (made.kind, made.turns[0].answer, made.label) == ("caption", "A gland.", "gland")


def test_missing_columns_are_named(folder: Path, publication: Publication) -> None:
    with pytest.raises(TrainingError, match="no column image; it has: a, b"):
        read_folder(table(folder, ["a", "b"]), publication)
    with pytest.raises(TrainingError, match="needs a column caption"):
        read_folder(table(folder, ["image", "b"], ["1.png", "x"]), publication)
    with pytest.raises(TrainingError, match="no column image_path and no column caption"):
        read_quilt_1m(table(folder, ["a"]), publication)


def test_problems_are_refused_where_that_is_asked_for(folder: Path) -> None:
    strict = Publication("published", "CC0", "train", folder, OnProblem.REFUSE)
    with pytest.raises(TrainingError, match="line 2: missing image"):
        read_pathvqa(listed(folder, asked("9", What="x")), strict)


def test_a_missing_file_is_named(folder: Path, publication: Publication) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        read_pathvqa(folder / "none.json", publication)

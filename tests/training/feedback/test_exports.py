import json
import logging
from pathlib import Path
from typing import Any

import pytest

from clover_chat.errors import TrainingError
from tests.training.feedback.lab import corrected, export_of
from training.feedback.exports import read_exports, read_rows
from training.feedback.judged import Feedback
from training.instructions.problems import OnProblem
from training.lineage import sha256_of

QUESTION, LIKED, WRONG, RIGHT = "What is it?", "A fine basophil.", "Skin.", "A monocyte."


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def trl_export(folder: Path, rows: list[dict[str, Any]], lineage: list[dict[str, Any]]) -> Path:
    """Write an export in the columns of TRL, with the pictures of another one."""
    export_of(folder, [corrected(1, "monocyte"), corrected(2, "monocyte")])
    (folder / "records.jsonl").unlink()
    for name, lines in (("train.jsonl", rows), ("lineage.jsonl", lineage)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    names = [p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.stem != "manifest"]
    files = {name: {"sha256": sha256_of(folder / name), "bytes": 1} for name in sorted(names)}
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return folder


def pictures(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("images/*.png"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return export_of(tmp_path / "export", [corrected(1, "monocyte"), corrected(2, "monocyte")])


def judged(folder: Path, **changes: object) -> Feedback:
    """Return what the first record teaches once something in it is different."""
    path = folder / "records.jsonl"
    row = json.loads(path.read_text().splitlines()[0]) | changes
    path.write_text(json.dumps(row) + "\n")
    return read_rows(path)


def test_a_correction_is_a_lesson_a_pair_and_a_dislike(folder: Path) -> None:
    found = read_exports([folder])
    assert [each.answer for each in found.lessons] == ["This is a monocyte."] * 2
    assert [(each.chosen, each.rejected) for each in found.pairs] == [
        ("This is a monocyte.", "This is a basophil.")
    ] * 2
    assert [each.is_liked for each in found.singles] == [False, False]
    assert list(found.files) == ["export/records.jsonl"]
    assert found.lessons[0].exchange.picture is not None


def test_a_liked_answer_is_liked_and_preferred_to_its_siblings_but_learnt_only_if_checked(
    folder: Path,
) -> None:
    liked = {"verdict": "up", "correction": "", "answer": LIKED, "rejected": [WRONG]}
    found = judged(folder, **liked)
    assert not found.lessons
    assert [(each.chosen, each.rejected) for each in found.pairs] == [(LIKED, WRONG)]
    assert [each.is_liked for each in found.singles] == [True]
    assert [each.answer for each in judged(folder, **liked, is_reviewed=True).lessons] == [LIKED]


def test_an_answer_that_broke_off_teaches_its_correction_alone(folder: Path) -> None:
    found = judged(folder, is_complete=False)
    assert (len(found.lessons), found.pairs, found.singles) == (1, (), ())


def test_copies_and_other_splits_are_passed_over(folder: Path) -> None:
    assert not judged(folder, copy={"likeness": "near", "of": "0" * 32}).lessons
    assert not read_rows(folder / "records.jsonl", "val").lessons


def test_a_question_without_pictures_of_its_own_is_about_those_shown_before(folder: Path) -> None:
    row = json.loads((folder / "records.jsonl").read_text().splitlines()[0])
    before = {"question": "And?", "answer": "Well.", "images": row["images"]}
    found = judged(folder, earlier=[before], images=[])
    exchange = found.lessons[0].exchange
    assert [turn.question for turn in exchange.earlier] == ["And?"]
    assert exchange.shown == exchange.earlier[0].images == (0,)


def test_rows_in_the_columns_of_trl_teach_the_same(tmp_path: Path) -> None:
    folder = export_of(tmp_path / "export", [corrected(1, "monocyte"), corrected(2, "monocyte")])
    one, two = pictures(folder)
    rows: list[dict[str, Any]] = [
        {"messages": [user(QUESTION), assistant(RIGHT)], "images": [one]},
        {
            "prompt": [user("And?"), assistant("Well."), user(QUESTION)],
            "chosen": [assistant(RIGHT)],
            "rejected": [assistant(WRONG)],
            "images": [two],
        },
        {
            "prompt": [user(QUESTION)],
            "completion": [assistant(LIKED)],
            "label": True,
            "images": [one],
        },
        {
            "messages": [user("And?"), assistant("Well."), user(QUESTION), assistant(RIGHT)],
            "images": [one, two],
        },
    ]
    lineage = [
        {"line": line, "split": "train", "group": "g" * 64, "is_disputed": line == 0}
        for line in range(len(rows))
    ]
    found = read_exports([trl_export(folder, rows, lineage)])
    assert [each.answer for each in found.lessons] == [RIGHT]
    assert found.lessons[0].exchange.is_disputed
    assert found.lessons[0].exchange.group == "g" * 64
    assert [turn.answer for turn in found.pairs[0].exchange.earlier] == ["Well."]
    assert [(each.answer, each.is_liked) for each in found.singles] == [(LIKED, True)]


def test_what_cannot_be_used_is_told_or_refused(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = folder / "records.jsonl"
    path.write_text(path.read_text() + '{"something": "else"}\n{broken\n')
    assert len(read_rows(path).lessons) == 2
    assert "1 wrong form" in caplog.text
    assert "1 broken JSON" in caplog.text
    with pytest.raises(TrainingError, match="problems are not to be skipped"):
        read_rows(path, on_problem=OnProblem.REFUSE)


def test_an_export_that_was_changed_is_refused_and_a_changed_picture_left_out(
    folder: Path,
) -> None:
    one, two = pictures(folder)
    (folder / one).write_bytes((folder / two).read_bytes())
    assert len(read_exports([folder]).lessons) == 1
    (folder / "records.jsonl").write_text("")
    with pytest.raises(TrainingError, match="Export again"):
        read_exports([folder])


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is no export of feedback"):
        read_exports([tmp_path])

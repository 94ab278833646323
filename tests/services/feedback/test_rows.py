"""What each kind of judgment becomes in each format."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clover_chat.services.feedback import export
from clover_chat.services.feedback.formats import Format
from clover_chat.types import Author, Ending, Reason, Thumb
from tests.services.feedback.judged import Lab

SCHEMAS = Path(export.__file__).parent / "schemas"


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def test_a_thumb_up_is_a_positive_and_no_example_to_learn_word_for_word(lab: Lab) -> None:
    key = lab.patch()
    lab.judge(lab.ask(patches=[key]), Thumb.UP)
    (row,) = lab.rows(Format.UNPAIRED)
    assert row == {
        "prompt": [user("Which organ?")],
        "completion": [said("Colon.")],
        "label": True,
        "images": [f"images/{key}.png"],
    }
    assert (lab.folder / "out" / row["images"][0]).is_file()
    assert lab.rows(Format.SFT) == lab.rows(Format.PREFERENCE) == []


def test_a_thumb_up_on_a_checked_answer_is_one(lab: Lab) -> None:
    lab.judge(lab.ask(), Thumb.UP, is_reviewed=True)
    (row,) = lab.rows(Format.SFT)
    assert row == {"messages": [user("Which organ?"), said("Colon.")], "images": []}


def test_a_thumb_down_is_a_negative(lab: Lab) -> None:
    lab.judge(lab.ask(), Thumb.DOWN, Reason.WRONG_ORGAN)
    (row,) = lab.rows(Format.UNPAIRED)
    assert row["label"] is False
    assert lab.rows(Format.SFT) == lab.rows(Format.PREFERENCE) == []


def test_a_correction_is_a_pair_and_an_example(lab: Lab) -> None:
    lab.judge(lab.ask(), Thumb.NONE, correction="Stomach.")
    (pair,) = lab.rows(Format.PREFERENCE)
    assert pair == {
        "prompt": [user("Which organ?")],
        "chosen": [said("Stomach.")],
        "rejected": [said("Colon.")],
        "images": [],
    }
    (example,) = lab.rows(Format.SFT)
    assert example["messages"] == [user("Which organ?"), said("Stomach.")]
    assert lab.rows(Format.UNPAIRED) == []


def test_a_liked_retry_is_preferred_to_the_earlier_answer(lab: Lab) -> None:
    first = lab.ask(answer="Lung.")
    lab.judge(lab.retry(first, "Colon."), Thumb.UP)
    (pair,) = lab.rows(Format.PREFERENCE)
    assert (pair["chosen"], pair["rejected"]) == ([said("Colon.")], [said("Lung.")])


def test_a_liked_answer_is_not_preferred_to_a_later_unjudged_or_a_liked_one(lab: Lab) -> None:
    first = lab.ask(answer="Colon.")
    second = lab.retry(first, "Large bowel.")
    lab.judge(first, Thumb.UP)
    assert lab.rows(Format.PREFERENCE) == []
    lab.judge(second, Thumb.UP)
    assert lab.rows(Format.PREFERENCE) == []
    lab.judge(second, Thumb.DOWN)
    (pair,) = lab.rows(Format.PREFERENCE)
    assert pair["rejected"] == [said("Large bowel.")]


def test_earlier_turns_and_their_pictures_come_along_each_once(lab: Lab) -> None:
    colon, lung = lab.patch(64), lab.patch(80)
    first = lab.ask(patches=[colon])
    second = lab.ask("Benign?", "Yes.", after=first)
    lab.judge(lab.ask("And this?", "Lung.", [lung], after=second), Thumb.UP)
    (row,) = lab.rows(Format.UNPAIRED)
    assert row["prompt"] == [
        user("Which organ?"),
        said("Colon."),
        user("Benign?"),
        said("Yes."),
        user("And this?"),
    ]
    assert row["images"] == [f"images/{colon}.png", f"images/{lung}.png"]
    (record,) = lab.rows(Format.JSONL)
    assert [len(turn["images"]) for turn in record["earlier"]] == [1, 0]
    assert [image["hash"] for image in record["images"]] == [lung]


def test_a_question_without_pictures_of_its_own_is_about_those_before_it(lab: Lab) -> None:
    key = lab.patch()
    quoted = lab.ask("What is eosin?", "Eosin is a dye.", [key], author=Author.SHELF)
    lab.judge(lab.ask("Which organ?", "Colon.", after=quoted), Thumb.UP)
    (row,) = lab.rows(Format.UNPAIRED)
    assert row["prompt"] == [user("Which organ?")]  # a model was never told of the quotation
    assert row["images"] == [f"images/{key}.png"]


def test_quotations_teach_nothing_but_their_corrections_do(lab: Lab) -> None:
    lab.judge(lab.ask(answer="A dye.", author=Author.SHELF), Thumb.DOWN, correction="A pink dye.")
    assert lab.rows(Format.UNPAIRED) == lab.rows(Format.PREFERENCE) == []
    (example,) = lab.rows(Format.SFT)
    assert example["messages"][-1] == said("A pink dye.")


def test_an_answer_that_broke_off_is_no_example_of_anything(lab: Lab) -> None:
    lab.judge(lab.ask(answer="Col", status=Ending.STOPPED), Thumb.UP, is_reviewed=True)
    for form in (Format.SFT, Format.PREFERENCE, Format.UNPAIRED):
        assert lab.rows(form) == []


def test_a_judgment_that_was_changed_or_withdrawn_counts_as_it_is_now(lab: Lab) -> None:
    changed, withdrawn = lab.ask(), lab.ask("Which stain?", "H&E.")
    lab.judge(changed, Thumb.UP)
    lab.judge(changed, Thumb.DOWN)
    lab.judge(withdrawn, Thumb.UP)
    lab.judge(withdrawn, Thumb.NONE, is_withdrawn=True)
    (row,) = lab.rows(Format.UNPAIRED)
    assert row["label"] is False


def all_kinds(lab: Lab) -> None:
    key = lab.patch()
    first = lab.ask(answer="Lung.", patches=[key])
    lab.judge(first, Thumb.DOWN, Reason.WRONG_ORGAN, comment="Crypts.", correction="Colon.")
    lab.judge(lab.retry(first, "Large bowel."), Thumb.UP, is_reviewed=True)
    lab.judge(lab.ask("Which stain?", "H&E."), Thumb.UP)
    lab.judge(lab.ask("Which stain?", "H & E"), Thumb.UP)


@pytest.mark.parametrize("form", Format)
def test_every_row_fits_the_schema_of_its_format(lab: Lab, form: Format) -> None:
    all_kinds(lab)
    schema = json.loads((SCHEMAS / f"{form}.schema.json").read_text())
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.Draft202012Validator.check_schema(schema)
    rows = lab.rows(form)
    assert rows
    for row in rows:
        jsonschema.validate(row, schema)
    assert json.loads((lab.folder / "out" / "schema.json").read_text()) == schema


@pytest.mark.parametrize("form", [Format.SFT, Format.PREFERENCE, Format.UNPAIRED])
def test_trl_takes_rows_as_conversations_with_their_pictures(lab: Lab, form: Format) -> None:
    trl = pytest.importorskip("trl.data_utils", reason="trl is not installed")
    all_kinds(lab)
    fill: Callable[..., list[dict[str, object]]] = trl.prepare_multimodal_messages
    for row in lab.rows(form):
        assert trl.is_conversational(row)
        messages = row.get("messages") or row["prompt"]
        filled = fill(messages, images=row["images"])
        shown = [part for part in filled[0]["content"] if part["type"] == "image"]  # type: ignore[attr-defined]
        assert [part["image"] for part in shown] == row["images"]

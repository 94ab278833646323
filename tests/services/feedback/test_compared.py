"""What a choice between two answers becomes in each format."""

import json
from pathlib import Path

import jsonschema
import pytest

from clover_chat.services.feedback import export
from clover_chat.services.feedback.formats import Format
from clover_chat.storage import comparisons
from clover_chat.types import Choice, Thumb
from tests.services.feedback.judged import NOON, Lab

SCHEMAS = Path(export.__file__).parent / "schemas"


def choose(
    lab: Lab, choice: Choice, owner: str = "person:ada", answer: str = "Stomach."
) -> tuple[str, int]:
    """Answer a question twice, choose, and return where the second answer is."""
    left = lab.ask(owner=owner, patches=[lab.patch()])
    right = lab.retry(left, answer)
    with lab.sessions.begin() as session:
        for each in (Choice.NONE, choice):
            row = comparisons.add_comparison(
                session,
                owner=owner,
                left_id=left[1],
                right_id=right[1],
                is_blind=True,
                choice=each,
            )
            row.created_at = NOON
    return right


@pytest.mark.parametrize(
    ("choice", "chosen", "rejected"),
    [(Choice.LEFT, "Colon.", "Stomach."), (Choice.RIGHT, "Stomach.", "Colon.")],
)
def test_the_better_answer_is_preferred_to_the_other(
    lab: Lab, choice: Choice, chosen: str, rejected: str
) -> None:
    choose(lab, choice)
    (pair,) = lab.rows(Format.PREFERENCE)
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (chosen, rejected)
    assert len(pair["images"]) == 1
    lineage = json.loads((lab.folder / "out" / "lineage.jsonl").read_text())
    assert lineage["source"] == "comparison"
    assert lab.rows(Format.UNPAIRED) == lab.rows(Format.SFT) == []


@pytest.mark.parametrize(("choice", "label"), [(Choice.BOTH_GOOD, True), (Choice.BOTH_BAD, False)])
def test_a_draw_makes_no_pair_and_two_thumbs(lab: Lab, choice: Choice, label: bool) -> None:
    choose(lab, choice)
    assert lab.rows(Format.PREFERENCE) == lab.rows(Format.SFT) == []
    rows = lab.rows(Format.UNPAIRED)
    assert [(row["completion"][0]["content"], row["label"]) for row in rows] == [
        ("Colon.", label),
        ("Stomach.", label),
    ]


def test_without_a_choice_or_consent_nothing_leaves(lab: Lab) -> None:
    choose(lab, Choice.NONE)
    choose(lab, Choice.LEFT, "person:eve")
    lab.consent("person:bob", is_given=False)
    choose(lab, Choice.BOTH_GOOD, "person:bob")
    for form in Format:
        assert lab.rows(form) == []


def test_the_records_say_what_was_chosen_and_fit_their_schema(lab: Lab) -> None:
    choose(lab, Choice.RIGHT)
    (record,) = lab.rows(Format.JSONL)
    assert (record["answer"], record["rejected"], record["compared"]) == (
        "Stomach.",
        ["Colon."],
        "right",
    )
    jsonschema.validate(record, json.loads((SCHEMAS / "jsonl.schema.json").read_text()))


def test_two_choices_over_different_answers_are_no_copies(lab: Lab) -> None:
    choose(lab, Choice.LEFT, answer="Stomach.")
    choose(lab, Choice.LEFT, answer="Liver.")
    choose(lab, Choice.LEFT, answer="Liver.")
    copies = [row["copy"] is not None for row in lab.rows(Format.JSONL)]
    assert sorted(copies) == [False, False, True]
    assert len(lab.rows(Format.PREFERENCE)) == 2


def test_an_answer_that_stood_beside_a_liked_one_was_not_retried(lab: Lab) -> None:
    lab.judge(choose(lab, Choice.BOTH_GOOD), Thumb.UP)
    lab.judge(lab.retry(lab.ask(question="And?", answer="Brown."), "Blue."), Thumb.UP)
    pairs = lab.rows(Format.PREFERENCE)
    assert [pair["rejected"][0]["content"] for pair in pairs] == ["Brown."]

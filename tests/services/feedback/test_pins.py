from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.pins import pinned_cases
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.types import Thumb
from tests.services.feedback.judged import Lab
from training.feedback.exports import read_rows
from training.gate.cases import cases_of


def pinned(lab: Lab) -> None:
    """Have cases pinned, one of them by somebody who does not consent."""
    patch = lab.patch()
    lab.judge(lab.ask("Organ?", "Colon.", [patch]), Thumb.UP, is_pinned=True)
    lab.judge(lab.ask("Stain?", "PAS.", [patch]), Thumb.DOWN, correction="H&E.", is_pinned=True)
    lab.judge(lab.ask("Grade?", "Two.", [patch]), Thumb.UP)
    eve = "person:eve"
    lab.judge(lab.ask("Who?", "Me.", [patch], owner=eve), Thumb.UP, owner=eve, is_pinned=True)


def test_pinned_cases_of_those_who_consent_are_listed(lab: Lab) -> None:
    pinned(lab)
    cases = pinned_cases(lab.sessions, Pseudonyms(b"k" * 32))
    assert {(each.question, each.correction or each.answer) for each in cases} == {
        ("Organ?", "Colon."),
        ("Stain?", "H&E."),
    }


def test_pinned_cases_are_exported_as_the_gate_takes_them(lab: Lab) -> None:
    pinned(lab)
    rows = lab.rows(Format.JSONL, is_pinned=True)
    assert {row["question"] for row in rows} == {"Organ?", "Stain?"}
    assert lab.manifest()["filters"]["is_pinned"] is True
    cases = cases_of(read_rows(lab.folder / "out" / "records.jsonl"), {})
    assert {(each.turns[-1].question, each.turns[-1].answer) for each in cases} == {
        ("Organ?", "Colon."),
        ("Stain?", "H&E."),
    }

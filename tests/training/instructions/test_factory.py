import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from clover_chat.knowledge.cards import card, cards, overlap
from training.evaluation.reading import verdict
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.intake import read_records
from training.instructions.phrasings import ANAPHORIC, CLOSED, OPEN, TWO
from training.instructions.records import Record, write_records
from training.instructions.specimens import Specimen
from training.instructions.statements import (
    answer,
    counting_answer,
    limit_for,
    open_kinds,
)
from training.instructions.templates import QUESTIONS

RECIPE = TemplateRecipe(phrasings=2, yes_no=3, dialogues=2, comparisons=4)


@pytest.fixture(scope="module")
def records(specimens: tuple[Specimen, ...]) -> list[Record]:
    return list(template_records(specimens, RECIPE))


def asked_about(question: str) -> str:
    """Return the label a question names; the longest, as one may lie within another."""
    return max((key for key in cards() if card(key).phrase in question), key=len)


def of_kind(records: Sequence[Record], *kinds: str) -> list[Record]:
    return [record for record in records if len(record.turns) == 1 and record.kind in kinds]


def test_there_are_many_phrasings_of_every_kind() -> None:
    assert all(len(set(phrasings)) >= 5 for phrasings in OPEN.values())
    assert all(len(set(phrasings)) >= 3 for phrasings in (*CLOSED.values(), *TWO.values()))
    assert set(QUESTIONS["features"]) >= ANAPHORIC


def test_the_same_seed_gives_the_same_records_in_any_order(
    specimens: tuple[Specimen, ...], records: list[Record]
) -> None:
    shuffled = random.Random(5).sample(specimens, len(specimens))
    assert list(template_records(shuffled, RECIPE)) == records
    other = TemplateRecipe(phrasings=2, yes_no=3, dialogues=2, comparisons=4, seed=1)
    assert list(template_records(specimens, other)) != records
    assert other.provenance != RECIPE.provenance


def test_what_is_said_hangs_on_finding_and_question_alone(specimens: tuple[Specimen, ...]) -> None:
    said: dict[tuple[str, str, str], set[str]] = {}
    for specimen in specimens:
        for kind in ("describe", "features", "absent"):
            for question in OPEN[kind]:
                heard = (specimen.label, specimen.stain, question)
                said.setdefault(heard, set()).add(answer(specimen, kind, question))
                assert answer(specimen, kind, question.lower().rstrip("?.")) in said[heard]
    assert {len(answers) for answers in said.values()} == {1}
    assert len(set().union(*said.values())) > 100


def test_a_label_is_affirmed_as_often_as_it_is_denied(records: list[Record]) -> None:
    said: Counter[tuple[str, str]] = Counter()
    for record in of_kind(records, "yes_no_label"):
        turn = record.turns[0]
        said[asked_about(turn.question), verdict(turn.answer)] += 1
    for key in {key for key, _ in said}:
        assert said[key, "yes"] == said[key, "no"]


def test_nothing_is_denied_that_may_be_true(records: list[Record]) -> None:
    denied = [
        record
        for record in of_kind(records, "yes_no_label")
        if verdict(record.turns[0].answer) == "no"
    ]
    assert denied
    for record in denied:
        assert not overlap(record.label, asked_about(record.turns[0].question))


def test_yes_and_no_follow_from_the_truth(records: list[Record]) -> None:
    for record in of_kind(records, "yes_no_organ"):
        turn = record.turns[0]
        assert (verdict(turn.answer) == "yes") == (record.organ in turn.question)
    for record in of_kind(records, "yes_no_nature"):
        is_malignant = card(record.label).nature == "malignant"
        assert (verdict(record.turns[0].answer) == "yes") == is_malignant


def test_cells_are_counted_where_somebody_counted_them(
    records: list[Record], specimens: tuple[Specimen, ...]
) -> None:
    counted = of_kind(records, "count", "yes_no_count", "yes_no_presence")
    assert counted
    assert {record.source for record in counted} == {"bccd"}
    specimen = next(each for each in specimens if "Platelets" in each.counts)
    assert counting_answer(specimen, "RBC") == "There are about 15 red blood cells."
    assert counting_answer(specimen, "WBC") == "There is 1 white blood cell."
    assert counting_answer(specimen, "Platelets") == "There are 2 platelets."


@pytest.mark.parametrize("count", [3, 8, 14, 27])
def test_a_limit_lies_on_the_side_that_was_asked_for(count: int) -> None:
    rng = random.Random(0)
    for _ in range(50):
        assert count > limit_for(count, True, rng) >= 1
        assert count <= limit_for(count, False, rng)


def test_magnification_is_asked_only_where_it_is_known(specimens: tuple[Specimen, ...]) -> None:
    for specimen in specimens:
        assert ("magnification" in open_kinds(specimen)) == bool(specimen.magnification)


def test_two_pictures_are_compared_truly(records: list[Record]) -> None:
    pairs = [record for record in records if len(record.images) == 2]
    said = Counter(verdict(each.turns[0].answer) for each in of_kind(pairs, "compare"))
    assert said["yes"] > 10
    assert said["no"] > 10
    for record in pairs:
        assert record.images[0] != record.images[1]
        assert record.turns[0].images == (0, 1)
        if record.kind == "compare":
            assert (verdict(record.turns[0].answer) == "yes") == bool(record.label)
    assert {record.kind for record in pairs} == {
        "compare",
        "difference",
        "which",
        "which_malignant",
    }


def test_a_conversation_has_two_to_four_turns_and_begins_without_a_reference(
    records: list[Record],
) -> None:
    talks = [record for record in records if len(record.turns) > 1]
    assert talks
    for record in talks:
        assert len(record.turns) <= 4
        assert "label" in {turn.kind for turn in record.turns}
    first = {record.turns[0].question.lower().rstrip("?.") for record in records}
    assert not first & {question.lower().rstrip("?.") for question in ANAPHORIC}


def test_nothing_crosses_the_splits(records: list[Record], root: Path, tmp_path: Path) -> None:
    write_records(tmp_path / "records.jsonl", records)
    accepted = read_records([tmp_path / "records.jsonl"], roots=[root])
    assert not accepted.problems
    assert list(accepted.items) == records


def test_a_negative_number_of_records_is_refused() -> None:
    with pytest.raises(TrainingError, match="dialogues must be 0 or more, got -1"):
        TemplateRecipe(dialogues=-1)

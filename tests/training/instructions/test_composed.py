import random

import pytest

from clover_chat.errors import TrainingError
from clover_chat.knowledge.cards import card, cards
from training.instructions.captions import caption, features
from training.instructions.composed import CardRecipe, composed_records
from training.instructions.dialogues import ARCS, FOLLOW_UPS, dialogue
from training.instructions.records import ImageRef, Method, as_row
from training.instructions.schema import complaints, record_schema
from training.instructions.specimens import Specimen
from training.instructions.templates import QUESTIONS
from training.instructions.wording import LONGEST


def specimen(key: str) -> Specimen:
    known = card(key)
    whole = ImageRef("a.png", "0" * 64, "a")
    return Specimen(whole, "made up", "CC0-1.0", key, known.organ, known.stains[0], "train")


@pytest.mark.parametrize("key", sorted(cards()))
def test_a_description_is_short_enough_to_be_spelt_and_names_the_label(key: str) -> None:
    patch, found = specimen(key), set[str]()
    for question in QUESTIONS["describe"]:
        text = caption(patch, question)
        assert len(text.split()) <= LONGEST + len(key.split()), text
        assert key.lower() in text.lower()
        assert "{" not in text
        assert "  " not in text
        assert text[0].isupper()
        assert text.endswith(".")
        found.add(text)
    assert len(found) >= 4


@pytest.mark.parametrize("key", sorted(cards()))
def test_features_add_to_what_a_description_says(key: str) -> None:
    known = card(key)
    described = " ".join(caption(specimen(key), each) for each in QUESTIONS["describe"])
    named = {features(known, question) for question in QUESTIONS["features"]}
    assert named <= set(known.seen)
    assert len(known.seen) == 1 or not any(each in described for each in named)


@pytest.mark.parametrize("key", sorted(cards()))
def test_a_conversation_begins_with_what_it_is_and_has_two_to_four_turns(key: str) -> None:
    rng, patch = random.Random(0), specimen(key)
    for _ in range(60):
        turns = dialogue(patch, rng)
        assert 2 <= len(turns) <= 4
        assert turns[0].kind in ("label", "caption")
        assert key.lower() in turns[0].answer.lower()
        assert all("{" not in turn.question + turn.answer for turn in turns)
        assert len({turn.answer for turn in turns}) == len(turns)


def test_cells_have_a_type_and_tissue_has_a_diagnosis() -> None:
    rng = random.Random(0)
    asked = {
        key: {dialogue(specimen(key), rng)[0].question.lower() for _ in range(200)}
        for key in ("basophil", "fibroadenoma")
    }
    assert not any("diagnosis" in question for question in asked["basophil"])
    assert not any("cell type" in question for question in asked["fibroadenoma"])
    assert any("cell type" in question for question in asked["basophil"])


def test_every_follow_up_leads_somewhere() -> None:
    assert {kind for arc in ARCS for kind in arc} == set(FOLLOW_UPS)
    assert all(len(arc) <= 3 for arc in ARCS)
    assert all(len(phrasings) >= 3 for kind, phrasings in FOLLOW_UPS.items() if kind != "knowledge")


def test_all_records_are_valid_and_the_same_for_the_same_seed(
    specimens: tuple[Specimen, ...],
) -> None:
    recipe = CardRecipe(captions=3, dialogues=2)
    records = list(composed_records(specimens, recipe))
    assert len(records) == 5 * len(specimens)
    assert records == list(composed_records(specimens, recipe))
    assert records != list(composed_records(specimens, CardRecipe(3, 2, seed=1)))
    for record in records:
        assert list(complaints(as_row(record), record_schema())) == []
        assert record.provenance.method is Method.CARD
        assert record.label in record.provenance.recipe


def test_the_descriptions_of_one_picture_answer_different_questions(
    specimens: tuple[Specimen, ...],
) -> None:
    records = list(composed_records(specimens[:5], CardRecipe(captions=4, dialogues=0)))
    for first in range(0, len(records), 4):
        asked = {record.turns[0].question.lower() for record in records[first : first + 4]}
        assert len(asked) == 4


def test_another_card_gives_another_hash() -> None:
    recipe = CardRecipe()
    assert recipe.provenance(card("basophil")) != recipe.provenance(card("eosinophil"))


def test_a_number_of_captions_that_there_are_no_questions_for_is_refused() -> None:
    with pytest.raises(TrainingError, match="captions must be 0 or more, got -2"):
        CardRecipe(captions=-2)
    with pytest.raises(TrainingError, match="captions must be at most 13, got 14"):
        CardRecipe(captions=14)


@pytest.mark.parametrize("key", sorted(cards()))
def test_something_else_is_named_as_what_else_it_could_be(key: str) -> None:
    rng, patch = random.Random(0), specimen(key)
    for _ in range(100):
        for turn in dialogue(patch, rng):
            if turn.kind == "differential":
                named = turn.answer.removesuffix(" comes into question.").lower()
                others = {other for other in cards() if card(other).phrase.lower() in named}
                assert others
                assert key not in others
                assert any(card(other).is_differential for other in others)

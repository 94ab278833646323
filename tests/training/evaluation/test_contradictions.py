import random

import pytest

from clover_chat.knowledge.cards import cards, overlap
from tests.training.evaluation.answers import asked
from training.evaluation.contradictions import (
    cases,
    contradictions,
    read_against_cards,
    share,
    table,
)

LUNG, SQUAMOUS = "lung adenocarcinoma", "lung squamous cell carcinoma"
NILM = "negative for intraepithelial lesion or malignancy (NILM)"


def kinds(answer: str, label: str, kind: str = "describe") -> list[str]:
    return [each.kind for each in contradictions(answer, label, kind=kind)]


@pytest.mark.parametrize("label", cards())
def test_no_card_contradicts_itself(label: str) -> None:
    card = cards()[label]
    named = f"A sample from the {card.organ}, stained with {card.stains[0]}: {card.phrase}."
    told = [*card.seen, *card.may_show, *card.not_seen, card.sure, f"Yes, this is {card.phrase}."]
    assert not [each for text in (named, *told) for each in contradictions(text, label)]


def test_another_name_is_noticed_whatever_the_label() -> None:
    pairs = [(one, other) for one in cards() for other in cards() if not overlap(one, other)]
    missed = [
        (one, other)
        for one, other in random.Random(0).sample(pairs, 400)
        if "another label" not in kinds(f"This is {cards()[other].phrase}.", one)
    ]
    # a lymphocyte is one of the lymphocytes of a field of them
    assert all("lymphocytes" in pair for pair in missed)
    assert len(missed) <= 2


def test_what_only_another_card_says_is_noticed() -> None:
    affirmed = [
        (label, other, sentence)
        for label in cards()
        for other, card in cards().items()
        for sentence in card.seen
        if not overlap(label, other) and not sentence.startswith("No")
    ]
    sample = random.Random(0).sample(affirmed, 400)
    found = [bool(kinds(sentence, label)) for label, _, sentence in sample]
    assert sum(found) / len(found) > 0.95


@pytest.mark.parametrize(
    ("answer", "label", "expected"),
    [
        ("This is a monocyte.", "lymphocyte", ["another label"]),
        ("The image shows a thrombocyte.", "lymphocyte", ["another label"]),
        ("This is not a monocyte.", "lymphocyte", []),
        ("No, this is a lymphocyte.", "lymphocyte", []),
        ("No, this is a monocyte.", "lymphocyte", ["another label"]),
        ("A sample from the colon.", LUNG, ["another organ"]),
        ("Pulmonary tissue.", LUNG, []),
        ("The stain is Papanicolaou.", LUNG, ["another stain"]),
        ("Stained with hematoxylin and eosin.", LUNG, []),
        ("Stained with Giemsa.", "lymphocyte", []),
        ("It is malignant.", "normal oral mucosa", ["another nature"]),
        ("It is not malignant.", "normal oral mucosa", []),
        ("Keratin pearls are seen.", LUNG, ["excluded finding"]),
        ("There are no keratin pearls.", LUNG, []),
        ("Keratin pearls are not seen.", LUNG, []),
        ("Solid nests without keratin pearls.", LUNG, []),
        ("Keratin pearls lie in the nests.", SQUAMOUS, []),
        ("The nucleus is segmented.", "lymphocyte", ["excluded finding"]),
        ("Orange-red granules fill the cytoplasm.", "lymphocyte", ["excluded finding"]),
        ("Dark purple granules are seen.", "lymphocyte", ["excluded finding"]),
        ("Thin alveolar septa surround open air spaces.", LUNG, ["finding of another label"]),
        ("Lymphocytes lie in the stroma.", "oral squamous cell carcinoma", []),
        (
            "Neutrophils may be present.",
            "negative for intraepithelial lesion or malignancy (NILM)",
            [],
        ),
        ("", LUNG, []),
        ("I cannot tell.", LUNG, []),
    ],
)
def test_answers_are_read_as_a_person_reads_them(
    answer: str, label: str, expected: list[str]
) -> None:
    assert kinds(answer, label) == expected


def test_neighbors_may_be_named_where_that_is_asked_for() -> None:
    told = "A neutrophil comes into question. It has a segmented nucleus."
    assert kinds(told, "monocyte", kind="differential") == []
    assert "another label" in kinds("This is a neutrophil.", "monocyte", kind="describe")
    assert "another label" in kinds(
        "A fibroadenoma comes into question.", "monocyte", "differential"
    )


def test_what_the_reference_says_is_never_held_against_an_answer() -> None:
    told = "Keratin pearls are seen."
    assert contradictions(told, LUNG)
    assert not contradictions(told, LUNG, reference=told)


def test_the_share_counts_answers_and_lists_them() -> None:
    read = read_against_cards(
        [
            asked("This is a monocyte.", kind="describe", image="a" * 64, file="one.png"),
            asked("This is a basophil.", kind="describe", image="b" * 64),
            asked("Anything.", label="not on any card"),
        ]
    )
    assert len(read) == 2
    assert share(read).value == 0.5
    assert "| all | 2 | 50.0" in table(read)
    assert cases(read) == "one.png (basophil): This is a monocyte.\n    another label: monocyte"


def test_leaving_open_which_label_it_is_contradicts_only_where_the_true_one_is_missing() -> None:
    said = "Not sure: this may be a basophil (50%) or a neutrophil (35%)."
    assert not contradictions(said, "neutrophil", kind="certainty")
    assert contradictions(said, "monocyte", kind="certainty")
    surely = "Fairly sure: this is a basophil (80%); less likely a neutrophil (15%)."
    assert contradictions(surely, "neutrophil", kind="certainty")

import pytest

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.claims import claim_reader
from clover_chat.knowledge.supposing import Supposition, supposition
from training.instructions.templates import YES_NO


def supposed(question: str) -> Supposition | None:
    return supposition(question, claim_reader())


@pytest.mark.parametrize("pattern", YES_NO["label"])
def test_every_label_is_understood_in_every_phrasing(pattern: str) -> None:
    for known in cards().values():
        found = supposed(pattern.format(phrase=known.phrase))
        assert found is not None, known.key
        assert any(known.key in name.true_of for name in found.claim.names)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Is this from the lung?", "lung"),
        ("Does this sample come from the uterine cervix?", "uterine cervix"),
        ("Is the organ the kidney?", "kidney"),
        ("Was H&E used here?", "H&E"),
        ("is the stain H&E", "H&E"),
        ("So, is it malignant?", "malignant"),
        ("Can you tell me whether this is HSIL?", None),
        ("Is this HSIL or not?", "high-grade squamous intraepithelial lesion (HSIL)"),
    ],
)
def test_what_is_supposed_has_a_name(question: str, title: str | None) -> None:
    found = supposed(question)
    assert (found and found.claim.names[0].title) == title


@pytest.mark.parametrize(
    "question",
    [
        "What is this?",
        "Is it benign or malignant?",
        "Is this a lymphocyte or a monocyte?",
        "Is this basophil nucleated?",
        "Does the lymphocyte have granules?",
        "Is this not a monocyte?",
        "Are the nuclei enlarged?",
        "",
    ],
)
def test_other_questions_suppose_nothing(question: str) -> None:
    assert supposed(question) is None


def test_seeing_something_is_less_than_being_it() -> None:
    seen, is_it = supposed("Do you see a lymphocyte here?"), supposed("Is this a lymphocyte?")
    assert seen is not None
    assert not seen.is_whole
    assert is_it is not None
    assert is_it.is_whole

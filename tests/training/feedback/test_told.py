import pytest

from clover_chat.knowledge.cards import cards
from clover_chat.types import SEVERAL
from training.feedback.told import Told, told

FORMS = {
    "It is the one with the granules.": ("basophil",),
    "The sample is from the colon.": ("colon adenocarcinoma", "normal (benign) colonic tissue"),
    "Both are the same.": (SEVERAL,),
}


def test_every_label_is_understood_when_it_is_plainly_named() -> None:
    said = {label: f"This is {each.phrase}." for label, each in cards().items()}
    assert {label: told(answer, "What is this?", {}).label for label, answer in said.items()} == {
        label: label for label in cards()
    }


@pytest.mark.parametrize(
    ("answer", "question", "expected"),
    [
        ("It is the one with the granules.", "What is it?", Told(label="basophil")),
        ("No, this is a monocyte.", "Is this a basophil?", Told(label="monocyte")),
        ("Yes.", "Is this a basophil?", Told(label="basophil")),
        ("No.", "Is this a basophil?", Told()),
        ("This is not a basophil.", "What is it?", Told()),
        ("Neatly stained.", "What is it?", Told()),
        ("Both are the same.", "Which is it?", Told()),
        ("The sample is from the lung.", "Which organ is this?", Told(organ="lung")),
        ("The stain is H&E.", "Which stain is this?", Told(stain="H&E")),
        ("This is a basophil. This is a monocyte.", "What is it?", Told()),
    ],
)
def test_a_right_answer_tells_what_it_claims_and_nothing_else(
    answer: str, question: str, expected: Told
) -> None:
    assert told(answer, question, FORMS) == expected

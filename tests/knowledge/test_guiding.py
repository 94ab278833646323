import pytest

from clover_chat.knowledge.cards import card
from clover_chat.knowledge.guiding import guide
from clover_chat.types import SEVERAL, Finding, Guidance, Reading, Verdict

NORMAL, TUMOR = "normal (benign) colonic tissue", "colon adenocarcinoma"


def reading(*labels: tuple[str, float], organ: str = "colon", stain: str = "H&E") -> Reading:
    found = tuple(Finding(*each) for each in labels)
    return Reading((Finding(organ, 1.0),), (Finding(stain, 1.0),), found)


SURE = reading((TUMOR, 0.96), (NORMAL, 0.04))
TORN = reading((TUMOR, 0.55), (NORMAL, 0.45))
CELL = reading(("basophil", 0.9), ("lymphocyte", 0.1), organ="peripheral blood")


def test_only_what_is_likely_may_be_said() -> None:
    only = Guidance(frozenset({TUMOR}), is_about_others=False)
    assert guide("What is this?", [SURE]) == only
    assert guide("What is this?", [TORN]) == only


def test_neighbors_are_spoken_of_where_the_question_is_about_them() -> None:
    assert guide("How would normal colonic tissue look?", [SURE]).is_about_others
    assert not guide("Describe the image.", [SURE]).is_about_others


def test_a_follow_up_is_answered_by_what_the_card_holds() -> None:
    assert guide("Why?", [SURE]).among == set(card(TUMOR).seen)
    assert guide("How would normal colonic tissue look?", [SURE]).among == {
        card(TUMOR).tells_apart[NORMAL]
    }
    assert guide("Why is it colon adenocarcinoma?", [SURE]).among == set(card(TUMOR).seen)
    assert "not learnt" in guide("What distinguishes it from a basophil?", [SURE]).stated
    assert not guide("Describe the image.", [SURE]).among


def test_how_sure_is_stated_from_the_reading() -> None:
    assert guide("How sure are you?", [SURE]).stated.startswith("Very sure")
    assert guide("Why?", [TORN]).stated.startswith("Not sure")
    assert not guide("Why?", [SURE]).stated


def test_without_a_reading_everything_is_open() -> None:
    assert guide("Is this colon adenocarcinoma?", []) == Guidance()


@pytest.mark.parametrize(
    ("question", "verdict", "labels"),
    [
        ("Is this colon adenocarcinoma?", Verdict.YES, {TUMOR}),
        ("Is this lung adenocarcinoma?", Verdict.NO, {TUMOR}),
        ("Is it malignant?", Verdict.YES, {TUMOR}),
        ("Is it benign?", Verdict.NO, {TUMOR}),
        ("Is this from the colon?", Verdict.YES, {TUMOR}),
        ("Is this from the kidney?", Verdict.NO, {TUMOR}),
        ("Is the stain H&E?", Verdict.YES, {TUMOR}),
    ],
)
def test_yes_and_no_follow_the_reading_and_the_name_follows_them(
    question: str, verdict: Verdict, labels: set[str]
) -> None:
    assert guide(question, [TORN]) == Guidance(frozenset(labels), verdict)


def test_a_denied_name_is_not_the_one_that_is_said() -> None:
    assert guide("Is this normal colonic tissue?", [TORN]) == Guidance(
        frozenset({TUMOR}), Verdict.NO
    )


def test_of_what_may_be_there_besides_neither_yes_nor_no_is_said() -> None:
    besides = guide("Do you see a lymphocyte here?", [SURE])
    assert besides.verdict is Verdict.NEITHER
    assert besides.stated == (
        "This is colon adenocarcinoma. I have not learnt to tell what else can be seen on such a "
        "picture."
    )
    assert guide("Is this a lymphocyte?", [SURE]).verdict is Verdict.NO
    assert guide("Do you see a lymphocyte here?", [CELL]).verdict is Verdict.NO


def test_a_blood_cell_is_neither_benign_nor_malignant() -> None:
    said = guide("Is it malignant?", [CELL])
    assert said.verdict is Verdict.NEITHER
    assert said.stated == "This is a basophil, which I have not learnt to call benign or malignant."


def test_several_pictures_may_be_spoken_of_together() -> None:
    found = guide("Is this colon adenocarcinoma?", [SURE, CELL])
    assert found == Guidance(frozenset({TUMOR, "basophil", SEVERAL}))


def test_a_name_for_a_family_is_true_of_its_members() -> None:
    member = reading(("lung squamous cell carcinoma", 1.0), organ="lung")
    assert guide("Is this squamous cell carcinoma?", [member]).verdict is Verdict.YES
    assert guide("Is this adenocarcinoma?", [member]).verdict is Verdict.NO


def test_a_nature_is_that_of_all_labels_together() -> None:
    torn = reading((NORMAL, 0.4), (TUMOR, 0.35), ("lung adenocarcinoma", 0.25))
    assert guide("Is it malignant?", [torn]) == Guidance(frozenset({TUMOR}), Verdict.YES)
    assert guide("Is it benign?", [torn]) == Guidance(frozenset({TUMOR}), Verdict.NO)


def test_what_a_smear_holds_is_not_told_by_its_label() -> None:
    smear = reading(("peripheral blood smear", 1.0), organ="blood", stain="Giemsa/Wright")
    assert guide("Is a neutrophil present?", [smear]).verdict is Verdict.NEITHER
    assert guide("Is this a peripheral blood smear?", [smear]).verdict is Verdict.YES
    assert guide("Is this lung adenocarcinoma?", [smear]).verdict is Verdict.NO

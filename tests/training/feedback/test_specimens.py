from dataclasses import replace

from training.feedback.forms import forms_after
from training.feedback.judged import Exchange, Feedback, Lesson, Single
from training.feedback.specimens import SOURCE, judged_specimens
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen

BLOOD = ("peripheral blood", "May-Gruenwald-Giemsa")
QUESTION = "What is this?"


def image(name: str) -> ImageRef:
    return ImageRef(f"images/{name}.png", name, name)


def exchange(name: str, question: str = QUESTION, is_disputed: bool = False) -> Exchange:
    return Exchange((image(name),), (), question, (0,), name, is_disputed)


def lesson(name: str, answer: str, question: str = QUESTION, is_disputed: bool = False) -> Lesson:
    return Lesson(exchange(name, question, is_disputed), answer)


def feedback(*lessons: Lesson, singles: tuple[Single, ...] = ()) -> Feedback:
    return Feedback(lessons, (), singles, {})


KNOWN = [
    Specimen(image("k"), "pbc_cells", "CC0", "basophil", *BLOOD, "train"),
    Specimen(image("l"), "lc25000", "CC0", "lung adenocarcinoma", "lung", "H&E", "train"),
]


def test_a_known_label_brings_the_organ_stain_and_source_it_usually_has() -> None:
    found = judged_specimens(feedback(lesson("1", "This is a basophil.")), {}, KNOWN).specimens
    assert [(each.label, each.organ, each.stain, each.source) for each in found] == [
        ("basophil", *BLOOD, "pbc_cells")
    ]


def test_a_new_label_joins_the_source_that_looks_like_its_card_or_founds_its_own() -> None:
    said = feedback(lesson("1", "This is a monocyte."), lesson("2", "This is fibroadenoma."))
    monocyte, breast = judged_specimens(said, {}, KNOWN).specimens
    assert (monocyte.label, monocyte.source) == ("monocyte", "pbc_cells")
    assert (breast.label, breast.organ, breast.source) == ("fibroadenoma", "breast", SOURCE)


def test_an_organ_alone_teaches_the_organ_alone() -> None:
    said = feedback(lesson("1", "The sample is from the lung.", "Which organ is this?"))
    (found,) = judged_specimens(said, {}, KNOWN).specimens
    assert (found.organ, found.label, found.stain, found.source) == ("lung", "", "", "")


def test_liked_answers_count_and_disliked_ones_do_not() -> None:
    liked = Single(exchange("1"), "This is a basophil.", True)
    disliked = Single(exchange("2"), "This is a basophil.", False)
    found = judged_specimens(feedback(singles=(liked, disliked)), {}, KNOWN)
    assert [each.image.sha256 for each in found.specimens] == ["1"]


def test_pictures_that_people_contradict_each_other_about_teach_nothing() -> None:
    said = feedback(
        lesson("1", "This is a basophil."),
        lesson("1", "This is a monocyte."),
        lesson("2", "This is a basophil.", is_disputed=True),
        lesson("3", "This is a basophil."),
        lesson("4", "Lovely colours."),
    )
    found = judged_specimens(said, {}, KNOWN)
    assert [each.image.sha256 for each in found.specimens] == ["3"]
    assert (found.disputed, found.silent) == (2, 1)


def test_a_tenth_of_the_judged_pictures_calibrates_and_the_same_ones_each_time() -> None:
    said = feedback(*(lesson(f"picture {n}", "This is a basophil.") for n in range(400)))
    found = judged_specimens(said, {}, KNOWN).specimens
    held = [each.image.sha256 for each in found if each.split == "val"]
    assert 20 < len(held) < 60
    assert found == judged_specimens(replace(said), {}, KNOWN).specimens


def test_a_new_label_can_be_asked_everything_and_corrections_become_answers() -> None:
    known = {"This is a basophil.": ("basophil",), "It is stained.": ()}
    own = "Surely this is a monocyte."
    said = feedback(lesson("1", own), lesson("2", "Lovely colours."))
    judged = judged_specimens(said, known, KNOWN).specimens
    forms = forms_after(known, said, judged, KNOWN)
    assert known.items() <= forms.items()
    assert forms[own] == ("monocyte",)
    assert forms["This is a monocyte."] == ("monocyte",)
    assert "monocyte" in forms["The sample is from the peripheral blood."]
    assert forms["Yes, this is a monocyte."] == ("monocyte",)
    assert "Lovely colours." not in forms


def test_answers_to_known_labels_stay_as_they_are_and_a_free_speaker_stays_free() -> None:
    known = {"This is a basophil.": ("basophil",)}
    said = feedback(lesson("1", "This is a basophil."))
    judged = judged_specimens(said, known, KNOWN).specimens
    assert forms_after(known, said, judged, KNOWN) == known
    assert forms_after({}, said, judged, KNOWN) == {}

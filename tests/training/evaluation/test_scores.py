import pytest

from tests.training.evaluation.answers import NAMES, asked, yes_no
from training.evaluation.scores import groups, known_names, score_all, summary, table


def is_right(answer: str, reference: str, **changes: object) -> bool:
    return score_all([asked(answer, reference, **changes)], NAMES)[0].is_right


def test_a_name_counts_when_it_is_the_only_one() -> None:
    assert is_right("A basophil, I think.", "This is a basophil.")
    assert not is_right("A basophil or a monocyte.", "This is a basophil.")
    assert not is_right("", "This is a basophil.")


def test_an_organ_counts_by_its_name_where_it_was_asked_for() -> None:
    reference = "The sample is from the blood."
    assert is_right("It is blood.", reference, kind="organ")
    assert not is_right("It is blood.", reference, kind="features")


def test_a_name_in_passing_does_not_make_an_answer_right() -> None:
    reference = "There are about 12 red blood cells."
    assert not is_right("There are about 19 red blood cells.", reference, kind="count")


def test_benign_and_malignant_count_where_they_are_the_question() -> None:
    reference, label = "It is malignant: lung adenocarcinoma.", "lung adenocarcinoma"
    assert is_right("Malignant, lung adenocarcinoma.", reference, kind="nature", label=label)
    assert not is_right("It is benign: lung adenocarcinoma.", reference, kind="nature", label=label)
    assert is_right("A malignant lung adenocarcinoma.", "A lung adenocarcinoma.", label=label)


def test_a_closed_question_counts_by_its_first_word() -> None:
    assert is_right("No, this is a monocyte.", "No, this is a basophil.")
    assert not is_right("There is no basophil.", "No, this is a monocyte.")


def test_without_a_name_the_words_must_be_the_same() -> None:
    assert is_right("the sample is from  the Lung", "The sample is from the lung.")
    assert not is_right("The sample is from the colon.", "The sample is from the lung.")


def test_only_the_measures_that_apply_are_there() -> None:
    (closed,) = score_all([yes_no("No.")], NAMES)
    (spoken,) = score_all([asked("Basophil")], NAMES)
    assert set(closed.scores) == {"right", "strict", "quilt", "llava_med"}  # PathVQA drops it
    assert set(spoken.scores) == {"right", "precision", "recall", "f1", "exact_match"}


def test_the_figures_are_over_all_by_kind_by_source_and_by_label() -> None:
    predictions = [
        asked("This is a basophil.", image="1"),
        asked("This is a monocyte.", image="2"),
        yes_no("Yes.", image="1"),
        yes_no("No.", image="2"),
        asked("x", "The lung.", image="3", source="lc25000", kind="organ", label=""),
    ]
    found = groups(score_all(predictions, NAMES))
    assert [(group.scope, group.name, group.images, group.questions) for group in found] == [
        ("all", "all", 3, 5),
        ("kind", "label", 2, 2),
        ("kind", "organ", 1, 1),
        ("kind", "yes_no_label", 2, 2),
        ("source", "lc25000", 1, 1),
        ("source", "pbc_cells", 2, 4),
        ("label", "basophil", 2, 4),
    ]
    by_name = {group.name: group.figures for group in found}
    assert by_name["all"]["right"].value == pytest.approx(2 / 5)
    assert by_name["yes_no_label"]["strict"].value == 0.5
    assert by_name["yes_no_label"]["llava_med_pathvqa"].rows == 1
    assert "f1" not in by_name["yes_no_label"]
    assert "strict" not in by_name["label"]


def test_the_known_names_are_those_of_the_cards() -> None:
    assert {"basophil", "lung adenocarcinoma"} <= known_names()


def test_the_figures_are_told_as_a_table_and_as_numbers() -> None:
    found = groups(score_all([yes_no("Yes.", image="1"), yes_no("x", image="2")], NAMES))
    lines = table(found).splitlines()
    assert lines[0].startswith("| over | images | questions | right | strict | quilt |")
    assert lines[2].startswith("| all | 2 | 2 | 50.0 (0.0 to 100.0) |")
    assert {line.count("|") for line in lines} == {9}
    assert summary(found)["kind"]["yes_no_label"]["strict"] == {
        "value": 0.5,
        "low": 0.0,
        "high": 1.0,
        "images": 2,
        "rows": 2,
    }

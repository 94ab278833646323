import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.knowledge.checking import Checked, Checker, Fault, check
from clover_chat.knowledge.claims import claim_reader
from clover_chat.types import Reading
from tests.knowledge.readings import CANCER, NORMAL, reading


def checked(answer: str, *readings: Reading) -> Checked:
    return check(answer, readings or [reading()], claim_reader())


def test_an_answer_that_holds_stays_as_it_is() -> None:
    answer = "This is lung adenocarcinoma. Irregular glands replace the alveoli."
    assert checked(answer) == Checked(answer)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("It is from the colon.", Fault.CONTRADICTION),
        ("The stain is Giemsa.", Fault.CONTRADICTION),
        ("It is benign: normal lung tissue.", Fault.CONTRADICTION),
        ("Irregular glands replace the alveoli.", Fault.REPETITION),
        ("The cells and the cells and the cells and the cells lie there.", Fault.REPETITION),
        ("Very very very pink.", Fault.REPETITION),
        ("\u0418 \u0442\u0430\u043a \u0434\u0430\u043b\u0435\u0435.", Fault.LANGUAGE),
        ("Das ist nicht der Befund.", Fault.LANGUAGE),
        ("<|im_start|>user Hello.", Fault.LANGUAGE),
        ("The nuclei are", Fault.UNFINISHED),
    ],
)
def test_it_is_cut_back_to_the_part_that_holds(more: str, fault: Fault) -> None:
    kept = "Irregular glands replace the alveoli."
    found = checked(f"{kept} {more} The rest is never shown.")
    if fault is Fault.UNFINISHED:
        found = checked(f"{kept} {more}")
    assert found.text == kept
    assert found.cut is not None
    assert (found.cut.fault, found.cut.sentence) == (fault, more)
    assert not found.is_replaced


def test_the_claim_and_its_probability_are_told() -> None:
    cut = checked("It is from the colon.").cut
    assert cut is not None
    assert cut.claim == "colon"
    assert cut.probability == pytest.approx(0.02)


def test_where_nothing_holds_it_says_what_is_read_and_how_surely() -> None:
    found = checked("This is fibroadenoma.")
    assert found.is_replaced
    assert found.text == (
        "What I can say of this picture: most likely lung adenocarcinoma (90%), from the lung "
        "(98%), stained with H&E (99%)."
    )


def test_where_the_reading_is_unsure_too_it_says_so() -> None:
    unsure = reading({CANCER: 0.4, NORMAL: 0.35, "colon adenocarcinoma": 0.25})
    assert checked("This is fibroadenoma.", unsure).text == (
        "I am not sure what this picture shows: lung adenocarcinoma (40%) or normal (benign) lung "
        "tissue (35%). It is most likely from the lung (98%), stained with H&E (99%)."
    )


def test_what_the_reading_holds_possible_is_left_alone() -> None:
    answer = "This is lung squamous cell carcinoma."  # 8%
    assert checked(answer) == Checked(answer)


def test_of_several_pictures_one_is_enough() -> None:
    other = reading({"basophil": 1.0}, {"peripheral blood": 1.0}, {"May-Gruenwald-Giemsa": 1.0})
    answer = "The second is a basophil. This is a basophil."
    assert checked(answer, reading(), other).text == answer
    assert checked("This is fibroadenoma.", reading(), other).is_replaced


def test_without_a_reading_nothing_is_contradicted_but_the_form_is_checked() -> None:
    claim = "This is fibroadenoma."
    assert check(claim, [], claim_reader()) == Checked(claim)
    assert check("The the the the.", [], claim_reader()).is_replaced


def test_a_short_answer_without_its_full_stop_is_whole() -> None:
    assert checked("Lung adenocarcinoma").cut is None
    assert checked("Lung adenocarcinoma with").is_replaced


def test_an_answer_of_blanks_is_replaced() -> None:
    assert checked("  \n").is_replaced


def test_greek_letters_micrometres_and_degrees_are_no_other_language() -> None:
    answer = "The \u03b2-cells are about 8 \u00b5m \u2013 wide, 40\u00d7, \u2265 2."
    assert checked(answer).text == answer


PARTS = (
    "This is lung adenocarcinoma.",
    "No, it is not from the colon.",
    "It is from the colon.",
    "Irregular glands replace the alveoli, e.g. Here.",
    "And then",
    "very very very.",
    "\n- a line",
    "This is",
)


@given(st.lists(st.sampled_from(PARTS), max_size=5), st.integers(1, 7))
def test_no_word_is_shown_that_is_cut_later_however_it_is_streamed(
    parts: list[str], size: int
) -> None:
    answer = " ".join(parts)
    checker = Checker(claim_reader(), [reading()])
    shown = [checker.feed(answer[at : at + size]) for at in range(0, len(answer), size)]
    rest, outcome = checker.finish()
    assert "".join(shown) + rest == outcome.text
    assert outcome == checked(answer)


def test_a_sentence_is_shown_before_the_next_one_is_written() -> None:
    checker = Checker(claim_reader(), [reading()])
    assert checker.feed("This is lung adenocarcinoma.") == ""
    assert checker.feed(" Ir") == "This is lung adenocarcinoma."
    assert checker.feed("regular glands. It is from the colon. And") == " Irregular glands."
    assert checker.is_cut
    assert checker.feed(" more. More") == ""

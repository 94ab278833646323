from pathlib import Path

import pytest

from clover_chat.knowledge.belief import Weights, learned
from clover_chat.knowledge.entries import Entry, read_shelf
from clover_chat.knowledge.fitting import learn
from clover_chat.knowledge.measure import Answered, answer_all, measure, mistakes, report
from clover_chat.knowledge.questions import HELD_BACK, TUNING, Graded, read_questions
from clover_chat.knowledge.search import Hit, Shelf, shelf
from tests.knowledge.shelves import entry, write_shelf

QUESTIONS = Path(__file__).with_name("questions.jsonl")


@pytest.fixture
def entries(tmp_path: Path) -> tuple[Entry, ...]:
    names = ("eosin", "saffron", "orcein", "congo", "giemsa", "mallory")
    return read_shelf(write_shelf(tmp_path, *map(entry, names)))


def graded(question: str, *right: str) -> Graded:
    return Graded(question, frozenset(right), "test", TUNING)


def answered(entry: Entry, score: float, is_sure: bool, *right: str) -> Answered:
    return Answered(graded("What?", *right), Hit(entry, score, is_sure, {}))


def test_questions_are_counted_as_right_wrong_and_declined(entries: tuple[Entry, ...]) -> None:
    eosin = entries[0]
    summed = measure(
        [
            answered(eosin, 0.9, True, "eosin"),
            answered(eosin, 0.9, True, "saffron"),
            answered(eosin, 0.2, False, "eosin"),
            answered(eosin, 0.2, False, "eosin", "saffron"),
            answered(eosin, 0.9, True),
            answered(eosin, 0.1, False),
            Answered(graded("hello"), None),
        ]
    )
    assert (summed.answerable, summed.unanswerable) == (4, 3)
    assert summed.quoted_right == pytest.approx(1 / 4)
    assert summed.quoted_wrong == pytest.approx(1 / 4)
    assert summed.declined == pytest.approx(2 / 3)


def test_the_calibration_error_is_the_gap_between_stated_and_true_chance(
    entries: tuple[Entry, ...],
) -> None:
    eosin = entries[0]
    sure = [answered(eosin, 0.95, True, "eosin"), answered(eosin, 0.95, True)]
    assert measure(sure).calibration_error == pytest.approx(0.95 - 0.5)


def test_every_mistake_is_told_with_what_was_wanted(entries: tuple[Entry, ...]) -> None:
    lines = list(
        mistakes([answered(entries[0], 0.9, True, "saffron"), answered(entries[0], 0, False)])
    )
    assert lines == ["[test] 'What?': quoted eosin at 0.90; wanted saffron"]


def test_weights_learned_from_questions_tell_answers_from_near_misses(
    entries: tuple[Entry, ...],
) -> None:
    questions = [graded(f"What is {each.id}?", each.id) for each in entries] * 4
    questions += [graded(f"Who sells {each.id} by weight in Boston?") for each in entries] * 4
    weights = learn(entries, questions)
    made = Shelf(entries, weights)
    summed = measure(answer_all(questions, made))
    made.close()
    assert isinstance(weights, Weights)
    assert (summed.quoted_right, summed.quoted_wrong, summed.declined) == (1, 0, 1)


@pytest.mark.slow
def test_the_weights_that_come_with_the_program_were_learned_from_the_tuning_part() -> None:
    tuning = [each for each in read_questions(QUESTIONS) if each.part == TUNING]
    fresh = learn(read_shelf(), tuning)
    assert fresh.fit == pytest.approx(learned().fit, abs=0.02)
    assert fresh.belief == pytest.approx(learned().belief, abs=0.05)
    assert fresh.threshold == pytest.approx(learned().threshold, abs=0.02)


def test_the_part_held_back_is_answered_as_the_shelf_promises() -> None:
    answers = answer_all(
        (each for each in read_questions(QUESTIONS) if each.part == HELD_BACK), shelf()
    )
    summed = measure(answers)
    assert summed.quoted_right >= 0.90, summed
    assert summed.quoted_wrong <= 0.03, summed
    assert summed.declined >= 0.90, summed


def test_the_report_keeps_the_mistakes_of_the_part_held_back_to_itself() -> None:
    lines = list(report(QUESTIONS))
    parts = [line for line in lines if not line.startswith("  ")]
    assert [line.partition(":")[0] for line in parts] == [TUNING, HELD_BACK]
    assert lines[-1] == parts[-1]

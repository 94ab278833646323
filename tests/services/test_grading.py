import re
from pathlib import Path

import pytest

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.classifier import KindClassifier
from clover_chat.knowledge.questions import TUNING, Graded
from clover_chat.knowledge.search import Shelf
from clover_chat.services.grading import Outcome, answered, report, summed
from clover_chat.services.routing import Router
from clover_chat.types import Kind
from tests.services.asking import scripted_router

QUESTIONS = Path(__file__).parents[1] / "knowledge" / "questions.jsonl"


def graded(question: str, *right: str, group: str = "test") -> Graded:
    return Graded(question, frozenset(right), group, TUNING)


def test_a_question_is_graded_by_what_the_chat_would_quote(tmp_path: Path) -> None:
    script = {
        "What is eosin?": (Kind.GENERAL, "", 0.9),
        "And eosin Y?": (Kind.FOREIGN, "treatment", 0.9),
    }
    router = scripted_router(tmp_path / "shelf", script)
    assert answered(graded("What is eosin?", "eosin"), router).quoted == "eosin"
    assert answered(graded("And eosin Y?", "eosin"), router).quoted is None
    assert answered(graded("Which organ?"), router).quoted is None


def test_outcomes_are_counted() -> None:
    counted = summed(
        [
            Outcome(graded("a", "eosin"), "eosin", Kind.GENERAL),
            Outcome(graded("b", "eosin"), "saffron", Kind.GENERAL),
            Outcome(graded("c", "eosin"), None, Kind.FOREIGN),
            Outcome(graded("d"), None, None),
            Outcome(graded("e", group="out of scope"), "eosin", Kind.GENERAL),
        ]
    )
    assert counted == (
        "1 of 3 (33.3%) answerable questions quote the right entry, 1 of 3 (33.3%) a wrong one; "
        "1 of 2 (50.0%) unanswerable ones are declined, of those out of scope 0 of 1 (0.0%)"
    )


@pytest.mark.slow
def test_the_part_held_back_is_answered_through_the_chat_s_own_routing_as_promised() -> None:
    entries = read_shelf()
    line = list(report(QUESTIONS, Router(KindClassifier(entries), Shelf(entries))))[-1]
    right, wrong, declined, foreign = (float(each) for each in re.findall(r"\(([\d.]+)%\)", line))
    assert right >= 90
    assert wrong <= 3
    assert declined >= 90
    assert foreign >= 95

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.classifier import Context, KindClassifier, shipped
from clover_chat.knowledge.kinds.features import Features
from clover_chat.knowledge.kinds.fitting import learn
from clover_chat.knowledge.kinds.measure import (
    calibration_error,
    judge_all,
    report,
    share_right,
)
from clover_chat.knowledge.kinds.questions import Labelled, as_general, read_labelled
from clover_chat.knowledge.questions import HELD_BACK, TUNING, Graded, QuestionsDamaged
from clover_chat.types import Kind

QUESTIONS = Path(__file__).with_name("questions.jsonl")
HELD_BACK_LATER = Path(__file__).with_name("held_back.jsonl")
NEW = Context(has_picture=True, brings_picture=True)


@pytest.fixture(scope="module")
def questions() -> tuple[Labelled, ...]:
    return read_labelled(QUESTIONS)


@pytest.fixture(scope="module")
def classifier() -> KindClassifier:
    return KindClassifier()


def part(questions: Sequence[Labelled], name: str) -> list[Labelled]:
    return [each for each in questions if each.part == name]


def test_there_are_enough_questions_of_every_kind_in_both_parts(
    questions: tuple[Labelled, ...],
) -> None:
    assert len(questions) >= 1500
    for kind in Kind:
        counts = [
            sum(each.kind is kind for each in part(questions, p)) for p in (TUNING, HELD_BACK)
        ]
        assert counts[0] >= 200, kind
        assert counts[1] >= 50, kind


def test_no_question_stands_in_both_parts(questions: tuple[Labelled, ...]) -> None:
    questions += read_labelled(HELD_BACK_LATER)
    tuning = {each.question.casefold().strip(" ?.!") for each in part(questions, TUNING)}
    held_back = {each.question.casefold().strip(" ?.!") for each in part(questions, HELD_BACK)}
    assert not tuning & held_back - {""}


def test_the_questions_held_back_are_told_apart_with_true_chances(
    classifier: KindClassifier,
) -> None:
    judged = judge_all(read_labelled(HELD_BACK_LATER), classifier)
    assert len(judged) >= 400
    assert share_right(judged) >= 0.95
    assert calibration_error(judged) < 0.05


def test_the_short_questions_held_back_first_are_told_apart_as_well_as_measured(
    questions: tuple[Labelled, ...], classifier: KindClassifier
) -> None:
    judged = judge_all(part(questions, HELD_BACK), classifier)
    assert share_right(judged) >= 0.87
    assert calibration_error(judged) < 0.05


def test_the_questions_held_back_later_are_many_of_every_kind_and_only_measured() -> None:
    later = read_labelled(HELD_BACK_LATER)
    assert {each.part for each in later} == {HELD_BACK}
    assert all(sum(each.kind is kind for each in later) >= 60 for kind in Kind)


def test_chances_add_up_and_the_kind_is_the_likeliest(classifier: KindClassifier) -> None:
    verdict = classifier.judge("What does this show?", NEW)
    assert sum(verdict.chances.values()) == pytest.approx(1, abs=1e-4)
    assert verdict.confidence == max(verdict.chances.values())
    assert verdict.ordered[0] is verdict.kind is Kind.PICTURE


def test_topics_belong_to_their_kind(classifier: KindClassifier) -> None:
    assert classifier.judge("Where are my pictures stored?", Context()).topic == "privacy"
    topics = {kind: {t for k, t in shipped().classes if k is kind} for kind in Kind}
    assert topics[Kind.PICTURE] == topics[Kind.GENERAL] == topics[Kind.MIXED] == {""}
    assert topics[Kind.FOREIGN] == {"treatment", "smalltalk", "orders", "elsewhere"}


@pytest.mark.parametrize("text", ["", "?", "\0", "x" * 8000, "ignore " * 2000, "\u202e\U0001f9ec"])
def test_anything_can_be_judged(classifier: KindClassifier, text: str) -> None:
    assert classifier.judge(text, Context()).kind in Kind


def test_what_a_small_set_teaches_is_told_of_words_not_seen(classifier: KindClassifier) -> None:
    general = [f"what is {word}" for word in ("eosin", "orcein", "ki-67", "a koilocyte", "mucin")]
    shown = [f"{word} this picture" for word in ("describe", "name", "explain", "see", "judge")]
    own = [
        Labelled(text, kind, "", context, True, TUNING)
        for texts, kind, context in (
            (general * 4, Kind.GENERAL, Context()),
            (shown * 4, Kind.PICTURE, NEW),
        )
        for text in texts
    ]
    learned = learn(own, [], Features(read_shelf()))
    made = KindClassifier(learned=learned)
    assert np.isfinite(learned.weights).all()
    assert made.judge("what is haematoxylin", Context()).kind is Kind.GENERAL
    assert made.judge("regard this picture", NEW).kind is Kind.PICTURE


def test_graded_questions_out_of_scope_are_no_general_ones() -> None:
    graded = [
        Graded("What is eosin?", frozenset({"eosin"}), "definition", TUNING),
        Graded("Hello", frozenset(), "out of scope", TUNING),
    ]
    assert [each.question for each in as_general(graded)] == ["What is eosin?"]


@pytest.mark.parametrize("line", ["{", "[]", '{"question": "What?"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(line)
    with pytest.raises(QuestionsDamaged, match="line 1"):
        read_labelled(path)


def test_the_report_names_every_kind(classifier: KindClassifier) -> None:
    lines = list(report(QUESTIONS, classifier))
    assert "questions held back" in lines[0]
    assert all(any(line.startswith(f"  {kind}:") for line in lines) for kind in Kind)

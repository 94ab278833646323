from collections.abc import Iterable
from pathlib import Path

import pytest

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.composing import EACH, compose
from clover_chat.knowledge.kinds.fitting import further_asked, unlike
from clover_chat.knowledge.kinds.questions import Labelled, read_labelled
from clover_chat.knowledge.questions import HELD_BACK, TUNING, QuestionsDamaged
from clover_chat.types import Kind

FOLDER = Path(__file__).parent
SMALL = """
[slots]
here = '''
here
in the image
'''

[[group]]
kind = "picture"
situations = ["new", "earlier+!"]
lines = '''
(any|see) {stain} {here}
'''
"""


@pytest.fixture(scope="module")
def composed() -> tuple[Labelled, ...]:
    return compose(FOLDER / "patterns.toml", read_shelf())


def asked(questions: Iterable[Labelled]) -> set[str]:
    return {each.question.casefold().strip(" ?.!") for each in questions}


def test_every_kind_gets_many_questions_that_are_learned_from(
    composed: tuple[Labelled, ...],
) -> None:
    for kind in Kind:
        assert sum(each.kind is kind for each in composed) > 0.8 * EACH, kind
    assert {each.part for each in composed} == {TUNING}


def test_nothing_with_the_words_of_a_question_held_back_is_learned(
    composed: tuple[Labelled, ...],
) -> None:
    written = [
        q for name in ("questions", "held_back") for q in read_labelled(FOLDER / f"{name}.jsonl")
    ]
    held_back = tuple(each for each in written if each.part == HELD_BACK)
    learned = unlike(further_asked([], composed), held_back)
    assert not asked(held_back) & asked(each for each, _, _ in learned)
    assert len(learned) > 0.98 * len(composed)


def test_choices_and_slots_are_filled_and_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "patterns.toml"
    path.write_text(SMALL)
    made = compose(path, read_shelf(), count=20)
    assert made == compose(path, read_shelf(), count=20)
    assert len(asked(made)) > 15
    assert not any(set("{}|") & set(each.question) for each in made)
    assert all(each.is_bound == each.context.has_earlier for each in made)


@pytest.mark.parametrize("text", ["[", "[slots]", SMALL.replace("{here}", "{nowhere}")])
def test_a_file_that_holds_no_patterns_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "patterns.toml"
    path.write_text(text)
    with pytest.raises(QuestionsDamaged, match=r"patterns\.toml"):
        compose(path, read_shelf())

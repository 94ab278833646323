import json

import pytest

from clover_chat.errors import TrainingError
from training.evaluation.comparison import Comparison, compare
from training.evaluation.predictions import Prediction
from training.gate.rule import Margins, as_json, decide, summary

RIGHT, WRONG = "This is a monocyte.", "This is a basophil."
NAMES = ("monocyte", "basophil")


def answers(rights: str, bridge: str) -> list[Prediction]:
    """Return an answer about a picture for each sign; "+" is a right one."""
    return [
        Prediction(
            image=f"{place:064d}",
            source="feedback",
            label="monocyte",
            kind="label",
            question="What is this?",
            reference=RIGHT,
            answer=RIGHT if sign == "+" else WRONG,
            bridge=bridge,
            instructions="i",
        )
        for place, sign in enumerate(rights)
    ]


def compared(active: str, candidate: str) -> Comparison:
    return compare(answers(active, "a"), answers(candidate, "c"), NAMES)


BETTER = compared("-" * 20 + "+" * 20, "+" * 40)
SAME = compared("+" * 300, "+" * 300)
WORSE = compared("+" * 300, "-" * 20 + "+" * 280)
CHANCE = compared("-+-+-+-+", "+-+--++-")
ONE_BROKEN = compared("+" * 20, "-" + "+" * 19)


def test_a_candidate_that_wins_and_loses_nowhere_passes() -> None:
    found = decide(BETTER, SAME, SAME, Margins())
    assert found.passed
    assert "it wins: +50.0 points" in found.why[0]
    assert summary(found).startswith("The candidate passes.")


@pytest.mark.parametrize(
    ("held_back", "standing", "pinned", "place", "reason"),
    [
        (SAME, SAME, SAME, 0, "it does not win"),
        (CHANCE, SAME, SAME, 0, "it does not win"),
        (None, SAME, SAME, 0, "There is no held-back feedback to win on."),
        (BETTER, WORSE, SAME, 1, "may lose more than the margin of 1.0 points"),
        (BETTER, None, SAME, 1, "The standing test is empty."),
        (BETTER, SAME, ONE_BROKEN, 2, "may lose more than the margin of 0.0 points"),
    ],
)
def test_a_candidate_that_does_not_win_or_may_lose_is_refused_and_told_why(
    held_back: Comparison | None,
    standing: Comparison | None,
    pinned: Comparison | None,
    place: int,
    reason: str,
) -> None:
    found = decide(held_back, standing, pinned, Margins())
    assert not found.passed
    assert reason in found.why[place]


def test_without_pinned_cases_the_other_two_decide() -> None:
    found = decide(BETTER, SAME, None, Margins())
    assert found.passed
    assert found.why[2] == "There are no pinned cases."


def test_a_wider_margin_lets_through_what_a_narrow_one_refuses() -> None:
    assert decide(BETTER, WORSE, SAME, Margins(standing=0.2)).passed


def test_a_decision_is_written_with_its_figures() -> None:
    found = decide(BETTER, SAME, None, Margins())
    told = as_json(found, candidate="c", active="a", margins=Margins())
    assert (told["passed"], told["candidate"], told["parent"]) == (True, "c", "a")
    assert told["figures"]["held-back feedback"]["difference"]["value"] == 0.5
    assert told["figures"]["held-back feedback"]["candidate"]["value"] == 1.0
    assert json.loads(json.dumps(told)) == told


def test_a_margin_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(TrainingError, match="standing margin"):
        Margins(standing=-0.1)

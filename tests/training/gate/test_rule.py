import json

import pytest

from clover_chat.errors import TrainingError
from training.evaluation.comparison import Comparison, compare
from training.evaluation.intervals import Interval
from training.evaluation.predictions import Prediction
from training.feedback.doubts import EVERYBODY, Doubts
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
        (BETTER, SAME, ONE_BROKEN, 2, "may lose more than the margin of 2.0 points"),
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


@pytest.mark.parametrize(("broken", "passes"), [(1, True), (2, False)])
def test_of_two_hundred_pinned_cases_one_may_be_lost_to_chance(broken: int, passes: bool) -> None:
    pinned = compared("+" * 200, "-" * broken + "+" * (200 - broken))
    assert decide(BETTER, SAME, pinned, Margins()).passed == passes


def doubts(low: float) -> Doubts:
    surely = Interval(low + 0.1, low, low + 0.2, 150, 150)
    return Doubts("c", {EVERYBODY: surely, "person ada on 2026-01-02": surely}, ())


def test_a_candidate_that_learnt_from_wrong_corrections_is_refused_with_the_number() -> None:
    found = decide(BETTER, SAME, SAME, Margins(), doubts(low=0.22))
    assert not found.passed
    assert found.why[3].startswith("More than 10% of what people called right is wrong by estimate")
    assert "of everybody 32.0% (22.0% to 42.0%, 150 pictures)" in found.why[3]
    assert "of person ada on 2026-01-02" in found.why[3]
    told = as_json(found, candidate="c", active="a", margins=Margins())
    assert told["wrong"]["everybody"]["value"] == 0.32


def test_a_share_that_may_lie_below_the_limit_or_a_higher_limit_lets_through() -> None:
    assert decide(BETTER, SAME, SAME, Margins(), doubts(low=0.05)).passed
    assert decide(BETTER, SAME, SAME, Margins(wrong=0.3), doubts(low=0.22)).passed
    assert decide(BETTER, SAME, SAME, Margins(), Doubts("c", {}, ())).passed


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

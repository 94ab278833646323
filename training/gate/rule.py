"""Who passes the gate: better on what people judged, and no worse anywhere else.

A candidate has to win on held-back feedback: the 95% interval of its difference to the active
bridge lies above 0. On the standing test and on pinned cases that interval must not reach below a
margin, so that a loss which only might be chance is no excuse. Intervals are paired bootstraps over
images; the same answers give the same decision.

Whoever is better on feedback may have learnt from wrong corrections, and where these are held back
too, winning on them says nothing. So the share of wrong ones that confident learning finds must not
lie above a limit: not of everybody, of no person, and of no person's day.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from clover_chat.errors import TrainingError
from training.evaluation.comparison import Comparison, Row
from training.evaluation.intervals import Interval
from training.feedback.doubts import EVERYBODY, Doubts

HELD_BACK, STANDING, PINNED = "held-back feedback", "standing test", "pinned cases"


@dataclass(frozen=True)
class Margins:
    """How much may be lost, in shares of the questions, and how much may be wrong."""

    standing: float = field(default=0.01, metadata={"help": "On the standing test."})
    pinned: float = field(default=0.02, metadata={"help": "On pinned cases."})
    wrong: float = field(default=0.1, metadata={"help": "Share of wrong corrections."})

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value < 1:
                raise TrainingError(f"The {name} margin is from 0 to below 1, not {value}.")


@dataclass(frozen=True)
class Decision:
    """What the gate says.

    Attributes:
        passed: Whether the candidate may be promoted.
        why: A sentence for each set of questions.
        figures: What was compared, by set; a set without questions is absent.
        wrong: Share of wrong corrections, by who made them; nothing where none were learnt from.
    """

    passed: bool
    why: tuple[str, ...]
    figures: dict[str, Row]
    wrong: Mapping[str, Interval] = field(default_factory=dict)


def decide(
    held_back: Comparison | None,
    standing: Comparison | None,
    pinned: Comparison | None,
    margins: Margins,
    doubts: Doubts | None = None,
) -> Decision:
    """Say whether a candidate passes.

    Args:
        held_back: The active bridge and the candidate on held-back feedback; None if there is none.
        standing: On the standing test.
        pinned: On the cases that must stay right.
        margins: How much may be lost.
        doubts: About what the candidate learnt; None if that was nothing.
    """
    compared = {HELD_BACK: held_back, STANDING: standing, PINNED: pinned}
    figures = {name: each.rows[0] for name, each in compared.items() if each is not None}
    told = [
        _wins(figures.get(HELD_BACK)),
        _keeps(STANDING, figures.get(STANDING), margins.standing, is_needed=True),
        _keeps(PINNED, figures.get(PINNED), margins.pinned, is_needed=False),
        _trusts(doubts, margins.wrong),
    ]
    return Decision(
        all(is_met for is_met, _ in told),
        tuple(why for _, why in told),
        figures,
        doubts.shares if doubts else {},
    )


def _trusts(doubts: Doubts | None, limit: float) -> tuple[bool, str]:
    if doubts is None:
        return True, "It learnt from no feedback."
    if EVERYBODY not in doubts.shares:
        return True, "Too few right answers name a label to estimate how many are wrong."
    above = doubts.above(limit)
    if not above:
        told = _estimate(doubts.shares[EVERYBODY])
        return True, (
            f"Of what people called right {told} is wrong by estimate: not surely more than "
            f"{limit:.0%}."
        )
    told = "; ".join(f"of {name} {_estimate(each)}" for name, each in above.items())
    return False, (
        f"More than {limit:.0%} of what people called right is wrong by estimate: {told}. Look at "
        "the suspected corrections in the report and withdraw what is wrong."
    )


def _estimate(share: Interval) -> str:
    ends = f"{100 * share.low:.1f}% to {100 * share.high:.1f}%"
    return f"{100 * share.value:.1f}% ({ends}, {share.images:,} pictures)"


def _wins(row: Row | None) -> tuple[bool, str]:
    if row is None:
        return False, f"There is no {HELD_BACK} to win on."
    wins = row.difference.low > 0
    return wins, f"On {HELD_BACK} it {'wins' if wins else 'does not win'}: {_span(row)}."


def _keeps(name: str, row: Row | None, margin: float, *, is_needed: bool) -> tuple[bool, str]:
    if row is None:
        return not is_needed, f"There are no {name}." if not is_needed else f"The {name} is empty."
    keeps = row.difference.low >= -margin
    word = "stays within" if keeps else "may lose more than"
    return keeps, f"On {name} it {word} the margin of {100 * margin:.1f} points: {_span(row)}."


def _span(row: Row) -> str:
    by = row.difference
    told = f"{100 * by.value:+.1f} points ({100 * by.low:+.1f} to {100 * by.high:+.1f})"
    return f"{told}, {by.rows:,} questions about {by.images:,} images"


def as_json(decision: Decision, *, candidate: str, active: str, margins: Margins) -> dict[str, Any]:
    """Return a decision as `gate.json` holds it; a promotion reads the first three.

    Args:
        decision: What the gate says.
        candidate: SHA-256 of the candidate's tensors, hexadecimal.
        active: Likewise of the active bridge.
        margins: How much might be lost.
    """
    return {
        "passed": decision.passed,
        "candidate": candidate,
        "parent": active,
        "why": list(decision.why),
        "margins": asdict(margins),
        "figures": {
            name: {
                "active": asdict(row.first),
                "candidate": asdict(row.second),
                "difference": asdict(row.difference),
            }
            for name, row in decision.figures.items()
        },
        "wrong": {name: asdict(share) for name, share in decision.wrong.items()},
    }


def summary(decision: Decision) -> str:
    """Return a decision for people."""
    verdict = "The candidate passes." if decision.passed else "The candidate is refused."
    return "\n".join([verdict, *(f"  {why}" for why in decision.why)])

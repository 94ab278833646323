"""How a season went, as a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from training.evaluation.intervals import Interval, interval
from training.evaluation.predictions import Prediction
from training.evaluation.scores import known_names, score_all


@dataclass(frozen=True)
class Standing:
    """How good the bridge at work is, on pictures that nobody has learnt from.

    Attributes:
        name: What happened before.
        corrections: How many were made.
        verdict: What the gate said.
        affected: Share of right diagnoses on affected labels.
        elsewhere: On the others.
    """

    name: str
    corrections: int
    verdict: str
    affected: Interval
    elsewhere: Interval


def standing(
    name: str,
    corrections: int,
    verdict: str,
    answers: Sequence[Prediction],
    affected: Collection[str],
) -> Standing:
    """Return how good a bridge is by its answers.

    Args:
        name: What happened before.
        corrections: How many were made.
        verdict: What the gate said.
        answers: About the diagnosis, for pictures of affected labels and others.
        affected: These labels.
    """
    scored = [(item.prediction, float(item.is_right)) for item in score_all(answers, known_names())]
    return Standing(
        name,
        corrections,
        verdict,
        interval((said.image, right) for said, right in scored if said.label in affected),
        interval((said.image, right) for said, right in scored if said.label not in affected),
    )


def table(rows: Sequence[Standing]) -> str:
    """Return the season as a Markdown table; differences are to its beginning."""
    first = rows[0]
    lines = [
        "| round | corrections | gate | affected labels | since the start | elsewhere "
        "| since the start |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (
            row.name,
            f"{row.corrections:,}" if row.corrections else "",
            row.verdict,
            _share(row.affected),
            _since(row.affected, first.affected),
            _share(row.elsewhere),
            _since(row.elsewhere, first.elsewhere),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share(figure: Interval) -> str:
    value, low, high = (100 * each for each in (figure.value, figure.low, figure.high))
    return f"{value:.1f}% ({low:.1f}% to {high:.1f}%)"


def _since(figure: Interval, first: Interval) -> str:
    return f"{100 * (figure.value - first.value):+.1f}"

"""The same bridge trained on different instructions, asked the same questions: one table."""

from collections.abc import Collection, Mapping, Sequence

from training.evaluation.comparison import compare, statement
from training.evaluation.intervals import Interval
from training.evaluation.predictions import Prediction
from training.evaluation.scores import Group, groups, score_all

SCOPES = ("all", "kind", "source")
MEASURES = ("right", "f1")
Arms = Mapping[str, Sequence[Prediction]]
"""The answers of every arm to the same questions, by its name."""


def arms_table(arms: Arms, names: Collection[str]) -> str:
    """Return what every arm reaches, over all, by kind and by source, as a Markdown table.

    Args:
        arms: At least one.
        names: What can be named; see `score_all`.
    """
    found = {arm: _by_name(groups(score_all(said, names))) for arm, said in arms.items()}
    first = next(iter(found.values()))
    lines = [
        f"| over | measure | questions | {' | '.join(found)} |",
        "|---" * (3 + len(found)) + "|",
    ]
    for key, group in first.items():
        for measure in MEASURES:
            if measure in group.figures:
                asked = f"{group.figures[measure].rows:,}"
                cells = [_percent(each[key].figures[measure]) for each in found.values()]
                lines.append(f"| {key} | {measure} | {asked} | {' | '.join(cells)} |")
    return "\n".join(lines)


def against_the_rest(arm: str, arms: Arms, names: Collection[str]) -> str:
    """Return a sentence for every other arm: is this one better, and is that chance."""
    return "\n".join(
        f"{arm} against {other}: {row.measure}. {statement(row)}"
        for other in arms
        if other != arm
        for row in compare(arms[other], arms[arm], names).rows
        if row.scope == "all"
    )


def _by_name(found: Sequence[Group]) -> dict[str, Group]:
    return {
        "all" if each.scope == "all" else f"{each.scope}: {each.name}": each
        for each in found
        if each.scope in SCOPES
    }


def _percent(figure: Interval) -> str:
    return f"{100 * figure.value:.1f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"

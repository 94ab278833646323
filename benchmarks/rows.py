"""What a benchmark says: our figure, the baseline's in the same run, the target."""

import sys
from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One line of a benchmark.

    Attributes:
        name: What was measured, with its unit.
        ours: Our figure.
        baseline: The other one's, None where the target is absolute.
        ratio: How many times better ours is, None where the target is absolute.
        target: What it should be.
        is_met: Whether it is.
    """

    name: str
    ours: float
    baseline: float | None
    ratio: float | None
    target: str
    is_met: bool


def faster(name: str, ours: float, baseline: float, target: float) -> Row:
    """Return a line on durations: ours should be at least `target` times shorter."""
    ratio = baseline / ours
    return Row(name, ours, baseline, ratio, f"at least {target:g}x", ratio >= target)


def more(name: str, ours: float, baseline: float, target: float) -> Row:
    """Return a line on rates: ours should be at least `target` times higher."""
    ratio = ours / baseline
    return Row(name, ours, baseline, ratio, f"at least {target:g}x", ratio >= target)


def at_most(name: str, ours: float, most: float) -> Row:
    """Return a line without a baseline: ours should not exceed `most`."""
    return Row(name, ours, None, None, f"at most {most:g}", ours <= most)


def show(rows: Iterable[Row]) -> bool:
    """Print each line as it comes, and return whether all targets were met."""
    verdicts = []
    for row in rows:
        baseline = "" if row.baseline is None else f" / {row.baseline:.3g} = {row.ratio:.2f}x"
        verdict = "met" if row.is_met else "MISSED"
        sys.stdout.write(f"{row.name}: {row.ours:.3g}{baseline} ({row.target}: {verdict})\n")
        sys.stdout.flush()
        verdicts.append(row.is_met)
    return all(verdicts)

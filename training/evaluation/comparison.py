"""Two bridges on the same questions: what changed, by how much, and whether that is chance.

Answers are paired by image, kind and question; images are drawn again for both at once, so the
difference is as sure as the pairs make it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from clover_chat.errors import TrainingError
from training.evaluation.intervals import Difference, Interval, interval, paired_difference
from training.evaluation.predictions import Prediction
from training.evaluation.scores import SCOPES, Scored, score_all

COMPARED = ("right", "f1")
CHANCE = "Of twenty rows without a true difference, one looks significant by chance."
Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Row:
    """One measure over some questions, of the first and the second.

    Attributes:
        scope: "all", "kind", "source" or "label".
        name: Which of them.
        measure: "right" or "f1".
        first: What the first reached.
        second: What the second reached.
        difference: Second minus first.
    """

    scope: str
    name: str
    measure: str
    first: Interval
    second: Interval
    difference: Difference


@dataclass(frozen=True)
class Change:
    """A question that the two answer differently.

    Attributes:
        first: The first's answer.
        second: The second's.
        was_right: Whether the first's is right.
        is_right: Whether the second's is.
    """

    first: Prediction
    second: Prediction
    was_right: bool
    is_right: bool

    @property
    def verdict(self) -> str:
        """What the change did: "mended", "broken" or "reworded"."""
        if self.was_right == self.is_right:
            return "reworded"
        return "mended" if self.is_right else "broken"


@dataclass(frozen=True)
class Comparison:
    """What distinguishes the second of two from the first.

    Attributes:
        rows: The figures, over all first.
        changes: The broken answers, the mended ones, then the reworded ones.
    """

    rows: tuple[Row, ...]
    changes: tuple[Change, ...]


Pairs = Sequence[tuple[Scored, Scored]]


def compare(
    first: Sequence[Prediction],
    second: Sequence[Prediction],
    names: Collection[str],
    shared_only: bool = False,
) -> Comparison:
    """Compare two sets of answers to the same questions.

    Args:
        first: The older answers, or those of a baseline.
        second: The newer ones.
        names: What can be named; see `score_all`.
        shared_only: Leave out the questions that only one of them was asked.

    Raises:
        TrainingError: They were asked different questions, or expected to say different things.
    """
    pairs = _pairs(first, second, names, shared_only)
    rows = tuple(_rows(pairs))
    order = ("broken", "mended", "reworded")
    changes = sorted(_changes(pairs), key=lambda change: order.index(change.verdict))
    return Comparison(rows, tuple(changes))


def statement(row: Row) -> str:
    """Return a sentence that says who is better and how sure that is."""
    by = row.difference
    span = f"95% interval {100 * by.low:+.1f} to {100 * by.high:+.1f}, p = {by.p:.3f}"
    if not by.is_significant:
        return f"No significant difference: {100 * by.value:+.1f} points ({span})."
    better = "better" if by.value > 0 else "worse"
    return f"Significantly {better}: {100 * by.value:+.1f} points ({span})."


def table(comparison: Comparison) -> str:
    """Return the figures as a Markdown table, with the count of changed answers below."""
    lines = [
        "| over | measure | questions | first | second | difference | significant |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in comparison.rows:
        over = "all" if row.scope == "all" else f"{row.scope}: {row.name}"
        cells = (
            over,
            row.measure,
            f"{row.difference.rows:,}",
            _percent(row.first),
            _percent(row.second),
            _percent(row.difference, sign="+"),
            "yes" if row.difference.is_significant else "no",
        )
        lines.append("| " + " | ".join(cells) + " |")
    counts = dict.fromkeys(("mended", "broken", "reworded"), 0)
    for change in comparison.changes:
        counts[change.verdict] += 1
    changed = ", ".join(f"{count:,} {each}" for each, count in counts.items())
    over_all = statement(comparison.rows[0])
    return "\n".join([*lines, "", over_all, CHANCE, f"Changed answers: {changed}."])


def _percent(figure: Interval, sign: str = "") -> str:
    low, high = 100 * figure.low, 100 * figure.high
    return f"{100 * figure.value:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


def _pairs(
    first: Sequence[Prediction],
    second: Sequence[Prediction],
    names: Collection[str],
    shared_only: bool,
) -> Pairs:
    before, after = _by_question(first), _by_question(second)
    if not shared_only:
        _check_same_questions(before, after)
    shared = [key for key in before if key in after]
    if not shared:
        raise TrainingError("The two share no question. Evaluate both on the same instructions.")
    for key in shared:
        _check_same_reference(before[key], after[key])
    ones = score_all([before[key] for key in shared], names)
    others = score_all([after[key] for key in shared], names)
    return list(zip(ones, others, strict=True))


def _check_same_questions(before: dict[Key, Prediction], after: dict[Key, Prediction]) -> None:
    lonely = [item for key, item in (before | after).items() if (key in before) != (key in after)]
    if lonely:
        example = lonely[0]
        raise TrainingError(
            f"{len(lonely):,} of {len(before | after):,} questions were asked of one only, such as "
            f"{example.question!r} ({example.kind}) about image {example.image[:12]}. Evaluate "
            "both on the same instruction file, or compare only what they share."
        )


def _check_same_reference(one: Prediction, other: Prediction) -> None:
    if one.reference != other.reference:
        raise TrainingError(
            f"The right answer to {one.question!r} about image {one.image[:12]} is "
            f"{one.reference!r} in the first and {other.reference!r} in the second. "
            "Evaluate both on the same instruction file."
        )


def _by_question(predictions: Sequence[Prediction]) -> dict[Key, Prediction]:
    """Return answers by what was asked; a question asked again about an image is numbered."""
    found: dict[Key, Prediction] = {}
    asked: dict[tuple[str, str, str], int] = {}
    for item in predictions:
        question = (item.image, item.kind, item.question)
        asked[question] = asked.get(question, 0) + 1
        found[(*question, asked[question])] = item
    return found


def _rows(pairs: Pairs) -> Iterator[Row]:
    for scope in SCOPES:
        by_name: dict[str, list[tuple[Scored, Scored]]] = {}
        for pair in pairs:
            name = "all" if scope == "all" else getattr(pair[0].prediction, scope)
            by_name.setdefault(name, []).append(pair)
        for name in sorted(by_name):
            for measure in COMPARED if name else ():
                if values := _values(by_name[name], measure):
                    yield _row(scope, name, measure, values)


def _values(pairs: Pairs, measure: str) -> list[tuple[str, float, float]]:
    return [
        (one.prediction.image, one.scores[measure], other.scores[measure])
        for one, other in pairs
        if measure in one.scores and measure in other.scores
    ]


def _row(scope: str, name: str, measure: str, values: Sequence[tuple[str, float, float]]) -> Row:
    first = interval((image, one) for image, one, _ in values)
    second = interval((image, other) for image, _, other in values)
    return Row(scope, name, measure, first, second, paired_difference(values))


def _changes(pairs: Pairs) -> Iterator[Change]:
    for one, other in pairs:
        if one.prediction.answer != other.prediction.answer:
            yield Change(one.prediction, other.prediction, one.is_right, other.is_right)

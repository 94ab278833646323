"""The figures of a report as tables: what is right, closed and open measures, comparisons."""

from collections.abc import Sequence

from training.evaluation.beside import WITHIN, Beside
from training.evaluation.comparison import CHANCE, Comparison, Row, statement
from training.evaluation.few_shot import FewShot
from training.evaluation.intervals import Interval, cost_effectiveness
from training.evaluation.report.markup import NOTHING, folded, paragraph, points, share, table, text
from training.evaluation.scores import CLOSED_MEASURES, OPEN_MEASURES, Group

HEADS = {
    "right": "Right, %",
    "strict": "Strict, %",
    "quilt": "Quilt rule, %",
    "llava_med": "LLaVA-Med rule, %",
    "llava_med_pathvqa": "LLaVA-Med, as on PathVQA, %",
    "precision": "Precision, %",
    "recall": "Recall, %",
    "f1": "F1, %",
    "exact_match": "\u201cExact match\u201d, %",
}
MILLION = 1_000_000


def right_tables(found: Sequence[Group]) -> str:
    """Return how much is right over all, by kind and by source, with the labels folded."""
    return _tables(found, ("right",))


def closed_tables(found: Sequence[Group]) -> str:
    """Return the closed questions under each paper's rule."""
    return _tables([each for each in found if "strict" in each.figures], CLOSED_MEASURES)


def open_tables(found: Sequence[Group]) -> str:
    """Return the overlap of words on open questions."""
    return _tables([each for each in found if "f1" in each.figures], OPEN_MEASURES)


def _tables(found: Sequence[Group], measures: Sequence[str]) -> str:
    if not found:
        return ""
    labels = [each for each in found if each.scope == "label"]
    others = [each for each in found if each.scope != "label"]
    by_label = _table(labels, measures) if labels else ""
    return _table(others, measures) + folded("By label", by_label)


def _table(found: Sequence[Group], measures: Sequence[str]) -> str:
    heads = ["Over", "Images", "Questions", *(HEADS[measure] for measure in measures)]
    return table(heads, [_cells(each, measures) for each in found])


def _cells(group: Group, measures: Sequence[str]) -> list[str]:
    figures = [group.figures.get(measure) for measure in measures]
    asked = max((figure.rows for figure in figures if figure), default=0)
    images = max((figure.images for figure in figures if figure), default=0)
    shown = [share(figure) + _left_out(figure, asked) for figure in figures]
    return [_over(group.scope, group.name), f"{images:,}", f"{asked:,}", *shown]


def _left_out(figure: Interval | None, asked: int) -> str:
    """Say how many questions a rule does not count at all."""
    missing = asked - figure.rows if figure else 0
    return f" <small>{missing:,} left out</small>" if missing else ""


def _over(scope: str, name: str) -> str:
    return "All" if scope == "all" else f"<small>{text(scope)}</small> {text(name)}"


def cost_table(overall: Group, trained_parameters: int) -> str:
    """Return score per trained parameter, for the measures that papers give it for."""
    heads = ["Measure", "Score, %", "Trained parameters", "Cost-effectiveness"]
    rows = [
        (
            text(HEADS[measure].removesuffix(", %")),
            share(figure),
            f"{trained_parameters / MILLION:.2f} M",
            _cost(figure.value, trained_parameters),
        )
        for measure in ("right", "strict", "recall", "f1")
        if (figure := overall.figures.get(measure))
    ]
    return table(heads, rows)


def _cost(value: float, trained_parameters: int) -> str:
    if trained_parameters <= MILLION:
        return f"{NOTHING} <small>defined above one million</small>"
    return f"<b>{cost_effectiveness(100 * value, trained_parameters):.2f}</b>"


def comparison_tables(comparison: Comparison, first: str, second: str) -> str:
    """Return two sets of answers side by side, with the labels folded.

    Args:
        comparison: Of the same questions.
        first: What to call the first.
        second: What to call the second.
    """
    labels = [row for row in comparison.rows if row.scope == "label"]
    others = [row for row in comparison.rows if row.scope != "label"]
    by_label = _compared(labels, first, second) if labels else ""
    said = statement(comparison.rows[0])
    shown = _compared(others, first, second)
    return paragraph(f"{said} {CHANCE}") + shown + folded("By label", by_label)


def _compared(rows: Sequence[Row], first: str, second: str) -> str:
    heads = ["Over", "Measure", "Questions", f"{first}, %", f"{second}, %", "Difference", ""]
    return table(heads, [_compared_cells(row) for row in rows])


def _compared_cells(row: Row) -> list[str]:
    return [
        _over(row.scope, row.name),
        text(HEADS[row.measure].removesuffix(", %")),
        f"{row.difference.rows:,}",
        share(row.first),
        share(row.second),
        points(row.difference),
        "significant" if row.difference.is_significant else "may be chance",
    ]


def beside_table(rows: Sequence[Beside]) -> str:
    """Return everybody's shares of right labels by source, and whether the probe is reached."""
    if not rows:
        return ""
    who = list(dict.fromkeys(name for row in rows for name in row.rights))
    heads = ["Source", *(f"{name}, %" for name in who), "Bridge minus probe", "Reached"]
    told = paragraph(
        f"Shares of right labels. A source is reached where the bridge is no more than "
        f"{100 * WITHIN:g} points under the linear probe on the same frozen features, the mean "
        "over the sources with several labels where it is above."
    )
    return told + table(heads, [_beside_cells(row, who) for row in rows])


def _beside_cells(row: Beside, who: Sequence[str]) -> list[str]:
    margin = NOTHING if row.margin is None else points(row.margin)
    verdict = NOTHING if row.margin is None else "yes" if row.is_within else "no"
    return [text(row.source), *(share(row.rights.get(name)) for name in who), margin, verdict]


def few_shot_table(rows: Sequence[FewShot]) -> str:
    """Return what a few examples of each label give on sets never trained on."""
    if not rows:
        return ""
    heads = [
        "Source",
        "Examples a label",
        "Labels",
        "Method",
        "Draws",
        "Images",
        "Right, %",
        "Gain",
    ]
    ordered = sorted(rows, key=lambda row: (row.source, row.shots, row.method))
    return table(heads, [_few_shot_cells(row) for row in ordered])


def _few_shot_cells(row: FewShot) -> list[str]:
    return [
        text(row.source),
        str(row.shots),
        str(row.classes),
        text(row.method),
        str(row.seeds),
        f"{row.right.images:,}",
        share(row.right),
        points(row.gain) if row.gain else NOTHING,
    ]

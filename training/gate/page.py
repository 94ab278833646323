"""The gate's report: the decision, its figures, and every answer that changed, with its picture."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from training.evaluation.comparison import Comparison
from training.evaluation.report.cases import Opener, Thumbnails, change_cards
from training.evaluation.report.markup import paragraph, points, section, share, table, text
from training.evaluation.report.page import TEMPLATE_PATH
from training.evaluation.report.tables import comparison_tables
from training.files import write_whole
from training.gate.rule import Decision

BEFORE, NOW = "active", "candidate"


def write_page(
    path: Path,
    decision: Decision,
    comparisons: Mapping[str, Comparison],
    facts: Mapping[str, str],
    open_image: Opener,
) -> None:
    """Write the report as one HTML file; an older one is replaced as a whole.

    Args:
        path: The file.
        decision: What the gate says.
        comparisons: The two bridges, by set of questions.
        facts: What was compared, by name.
        open_image: Returns a picture by its name, or None where it is not at hand.
    """
    write_whole(path, render(decision, comparisons, facts, open_image))


def render(
    decision: Decision,
    comparisons: Mapping[str, Comparison],
    facts: Mapping[str, str],
    open_image: Opener,
) -> str:
    """Return the report as HTML."""
    thumbnails = Thumbnails(open_image)
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(fact)}</dd>" for name, fact in facts.items())
    sections = [
        section("What was compared", f"<dl>{rows}</dl>"),
        section("Figures", _figures(decision)),
    ]
    for name, comparison in comparisons.items():
        told = paragraph(f"{len(comparison.changes):,} answers changed, broken ones first.")
        cards = change_cards(comparison.changes, thumbnails, most=None)
        tables = comparison_tables(comparison, BEFORE, NOW)
        sections.append(section(f"Changed answers: {name}", tables, told, cards))
    verdict = "Passed" if decision.passed else "Refused"
    summary = "".join(map(paragraph, decision.why))
    template = Template(TEMPLATE_PATH.read_text(encoding="utf-8"))
    return template.substitute(
        title=text(f"The gate: {verdict.lower()}"), summary=summary, sections="".join(sections)
    )


def _figures(decision: Decision) -> str:
    heads = ["Questions", "How many", f"{BEFORE}, %", f"{NOW}, %", "Difference"]
    rows = [
        (
            text(name),
            f"{row.difference.rows:,}",
            share(row.first),
            share(row.second),
            points(row.difference),
        )
        for name, row in decision.figures.items()
    ]
    return table(heads, rows)

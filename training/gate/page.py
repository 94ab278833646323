"""The gate's report: the decision, its figures, and every answer that changed, with its picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from training.evaluation.comparison import Comparison
from training.evaluation.report.cases import Opener, Thumbnails, answer_pair, change_cards
from training.evaluation.report.markup import paragraph, points, section, share, table, text
from training.evaluation.report.page import TEMPLATE_PATH
from training.evaluation.report.tables import comparison_tables
from training.feedback.doubts import Doubt
from training.files import write_whole
from training.gate.rule import Decision

BEFORE, NOW = "active", "candidate"


def write_page(
    path: Path,
    decision: Decision,
    comparisons: Mapping[str, Comparison],
    facts: Mapping[str, str],
    open_image: Opener,
    suspected: Sequence[Doubt] = (),
) -> None:
    """Write the report as one HTML file; an older one is replaced as a whole.

    Args:
        path: The file.
        decision: What the gate says.
        comparisons: The two bridges, by set of questions.
        facts: What was compared, by name.
        open_image: Returns a picture by its name, or None where it is not at hand.
        suspected: Corrections that are probably wrong.
    """
    write_whole(path, render(decision, comparisons, facts, open_image, suspected))


def render(
    decision: Decision,
    comparisons: Mapping[str, Comparison],
    facts: Mapping[str, str],
    open_image: Opener,
    suspected: Sequence[Doubt] = (),
) -> str:
    """Return the report as HTML."""
    thumbnails = Thumbnails(open_image)
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(fact)}</dd>" for name, fact in facts.items())
    sections = [
        section("What was compared", f"<dl>{rows}</dl>"),
        section("Figures", _figures(decision)),
        section("Wrong corrections, by estimate", _wrong(decision)),
        section("Suspected corrections", _suspects(suspected, thumbnails)),
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


def _wrong(decision: Decision) -> str:
    rows = [
        (text(name), f"{figure.images:,}", share(figure)) for name, figure in decision.wrong.items()
    ]
    return table(["Whose", "Pictures", "Wrong, %"], rows) if rows else ""


def _suspects(suspected: Sequence[Doubt], thumbnails: Thumbnails) -> str:
    if not suspected:
        return ""
    told = paragraph(
        "Read without what was said of them, these pictures look like something else. Look at "
        "each; whoever said it can withdraw or change it in the chat, and export again."
    )
    return told + "".join(_suspect(each, thumbnails) for each in suspected)


def _suspect(doubt: Doubt, thumbnails: Thumbnails) -> str:
    looks = f"{doubt.likelier} ({doubt.of_likelier:.0%}; {doubt.said}: {doubt.of_said:.0%})"
    voices = "".join(
        f'<li class="wrong"><p><small>person {text(each.person[:12])} {text(each.judged_on)}'
        f"</small> {text(each.question)}</p>{answer_pair('Said', each.answer)}"
        f"{answer_pair('Looks like', looks)}</li>"
        for each in doubt.voices
    )
    head = f"<h3>{text(doubt.said)}</h3><p><code>{text(doubt.image[:12])}</code></p>"
    return f"<article>{thumbnails.html(doubt.image)}<div>{head}<ol>{voices}</ol></div></article>"

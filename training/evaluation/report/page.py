"""The whole report: one HTML file that asks no other host for anything.

The same predictions and pictures give the same bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from clover_chat.types import Reading
from training.evaluation.beside import Beside, beside
from training.evaluation.comparison import compare
from training.evaluation.contradictions import read_against_cards
from training.evaluation.cutbacks import cut_backs
from training.evaluation.few_shot import FewShot
from training.evaluation.predictions import Prediction
from training.evaluation.report.cards import card_tables
from training.evaluation.report.cases import (
    SAMPLED,
    WORST,
    Opener,
    Thumbnails,
    change_cards,
    sampled_cards,
    worst_cards,
)
from training.evaluation.report.markup import folded, paragraph, section, share, table, text
from training.evaluation.report.reliability import bins, calibration_error, diagram
from training.evaluation.report.tables import (
    beside_table,
    closed_tables,
    comparison_tables,
    cost_table,
    few_shot_table,
    open_tables,
    right_tables,
)
from training.evaluation.scores import Group, Scored, groups, score_all
from training.files import write_whole

TEMPLATE_PATH = Path(__file__).with_name("page.html")
HOW = (
    (
        "Right",
        "read strictly: the first word of a yes-or-no answer; the names in the reference and no "
        "other known one, where it names the label or the organ or stain asked for; else the same "
        "words in the same order.",
    ),
    ("Strict", "closed questions: the answer's first word is the right one of yes and no."),
    (
        "Quilt rule",
        "closed questions: \u201cno\u201d if the words no or not occur, else \u201cyes\u201d.",
    ),
    (
        "LLaVA-Med rule",
        "closed questions: the right word occurs anywhere, inside another word "
        "too. As on PathVQA: the same, but wrong answers that say yes or no are left out.",
    ),
    (
        "Precision, recall, F1",
        "open questions: words that answer and reference share, the mean "
        "over questions. Recall is the \u201copen\u201d score of the PathVQA tables.",
    ),
    (
        "\u201cExact match\u201d",
        "open questions: reference words found over the number of words "
        "said; the papers' name for it.",
    ),
    ("Intervals", "95%, from 2,000 draws of the images with replacement."),
    ("Cost-effectiveness", "a score in percent over log10 of the trained parameters in millions."),
)


@dataclass(frozen=True)
class Report:
    """What a report tells.

    Attributes:
        title: Its heading.
        facts: What was measured, such as preset, bridge, data and their hashes, by name.
        predictions: The answers of the bridge.
        names: What can be named; see `score_all`.
        trained_parameters: Of the bridge.
        baselines: The answers of each baseline; named by their `bridge`.
        few_shot: Figures on sets never trained on.
        previous: The answers of an older bridge to the same questions; empty if there is none.
        readings: What the bridge reads in pictures, by the name that predictions give them; empty
            where it does not read.
    """

    title: str
    facts: Mapping[str, str]
    predictions: Sequence[Prediction]
    names: Collection[str]
    trained_parameters: int
    baselines: Sequence[Sequence[Prediction]] = ()
    few_shot: Sequence[FewShot] = ()
    previous: Sequence[Prediction] = field(default_factory=tuple)
    readings: Mapping[str, Reading] = field(default_factory=dict)


def write_report(path: Path, report: Report, open_image: Opener) -> None:
    """Write a report as one HTML file; an older one is replaced as a whole.

    Args:
        path: The file.
        report: What to tell.
        open_image: Returns a picture by its hash, or None where it is not at hand.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render(report, open_image))


def render(report: Report, open_image: Opener) -> str:
    """Return a report as HTML."""
    scored = score_all(report.predictions, report.names)
    found, thumbnails = groups(scored), Thumbnails(open_image)
    sections = (
        section("What was measured", _facts(report.facts)),
        section("Beside the baselines", beside_table(_beside(report))),
        section("Right answers", right_tables(found)),
        section("Closed questions, by every paper's rule", closed_tables(found)),
        section("Open questions", open_tables(found)),
        section("Cost-effectiveness", cost_table(found[0], report.trained_parameters)),
        section(
            "Read against the knowledge cards", card_tables(read_against_cards(report.predictions))
        ),
        _cut_back(report),
        *_baselines(report),
        section("A few examples of each label", few_shot_table(report.few_shot)),
        section("Confidence", *_reliability(report, scored)),
        _previous(report, thumbnails),
        _worst(scored, thumbnails),
        _sampled(scored, thumbnails),
        section("How it was counted", _how()),
    )
    template = Template(TEMPLATE_PATH.read_text(encoding="utf-8"))
    return template.substitute(
        title=text(report.title), summary=_summary(found[0], scored), sections="".join(sections)
    )


def _summary(overall: Group, scored: Sequence[Scored]) -> str:
    sources = len({item.prediction.source for item in scored})
    told = (
        f"{overall.questions:,} questions about {overall.images:,} images from {sources} "
        f"{'source' if sources == 1 else 'sources'}."
    )
    names = {"right": "Right, %", "strict": "Yes or no, strictly, %", "f1": "Open questions, F1, %"}
    tiles = "".join(
        f"<li><span>{text(name)}</span>{share(overall.figures[measure])}</li>"
        for measure, name in names.items()
        if measure in overall.figures
    )
    return f'{paragraph(told)}<ul class="tiles">{tiles}</ul>'


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(fact)}</dd>" for name, fact in facts.items())
    return f"<dl>{rows}</dl>" if rows else ""


def _beside(report: Report) -> list[Beside]:
    return beside(report.predictions, report.baselines, report.names) if report.baselines else []


def _baselines(report: Report) -> list[str]:
    """Return a section for each baseline, on the questions it answers."""
    return [
        section(
            f"Beside: {answers[0].bridge}",
            comparison_tables(
                compare(answers, report.predictions, report.names, shared_only=True),
                answers[0].bridge,
                "bridge",
            ),
        )
        for answers in report.baselines
        if answers
    ]


def _reliability(report: Report, scored: Sequence[Scored]) -> list[str]:
    """Return a diagram for everybody who stated confidences."""
    closed = [item for item in scored if "strict" in item.scores]
    named = [item for item in scored if "strict" not in item.scores]
    sets = [("bridge, yes or no", closed), ("bridge, other answers", named)]
    sets += [
        (answers[0].bridge, score_all(answers, report.names))
        for answers in report.baselines
        if answers
    ]
    return [
        f"<figure>{diagram(found)}<figcaption>{text(name)}: expected calibration error "
        f"{100 * calibration_error(found):.1f} points</figcaption></figure>"
        for name, each in sets
        if (found := bins(each))
    ]


def _cut_back(report: Report) -> str:
    """Return how often the check after writing cuts answers back, and each answer that it does."""
    if not report.readings:
        return ""
    found = cut_backs(report.predictions, report.readings)
    rows = [
        (text(each.prediction.file), text(each.prediction.answer), text(each.checked.text))
        for each in found.cut[:WORST]
    ]
    return section(
        "Cut back by the check",
        paragraph(found.line),
        table(["Picture", "Written", "Shown"], rows) if rows else "",
    )


def _previous(report: Report, thumbnails: Thumbnails) -> str:
    if not report.previous:
        return ""
    found = compare(report.previous, report.predictions, report.names)
    cards = change_cards(found.changes, thumbnails)
    shown = min(WORST, len(found.changes))
    return section(
        "Beside: the bridge before",
        comparison_tables(found, "before", "now"),
        folded(f"Changed answers, {shown} of {len(found.changes):,}, broken ones first", cards),
    )


def _sampled(scored: Sequence[Scored], thumbnails: Thumbnails) -> str:
    told = f"Up to {SAMPLED} images of each source, picked by their hashes, not by the answers."
    return section("Pictures and answers", paragraph(told), sampled_cards(scored, thumbnails))


def _worst(scored: Sequence[Scored], thumbnails: Thumbnails) -> str:
    cards = worst_cards(scored, thumbnails)
    if not cards:
        return section("Wrong answers", paragraph("There are none."))
    told = f"The {WORST} images with the most wrong answers; right answers follow the wrong ones."
    return section("Wrong answers", paragraph(told), cards)


def _how() -> str:
    rows = [(text(name), text(meaning)) for name, meaning in HOW]
    return table(["Measure", "Meaning"], rows)

"""Answers read against the knowledge cards: how many contradict theirs, and which."""

from collections.abc import Sequence

from training.evaluation.contradictions import Read, by_scope, share
from training.evaluation.report.markup import folded, paragraph, table, text
from training.evaluation.report.markup import share as percent

SHOWN = 100


def card_tables(read: Sequence[Read]) -> str:
    """Return the share of answers that contradict the card of the true label, with the cases."""
    if not read:
        return ""
    rows = [(text(name), f"{len(mine):,}", percent(share(mine))) for name, mine in by_scope(read)]
    told = paragraph(
        "An answer contradicts its card if it names another label, nature, organ or stain, affirms "
        "what the card rules out, or states what only another label's card says."
    )
    found = [item for item in read if item.contradictions]
    title = f"Answers that contradict their card, {min(SHOWN, len(found))} of {len(found):,}"
    heads = ["Picture", "Asked", "Said", "Contradicts"]
    cases = table(heads, map(_cells, found[:SHOWN])) if found else ""
    return told + table(["Over", "Answers", "Contradict, %"], rows) + folded(title, cases)


def _cells(item: Read) -> tuple[str, str, str, str]:
    about = item.prediction
    told = "; ".join(f"{each.kind}: {each.said} ({each.because})" for each in item.contradictions)
    picture = f"{text(about.label)} <small>{text(about.file or about.image[:12])}</small>"
    return picture, text(about.question), text(about.answer), text(told)

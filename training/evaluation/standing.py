"""The standing test: the same questions about labelled pictures for every bridge there will be.

Every picture is asked for its organ, its stain and its label, and twice yes or no about a label:
once about the right one, once about a wrong one, so that always saying the same scores 50%. Last
it is to be described.
"""

import random
from collections.abc import Sequence

from clover_chat.knowledge.cards import card
from training.evaluation.intervals import interval
from training.evaluation.scores import Scored
from training.instructions.factory import as_record
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.instructions.statements import answer
from training.instructions.templates import QUESTIONS, YES_NO, Truths

KINDS = {"organ": "organ", "stain": "stain", "label": "exact label", "yes_no_label": "yes/no"}
"""Kinds of question, and how the table calls them."""


def standing_test(
    specimens: Sequence[Specimen], split: str, per_source: int | None = None
) -> list[Record]:
    """Return the questions about the pictures of a split, the same ones each time.

    Args:
        specimens: Of every split, because what may be asked wrongly is drawn from all of them.
        split: Which pictures are asked about.
        per_source: At most so many of each source.
    """
    truths = Truths.of(specimens)
    rng = random.Random(0)  # noqa: S311 - not a secret
    provenance = Provenance(Method.TEMPLATE, "standing test", digest([QUESTIONS, YES_NO]))
    return [
        as_record((specimen,), (turn,), provenance)
        for specimen in chosen(specimens, split, per_source)
        for turn in _turns(specimen, truths, rng)
    ]


def _turns(specimen: Specimen, truths: Truths, rng: random.Random) -> list[RecordTurn]:
    known = card(specimen.label)
    wrong = card(truths.other_label(specimen, rng))
    patterns = YES_NO["label"]
    is_it, is_it_not = rng.choice(patterns), rng.choice(patterns)
    asked = [
        ("organ", rng.choice(QUESTIONS["organ"]), f"The sample is from the {specimen.organ}."),
        ("stain", rng.choice(QUESTIONS["stain"]), f"The stain is {specimen.stain}."),
        ("label", rng.choice(QUESTIONS["label"]), f"This is {known.phrase}."),
        ("yes_no_label", is_it.format(phrase=known.phrase), f"Yes, this is {known.phrase}."),
        ("yes_no_label", is_it_not.format(phrase=wrong.phrase), f"No, this is {known.phrase}."),
    ]
    order = random.Random(specimen.image.sha256)  # noqa: S311 - not a secret
    describe = order.choice(QUESTIONS["describe"])
    return [
        *(RecordTurn(*each) for each in asked),
        RecordTurn("describe", describe, answer(specimen, "describe", describe)),
    ]


def chosen(specimens: Sequence[Specimen], split: str, per_source: int | None) -> list[Specimen]:
    """Return up to so many pictures of each source that belong to a split, the same each time."""
    rng = random.Random(0)  # noqa: S311 - not a secret
    drawn: list[Specimen] = []
    for source in sorted({each.source for each in specimens}):
        mine = [each for each in specimens if each.source == source and each.split == split]
        if per_source is not None and len(mine) > per_source:
            mine = rng.sample(mine, per_source)
        drawn += mine
    return drawn


def standing_table(scored: Sequence[Scored]) -> str:
    """Return the shares of right answers as a Markdown table, a row a source."""
    lines = [f"| source | pictures | {' | '.join(KINDS.values())} |", "|---" * 6 + "|"]
    for source in [*sorted({item.prediction.source for item in scored}), "all"]:
        mine = [item for item in scored if source in (item.prediction.source, "all")]
        pictures = len({item.prediction.image for item in mine})
        cells = [_cell([item for item in mine if item.prediction.kind == kind]) for kind in KINDS]
        lines.append(f"| {source} | {pictures} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(scored: Sequence[Scored]) -> str:
    right = interval([(item.prediction.image, item.scores["right"]) for item in scored])
    return f"{right.value:.1%} ({right.low:.1%} to {right.high:.1%})"

"""What a bridge may say after a round: its parent's answers, and those that the judged ones add.

A label of which the bridge could say nothing can, once somebody named it, be asked everything that
any label can. The words of a correction become an answer of their own where they name a label.
Others are learnt as words only: held to whole answers, the language model does not say them, for
nobody knows which pictures they are true of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from training.feedback.judged import Feedback
from training.feedback.rows import KIND
from training.feedback.specimens import LICENCE
from training.feedback.told import told
from training.forms import forms_with
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.reading import train_sample

REPLAY = TemplateRecipe(phrasings=2, dialogues=0, comparisons=0)
EVERY_PHRASING = TemplateRecipe(phrasings=1000, yes_no=4, dialogues=0, comparisons=0)
CONTRASTS = 2
"""Replayed pictures of each label among which wrong answers are found."""


def judged_records(
    judged: Sequence[Specimen], replayed: Sequence[Specimen], recipe: TemplateRecipe = REPLAY
) -> list[Record]:
    """Return instructions about judged pictures whose label is known, and a few replayed ones."""
    labelled = [
        replace(each, split="train") for each in judged if each.label and each.organ and each.stain
    ]
    few = train_sample([each for each in replayed if each.split == "train"], CONTRASTS)
    return list(template_records([*labelled, *few], recipe)) if labelled else []


def forms_after(
    known: Mapping[str, tuple[str, ...]],
    feedback: Feedback,
    judged: Sequence[Specimen],
    replayed: Sequence[Specimen],
) -> dict[str, tuple[str, ...]]:
    """Return the answers of a bridge with those that feedback adds; none stay none.

    Args:
        known: The parent's; a parent without any writes freely, and so does its child.
        feedback: Where corrections are taken from.
        judged: Its pictures with what is told of them.
        replayed: Other pictures with their labels.
    """
    if not known:
        return {}
    sayable = {label for labels in known.values() for label in labels}
    new = [each for each in judged if each.label not in sayable]
    composed = judged_records(new, replayed, EVERY_PHRASING)
    labels = {each.image.sha256: each.label for each in judged if each.label}
    own = _corrections(known, feedback, labels)
    new_labels = {each.label for each in new}
    return forms_with(known, [*(r for r in composed if r.label in new_labels), *own])


def _corrections(
    known: Mapping[str, tuple[str, ...]], feedback: Feedback, labels: Mapping[str, str]
) -> Iterator[Record]:
    for lesson in feedback.lessons:
        picture, question = lesson.exchange.picture, lesson.exchange.question
        label = told(lesson.answer, question, known).label
        is_own = picture is not None and labels.get(picture.sha256) == label
        if picture is not None and label and is_own and lesson.answer not in known:
            yield Record(
                images=(picture,),
                turns=(RecordTurn(KIND, question, lesson.answer),),
                source=KIND,
                licence=LICENCE,
                provenance=Provenance(Method.PUBLISHED, KIND, digest(lesson.answer)),
                split="train",
                label=label,
            )

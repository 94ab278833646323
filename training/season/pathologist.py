"""A scripted pathologist, who knows every label and says so; or who is wrong a part of the time."""

import random
from collections.abc import Callable, Sequence

from PIL import Image

from clover_chat.knowledge.cards import card, overlap
from training.evaluation.predictions import Prediction
from training.evaluation.scores import known_names, score_all
from training.instructions.records import ImageRef, Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.season.exports import Judgment

QUESTION = "What is the diagnosis?"


def asked_about(specimens: Sequence[Specimen]) -> list[Record]:
    """Return the question for the diagnosis of each picture, with the right answer."""
    provenance = Provenance(Method.TEMPLATE, "season", digest(QUESTION))
    return [
        Record(
            images=(each.image,),
            turns=(RecordTurn("label", QUESTION, _said(each.label)),),
            source=each.source,
            licence=each.licence,
            provenance=provenance,
            split=each.split,
            label=each.label,
            organ=each.organ,
            stain=each.stain,
        )
        for each in specimens
    ]


def judge(
    specimens: Sequence[Specimen],
    answers: Sequence[Prediction],
    open_picture: Callable[[ImageRef], Image.Image],
    version: str,
    *,
    most_corrections: int,
    day: str,
    wrong_share: float = 0.0,
    rng: random.Random,
) -> list[Judgment]:
    """Return what the pathologist thinks of the answers: a thumb up, or the right answer.

    Args:
        specimens: The pictures, with their true labels.
        answers: What a bridge said about each.
        open_picture: Returns a picture, RGB.
        version: Of the bridge.
        most_corrections: After so many nothing more is corrected.
        day: On which it happens.
        wrong_share: Share of the answers for which the pathologist insists on a wrong label.
        rng: Decides which, and what on.
    """
    scored = score_all(answers, known_names())
    wrong = set(rng.sample(range(len(specimens)), round(wrong_share * len(specimens))))
    judgments: list[Judgment] = []
    corrections = 0
    for place, (specimen, item) in enumerate(zip(specimens, scored, strict=True)):
        is_fooled = place in wrong
        correction = ""
        if is_fooled:
            correction = _said(_other(specimen, specimens, rng))
        elif not item.is_right:
            correction = _said(specimen.label)
        if correction and corrections == most_corrections:
            continue
        corrections += bool(correction)
        said = item.prediction
        judgments.append(
            Judgment(
                open_picture(specimen.image),
                said.question,
                said.answer,
                correction if correction != said.answer else "",
                version,
                said.bridge,
                day,
            )
        )
    return judgments


def _said(label: str) -> str:
    return f"This is {card(label).phrase}."


def _other(specimen: Specimen, specimens: Sequence[Specimen], rng: random.Random) -> str:
    """Return a wrong label, of the same source where there is one."""
    wrong = [each for each in specimens if not overlap(each.label, specimen.label)]
    near = [each for each in wrong if each.source == specimen.source]
    return rng.choice(sorted({each.label for each in near or wrong}))

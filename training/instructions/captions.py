"""Descriptions of a specimen from the knowledge card of its label, each time in other words."""

import random

from clover_chat.knowledge.cards import Card, card
from training.instructions.specimens import Specimen
from training.instructions.statements import sentence

SHORTEST, LONGEST = 15, 45
"""Words of a description."""

CAPTIONS = (
    "{findings} This is {phrase}.",
    "{findings} The picture is that of {phrase}.",
    "{Phrase}, {stain}. {findings}",
    "{Phrase}. {findings}",
    "This image, stained with {stain}, shows {phrase}. {findings}",
    "The image shows {phrase}. {findings}",
)
CAPTIONS_WITH_SPECIMEN = (
    "{Specimen}, {stain}: {phrase}. {findings}",
    "{Specimen}, stained with {stain}. {findings} The findings are those of {phrase}.",
    "{Specimen} with {phrase}. {findings}",
)


def caption(specimen: Specimen, rng: random.Random) -> str:
    """Return a description of a specimen of `SHORTEST` to `LONGEST` words."""
    known = card(specimen.label)
    forms = CAPTIONS if _is_redundant(known) else CAPTIONS + CAPTIONS_WITH_SPECIMEN
    names = {
        "phrase": known.phrase,
        "Phrase": sentence(known.phrase),
        "Specimen": sentence(known.specimen),
        "stain": specimen.stain,
    }
    form = rng.choice(forms)
    fixed = _count(form.format(findings="", **names))
    return form.format(findings=_findings(known, SHORTEST - fixed, LONGEST - fixed, rng), **names)


def _findings(known: Card, at_least: int, at_most: int, rng: random.Random) -> str:
    """Return some of what a card says is seen, in its order, with a number of words in bounds."""
    order = list(range(len(known.seen)))
    rng.shuffle(order)
    wanted, taken, words = rng.randint(1, 3), list[int](), 0
    for position in order:
        more = _count(known.seen[position])
        if (len(taken) < wanted or words < at_least) and words + more <= at_most:
            taken.append(position)
            words += more
    told = [known.seen[position] for position in sorted(taken)]
    if known.not_seen and rng.random() < 0.25:
        absent = rng.choice(known.not_seen)
        told += [absent] if words + _count(absent) <= at_most else []
    return " ".join(told)


def _is_redundant(known: Card) -> bool:
    """Tell whether the label says already what the specimen is."""
    words = {word for word in known.specimen.lower().split() if len(word) > 3}
    return bool(words & set(known.phrase.lower().split()))


def _count(text: str) -> int:
    return len(text.split())

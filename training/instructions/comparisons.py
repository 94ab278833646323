"""Questions about two pictures in one turn: are they the same, how do they differ, which is it?"""

import random
from collections.abc import Iterator

from clover_chat.knowledge.cards import card
from training.instructions.negatives import Negatives
from training.instructions.phrasings import TWO
from training.instructions.records import RecordTurn
from training.instructions.specimens import Specimen
from training.instructions.wording import sentence

BOTH = (0, 1)
_NAMES = ("first", "second")
Pair = tuple[Specimen, Specimen]


def comparisons(
    specimen: Specimen, negatives: Negatives, count: int, rng: random.Random
) -> Iterator[tuple[Pair, RecordTurn]]:
    """Yield questions about a specimen beside another, half of them beside one of its own label."""
    for _ in range(count):
        is_same = rng.random() < 0.5
        if is_same:
            other = negatives.like(specimen, rng)
        else:
            other = negatives.without(specimen.label, specimen, rng)
        if other is None:
            continue
        pair = (specimen, other) if rng.random() < 0.5 else (other, specimen)
        yield pair, _same_turn(pair, rng) if is_same else _different_turn(pair, rng)


def _same_turn(pair: Pair, rng: random.Random) -> RecordTurn:
    text = f"Yes, both show {card(pair[0].label).phrase}."
    return RecordTurn("compare", rng.choice(TWO["compare"]), text, BOTH)


def _different_turn(pair: Pair, rng: random.Random) -> RecordTurn:
    kinds = ["compare", "compare", "difference", "which"]
    natures = {card(each.label).nature for each in pair}
    if natures == {"malignant", "benign"}:
        kinds.append("which_malignant")
    kind = rng.choice(kinds)
    first, second = (card(each.label) for each in pair)
    told = f"the first shows {first.phrase}, the second {second.phrase}"
    if kind == "compare":
        return RecordTurn(kind, rng.choice(TWO[kind]), f"No, {told}.", BOTH)
    if kind == "difference":
        return RecordTurn(kind, rng.choice(TWO[kind]), f"{sentence(told)}.", BOTH)
    place = rng.randrange(2)
    if kind == "which_malignant":
        place = (first.nature, second.nature).index("malignant")
    wanted = (first, second)[place]
    question = rng.choice(TWO[kind]).format(phrase=wanted.phrase)
    return RecordTurn(kind, question, f"The {_NAMES[place]}: it shows {wanted.phrase}.", BOTH)

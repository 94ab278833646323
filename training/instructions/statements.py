"""What is true of a specimen, as answers: one form for each kind, so that they are learnt well."""

import random

from clover_chat.knowledge.card_answers import SAME_ORGAN
from clover_chat.knowledge.cards import card
from training.instructions.captions import caption, features
from training.instructions.phrasings import CELLS, NOT_ASKED_BELOW
from training.instructions.specimens import Specimen
from training.instructions.wording import sentence_for

EXACT_UP_TO = 10
ROUND_TO = 5
"""More cells than `EXACT_UP_TO` are given as "about" so many, in steps of `ROUND_TO`."""

_SAME = (
    *SAME_ORGAN,
    frozenset(
        {
            "Giemsa (thin smear)",
            "Giemsa/Wright",
            "May-Gruenwald-Giemsa",
            "May-Gruenwald-Giemsa (Pappenheim)",
        }
    ),
)
"""Names of different sets for nearly the same organ or stain: never denied of each other."""


def nearly_same(one: str, other: str) -> bool:
    """Tell whether two names of organs or stains may stand for the same."""
    return one == other or any(one in names and other in names for names in _SAME)


def open_kinds(specimen: Specimen) -> list[str]:
    """Return the kinds of open question a specimen can answer."""
    kinds = ["describe", "organ", "stain", "label", "features", "absent"]
    if card(specimen.label).nature:
        kinds.append("nature")
    if specimen.magnification:
        kinds.append("magnification")
    if counted(specimen):
        kinds.append("count")
    return kinds


def counted(specimen: Specimen) -> list[str]:
    """Return the kinds of cell whose number is known of a specimen."""
    if not specimen.counts:
        return []
    return [name for name in CELLS if specimen.counts.get(name, 0) >= NOT_ASKED_BELOW.get(name, 0)]


def answer(specimen: Specimen, kind: str, question: str) -> str:
    """Return what is true of a specimen, for the open kinds except "count"."""
    known = card(specimen.label)
    return {
        "describe": caption(specimen, question),
        "organ": f"The sample is from the {specimen.organ}.",
        "stain": f"The stain is {specimen.stain}.",
        "label": f"This is {known.phrase}.",
        "features": features(known, question),
        "nature": f"It is {known.nature}: {known.phrase}.",
        "magnification": f"The magnification is {specimen.magnification}.",
        "absent": sentence_for(known.not_seen, known.key, question),
    }[kind]


def amount(specimen: Specimen, name: str) -> str:
    """Return how many cells of a kind there are: "1 platelet", "about 14 red blood cells"."""
    count = specimen.counts.get(name, 0)
    singular, plural = CELLS[name]
    if count > EXACT_UP_TO:
        return f"about {ROUND_TO * round(count / ROUND_TO)} {plural}"
    return f"{count or 'no'} {singular if count == 1 else plural}"


def counting_answer(specimen: Specimen, name: str) -> str:
    """Return how many cells of a kind there are, as a sentence."""
    verb = "is" if specimen.counts.get(name, 0) == 1 else "are"
    return f"There {verb} {amount(specimen, name)}."


def limit_for(count: int, is_more: bool, rng: random.Random) -> int:
    """Return a number that a count of three or more is above, or is not above."""
    step = rng.randint(1, max(2, count // 3))
    return max(1, count - step) if is_more else count + step


def verdict_sentence(is_true: bool, reason: str) -> str:
    """Return "Yes" or "No" with the reason."""
    return f"{'Yes' if is_true else 'No'}, {reason}."

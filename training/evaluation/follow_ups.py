"""Conversations as people have them about a picture: what is this, why, what else, how sure.

Scripted from labels and knowledge cards about pictures nobody trained on, the same ones each time,
so that any bridge can be asked them.
"""

import random
from collections.abc import Sequence

from clover_chat.knowledge.cards import Card, card
from training.instructions.dialogues import FOLLOW_UPS
from training.instructions.factory import as_record
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.instructions.statements import answer
from training.instructions.templates import QUESTIONS
from training.instructions.wording import sentence

PER_SOURCE = 20
TYPICAL = (
    "Is that typical?",
    "Is this a typical case?",
    "Would you call that typical?",
)
SCRIPTS = (
    ("label", "why", "differential", "certainty"),
    ("describe", "label", "certainty"),
    ("organ", "label", "why", "typical"),
    ("label", "typical", "differential"),
    ("describe", "why", "absent"),
    ("label", "certainty", "why", "differential", "typical"),
)
"""The order in which a person asks; every source goes through all of them."""

_WHY = ("Why?", "Why do you think so?", "What makes you say that?", "Which features support this?")


def follow_up_dialogues(
    specimens: Sequence[Specimen], split: str = "test", per_source: int = PER_SOURCE, seed: int = 0
) -> list[Record]:
    """Return scripted conversations about pictures of a split, so many for each source.

    A source with fewer pictures is gone through again, with other words.

    Args:
        specimens: Pictures with cards.
        split: Which of them are asked about.
        per_source: Conversations about each source.
        seed: Of pictures and phrasings.
    """
    everything = [SCRIPTS, TYPICAL, _WHY, FOLLOW_UPS, QUESTIONS, seed]
    provenance = Provenance(Method.CARD, "scripted follow-up dialogues", digest(everything))
    records: list[Record] = []
    for source in sorted({each.source for each in specimens if each.split == split}):
        rng = random.Random(f"{seed}/{source}")  # noqa: S311 - not a secret
        mine = [each for each in specimens if (each.source, each.split) == (source, split)]
        mine.sort(key=lambda each: (each.image.path, each.image.crop or ()))
        rng.shuffle(mine)
        for number in range(per_source):
            specimen, script = mine[number % len(mine)], SCRIPTS[number % len(SCRIPTS)]
            turns = [_turn(kind, specimen, rng) for kind in script]
            records.append(as_record((specimen,), [turn for turn in turns if turn], provenance))
    return records


def _turn(kind: str, specimen: Specimen, rng: random.Random) -> RecordTurn | None:
    """Return a question with its answer, or None where the card has none."""
    known = card(specimen.label)
    question = rng.choice(_phrasings(kind))
    if kind in ("label", "organ", "describe"):
        return RecordTurn(kind, question, answer(specimen, kind, question))
    told = {
        "why": " ".join(known.seen[:2]),
        "absent": " ".join(known.not_seen[:2]),
        "certainty": known.sure,
        "typical": f"Yes. {known.sure}",
    }.get(kind) or _what_else(known)
    return RecordTurn("features" if kind == "why" else kind, question, told) if told else None


def _phrasings(kind: str) -> tuple[str, ...]:
    named = {"why": _WHY, "typical": TYPICAL}
    return named.get(kind) or FOLLOW_UPS.get(kind) or QUESTIONS[kind]


def _what_else(known: Card) -> str:
    """Return what the first neighbor is that a person would think of, and what sets it apart."""
    for other, difference in known.tells_apart.items():
        if card(other).is_differential:
            return f"{sentence(card(other).phrase)} comes into question. {difference}"
    return ""

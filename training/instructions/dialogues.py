"""Conversations about a specimen from its knowledge card: what is it, why, what else, how sure."""

import random

from clover_chat.knowledge.card_answers import differential
from clover_chat.knowledge.cards import Card, card
from training.instructions.captions import caption, features
from training.instructions.phrasings import OPEN
from training.instructions.records import RecordTurn
from training.instructions.specimens import Specimen
from training.instructions.statements import nearly_same
from training.instructions.templates import QUESTIONS
from training.instructions.wording import sentence_for

FOLLOW_UPS: dict[str, tuple[str, ...]] = {
    "features": QUESTIONS["features"],
    "differential": (
        "What else could it be?",
        "What is the differential diagnosis?",
        "What else comes into question?",
        "With what could it be confused?",
    ),
    "tell_apart": (
        "How do you tell it from {phrase}?",
        "What distinguishes it from {phrase}?",
        "Why is it not {phrase}?",
        "How would {phrase} look?",
    ),
    "absent": OPEN["absent"],
    "variation": (
        "What else may be seen in such a case?",
        "Which findings vary?",
        "What may others of this kind show?",
    ),
    "power": (
        "At which power is this judged?",
        "What magnification do you need for that?",
        "Which power shows this best?",
    ),
    "knowledge": (),
    "certainty": (
        "How sure are you?",
        "How certain is that?",
        "How confident can one be?",
        "What are the limits of this image?",
    ),
}
OF_OTHERS = frozenset({"differential", "tell_apart"})
"""Kinds of question about what else a picture could be: its neighbors are named."""

ARCS = (
    ("features", "differential", "certainty"),
    ("features", "tell_apart", "certainty"),
    ("features", "tell_apart"),
    ("features", "certainty"),
    ("differential", "tell_apart", "certainty"),
    ("features", "absent", "tell_apart"),
    ("absent", "differential"),
    ("features", "variation", "certainty"),
    ("tell_apart", "power"),
    ("features", "knowledge"),
    ("knowledge", "certainty"),
    ("features",),
)
"""What a conversation goes on with after it was said what the picture shows."""

_SENTENCES = {"features": "seen", "absent": "not_seen", "variation": "may_show"}
"""Which sentences of a card answer a question."""


def dialogue(specimen: Specimen, rng: random.Random) -> list[RecordTurn]:
    """Return a conversation of two to four turns."""
    known = card(specimen.label)
    if rng.random() < 0.3:
        question = rng.choice(QUESTIONS["describe"])
        first = RecordTurn("caption", question, caption(specimen, question))
    else:
        first = RecordTurn("label", rng.choice(_naming(known)), f"This is {known.phrase}.")
    turns = [first]
    for kind in rng.choice(ARCS):
        turns += follow_up(known, kind, rng)
    return turns if len(turns) > 1 else [first, *follow_up(known, "certainty", rng)]


def follow_up(known: Card, kind: str, rng: random.Random) -> list[RecordTurn]:
    """Return a question of a kind with its answer, or nothing if the card has no answer to it."""
    question, text = _asked(known, kind, rng)
    return [RecordTurn(kind, question, text)] if text else []


def _asked(known: Card, kind: str, rng: random.Random) -> tuple[str, str]:
    if kind == "knowledge":
        asked = rng.choice(known.questions) if known.questions else None
        return (asked.question, asked.answer) if asked else ("", "")
    question = rng.choice(FOLLOW_UPS[kind])
    if kind in _SENTENCES:
        return question, answer(known, kind, question)
    if kind == "differential":
        return question, differential(known)
    if kind == "tell_apart":
        if not known.tells_apart:
            return question, ""
        other = rng.choice(sorted(known.tells_apart))
        return question.format(phrase=card(other).phrase), known.tells_apart[other]
    return question, known.power if kind == "power" else known.sure


def answer(known: Card, kind: str, question: str) -> str:
    """Return the sentence of a card that a question of a kind in `_SENTENCES` is answered by."""
    if kind == "features":
        return features(known, question)
    return sentence_for(getattr(known, _SENTENCES[kind]), known.key, question)


def _naming(known: Card) -> list[str]:
    """Return the questions for a name that suit cells, or those that suit tissue."""
    other = "diagnosis" if nearly_same(known.organ, "blood") else "cell type"
    return [question for question in QUESTIONS["label"] if other not in question.lower()]

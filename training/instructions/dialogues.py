"""Conversations about a specimen from its knowledge card: what is it, why, what else, how sure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.knowledge.cards import Card, card
from training.instructions.captions import caption
from training.instructions.phrasings import OPEN
from training.instructions.records import RecordTurn
from training.instructions.specimens import Specimen
from training.instructions.statements import nearly_same, sentence
from training.instructions.templates import QUESTIONS

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
"""Which sentences of a card answer a question; two of them at a time."""


@dataclass
class _Talk:
    """A conversation as far as it has got."""

    known: Card
    neighbors: list[str]
    turns: list[RecordTurn]
    rng: random.Random

    def new(self, sentences: Sequence[str]) -> str:
        """Return up to two sentences that were not said before, in their order."""
        said = " ".join(turn.answer for turn in self.turns)
        left = [each for each in sentences if each not in said]
        taken = sorted(self.rng.sample(range(len(left)), min(2, len(left))))
        return " ".join(left[position] for position in taken)

    def add(self, kind: str) -> None:
        """Go on with a question of a kind, if the card has an answer to it."""
        question, text = self._follow_up(kind)
        if text:
            self.turns.append(RecordTurn(kind, question, text))

    def _follow_up(self, kind: str) -> tuple[str, str]:
        if kind == "knowledge":
            asked = self.rng.choice(self.known.questions) if self.known.questions else None
            return (asked.question, asked.answer) if asked else ("", "")
        question = self.rng.choice(FOLLOW_UPS[kind])
        if kind in _SENTENCES:
            return question, self.new(getattr(self.known, _SENTENCES[kind]))
        if kind in ("differential", "tell_apart"):
            return self._neighbor(kind, question)
        return question, self.known.power if kind == "power" else self.known.sure

    def _neighbor(self, kind: str, question: str) -> tuple[str, str]:
        is_fit = self._is_likely if kind == "differential" else lambda _: True
        other = next(filter(is_fit, self.neighbors), None)
        if other is None:
            return question, ""
        self.neighbors.remove(other)
        phrase, difference = card(other).phrase, self.known.tells_apart[other]
        if kind == "tell_apart":
            return question.format(phrase=phrase), difference
        rest = difference.removeprefix(sentence(phrase))
        told = f"It{rest}" if rest != difference else difference
        return question, f"{sentence(phrase)} comes into question. {told}"

    def _is_likely(self, other: str) -> bool:
        """Tell whether a neighbor is what a person would think of, and not healthy tissue."""
        known = card(other)
        is_finding = self.known.is_differential and known.is_differential
        return is_finding and nearly_same(known.organ, self.known.organ)


def dialogue(specimen: Specimen, rng: random.Random) -> list[RecordTurn]:
    """Return a conversation of two to four turns."""
    known = card(specimen.label)
    if rng.random() < 0.3:
        first = RecordTurn("caption", rng.choice(QUESTIONS["describe"]), caption(specimen, rng))
    else:
        first = RecordTurn("label", rng.choice(_naming(known)), f"This is {known.phrase}.")
    neighbors = sorted(known.tells_apart)
    rng.shuffle(neighbors)
    talk = _Talk(known, neighbors, [first], rng)
    for kind in rng.choice(ARCS):
        talk.add(kind)
    if len(talk.turns) == 1:
        talk.add("certainty")
    return talk.turns


def _naming(known: Card) -> list[str]:
    """Return the questions for a name that suit cells, or those that suit tissue."""
    other = "diagnosis" if nearly_same(known.organ, "blood") else "cell type"
    return [question for question in QUESTIONS["label"] if other not in question.lower()]

"""What a reading leaves open of an answer: the label it may name, yes or no, or nothing."""

from collections.abc import Sequence

from clover_chat.knowledge.card_answers import card_answers, not_learnt, not_told
from clover_chat.knowledge.cards import cards, overlap
from clover_chat.knowledge.claims import claim_reader
from clover_chat.knowledge.doubting import doubt
from clover_chat.knowledge.following_up import ABOUT_OTHERS, FollowUp, follow_up, labels_named
from clover_chat.knowledge.names import Aspect, KnownName
from clover_chat.knowledge.supposing import Supposition, supposition
from clover_chat.types import SEVERAL, Guidance, Reading, Verdict

EVEN = 0.5
"""From this probability on an organ, a stain or a nature is said to be the case."""


def guide(question: str, readings: Sequence[Reading]) -> Guidance:
    """Say what readings leave open of the answer to a question; see `clover_chat.types.Guide`.

    Args:
        question: As it was typed.
        readings: One for each picture it is about; several together only say which labels may
            be named.
    """
    labels = frozenset(reading.label[0].name for reading in readings)
    if len(readings) > 1:
        return Guidance(labels | {SEVERAL})
    if not readings:
        return Guidance()
    reading, asked = readings[0], follow_up(question)
    if stated := doubt(asked, reading):
        return Guidance(labels, stated=stated)
    supposed = supposition(question, claim_reader())
    if supposed is None:
        return _following(asked, question, reading)
    if (name := _meant(supposed, reading)) is None:
        is_nature = any(each.aspect is Aspect.NATURE for each in supposed.claim.names)
        stated = not_told(reading.label[0].name, is_nature=is_nature)
        return Guidance(labels, Verdict.NEITHER, stated=stated)
    verdict = Verdict.YES if _holds(name, reading) else Verdict.NO
    return Guidance(_fitting(name, reading, verdict), verdict)


def _following(asked: FollowUp | None, question: str, reading: Reading) -> Guidance:
    """Return what is left open of the answer to a question that is not for yes or no."""
    label = reading.label[0].name
    if asked is None or label not in cards():
        return Guidance(frozenset({label}), is_about_others=asked in ABOUT_OTHERS)
    named = {each for each in labels_named(question) if not overlap(each, label)}
    if asked is FollowUp.COMPARISON and not named:
        asked = FollowUp.REASONS
    among = card_answers(asked, label, named)
    is_about_others = asked in ABOUT_OTHERS
    stated = not_learnt(asked, label, named) if is_about_others and not among else ""
    return Guidance(frozenset({label}), is_about_others=is_about_others, among=among, stated=stated)


def supposes(question: str) -> bool:
    """Tell whether a question asks yes or no about what a picture is."""
    return supposition(question, claim_reader()) is not None


def probability_of_yes(question: str, reading: Reading) -> float | None:
    """Return how likely what a question supposes is, None where the reading cannot tell.

    Args:
        question: As it was typed.
        reading: Of the picture it is about.
    """
    supposed = supposition(question, claim_reader())
    name = _meant(supposed, reading) if supposed else None
    return _probability(name, reading) if name else None


def _meant(supposed: Supposition, reading: Reading) -> KnownName | None:
    """Return the likeliest of what is supposed that a reading can tell, None without any."""
    meant = [name for name in supposed.claim.names if _can_be_told(name, supposed, reading)]
    return max(meant, key=lambda each: _probability(each, reading), default=None)


def _holds(name: KnownName, reading: Reading) -> bool:
    if name.aspect is Aspect.LABEL:
        return reading.label[0].name in _true_of(name)
    return _probability(name, reading) >= EVEN


def _fitting(name: KnownName, reading: Reading, verdict: Verdict) -> frozenset[str]:
    """Return the likeliest label of which a name is as true as the verdict says."""
    if name.aspect is not Aspect.NATURE:
        return frozenset({reading.label[0].name})
    is_true = verdict is Verdict.YES
    fitting = [each.name for each in reading.label if (each.name in _true_of(name)) is is_true]
    return frozenset(fitting[:1])


def _can_be_told(name: KnownName, supposed: Supposition, reading: Reading) -> bool:
    """Tell whether what a picture is decides about a name.

    It does not about what may be on such a picture besides, such as lymphocytes in the lung or a
    neutrophil in a smear; and a blood cell is neither benign nor malignant.
    """
    found = reading.label[0].name
    likeliest = cards().get(found)
    if likeliest is None:
        return False
    if name.aspect is Aspect.NATURE:
        return bool(likeliest.nature)
    if name.aspect is not Aspect.LABEL:
        return True
    if found in name.true_of:
        return found in _true_of(name)
    is_part = supposed.claim.text.casefold() not in name.claimed_by_any_mention
    is_elsewhere = likeliest.organ not in {cards()[label].organ for label in name.true_of}
    return supposed.is_whole or not (is_part and is_elsewhere)


def _probability(name: KnownName, reading: Reading) -> float:
    """Return how likely a name is; what may only be true besides does not count."""
    if name.aspect in (Aspect.ORGAN, Aspect.STAIN):
        return name.probability(reading)
    return sum(each.probability for each in reading.label if each.name in _true_of(name))


def _true_of(name: KnownName) -> frozenset[str]:
    """Return the labels that are what a name says."""
    if name.aspect is Aspect.NATURE:
        return frozenset(label for label in name.true_of if cards()[label].nature == name.title)
    return frozenset(label for label in name.true_of if name.title in label) or name.true_of

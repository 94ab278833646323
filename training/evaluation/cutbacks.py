"""How often answers are cut back, whether they deserved it, and what the limit for it does.

An answer deserves to be cut for a contradiction if the sentence contradicts what is true of the
picture, and not only what the bridge reads in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clover_chat.knowledge.cards import card, cards
from clover_chat.knowledge.checking import UNLIKELY, Checked, Fault, belief, check
from clover_chat.knowledge.claims import claim_reader
from clover_chat.knowledge.names import Aspect, as_certain, known_names
from clover_chat.knowledge.sentences import SentenceCutter
from clover_chat.types import Reading
from training.evaluation.predictions import Prediction

LIMITS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class CutBack:
    """An answer that was cut back.

    Attributes:
        prediction: The answer as it was written.
        checked: What became of it.
        is_deserved: Whether the sentence contradicts the truth; True for faults of form, which
            speak for themselves.
    """

    prediction: Prediction
    checked: Checked
    is_deserved: bool


@dataclass(frozen=True)
class CutBacks:
    """What the check did to a set of answers.

    Attributes:
        answers: How many were checked.
        cut: Those that were cut back.
        wrong_before: Answers with a sentence that contradicts the truth.
        wrong_after: The same once they were checked.
    """

    answers: int
    cut: tuple[CutBack, ...]
    wrong_before: int
    wrong_after: int

    @property
    def rate(self) -> float:
        """Share of the answers that was cut back."""
        return len(self.cut) / self.answers if self.answers else 0.0

    @property
    def line(self) -> str:
        """All of it in a sentence or two."""
        faults = Counter(_fault(each) for each in self.cut)
        deserved = sum(each.is_deserved for each in self.cut if _fault(each) is Fault.CONTRADICTION)
        told = [f"{faults[fault]} for {fault}" for fault in Fault if faults[fault]]
        why = f" ({', '.join(told)})" if told else ""
        return (
            f"Of {self.answers:,} answers {len(self.cut)} were cut back, {100 * self.rate:.1f}%"
            f"{why}; of those for contradiction {deserved} contradicted the truth as well. "
            f"Answers that contradict the truth: {self.wrong_before} before the check, "
            f"{self.wrong_after} after it."
        )


def cut_backs(
    predictions: Sequence[Prediction],
    readings: Mapping[str, Reading],
    unlikely: float = UNLIKELY,
) -> CutBacks:
    """Return what the check does to answers.

    Args:
        predictions: Answers about single pictures; those about pictures without a reading, or
            whose label has no card, are left out.
        readings: By the name that predictions give to a picture.
        unlikely: Below this probability a claim is contradicted.
    """
    asked = [each for each in predictions if each.label in cards() and each.image in readings]
    cut: list[CutBack] = []
    before = after = 0
    for each in asked:
        truth = true_reading(each.label)
        checked = check(each.answer, [readings[each.image]], claim_reader(), unlikely)
        before += contradicts(each.answer, truth)
        after += contradicts(checked.text, truth)
        if checked.cut is not None:
            is_form = checked.cut.fault is not Fault.CONTRADICTION
            is_deserved = is_form or contradicts(checked.cut.sentence, truth)
            cut.append(CutBack(each, checked, is_deserved))
    return CutBacks(len(asked), tuple(cut), before, after)


def true_reading(label: str) -> Reading:
    """Return the reading of somebody who knows the label of a picture."""
    known = card(label)
    return as_certain(label, known.organ, known.stains[0])


def contradicts(text: str, truth: Reading) -> bool:
    """Tell whether a sentence of a text claims what is not true."""
    cutter = SentenceCutter()
    sentences = [*cutter.feed(text), cutter.rest()]
    claims = [claim for each in sentences for claim in claim_reader().claims(each)]
    return any(belief(claim, truth) == 0 for claim in claims)


@dataclass(frozen=True)
class Limit:
    """What it does to hold claims below a probability for contradicted.

    Attributes:
        unlikely: The probability.
        true_lost: Share of pictures whose true label would be taken back.
        wrong_caught: Share of pictures whose likeliest wrong label would be.
        any_wrong_caught: Share of all wrong labels, over all pictures, that would be.
    """

    unlikely: float
    true_lost: float
    wrong_caught: float
    any_wrong_caught: float


def limits(readings: Sequence[tuple[Reading, str]]) -> list[Limit]:
    """Return what each of `LIMITS` does.

    Args:
        readings: The reading of each picture with its true label; at least one.
    """
    labels = [name for name in known_names().of(Aspect.LABEL) if name.title in name.true_of]
    true: list[float] = []
    wrong: list[list[float]] = []
    for reading, label in readings:
        read = {each.name for each in reading.label}
        known = [name for name in labels if name.title in read]
        true.append(max(n.probability(reading) for n in labels if n.title == label))
        wrong.append([n.probability(reading) for n in known if label not in n.true_of])
    pictures = [each for each in wrong if each]
    return [
        Limit(
            limit,
            _share([each < limit for each in true]),
            _share([max(each) < limit for each in pictures]),
            _share([one < limit for each in pictures for one in each]),
        )
        for limit in LIMITS
    ]


def limits_table(found: Sequence[Limit]) -> str:
    """Return the limits as a Markdown table."""
    lines = [
        "| contradicted below | true label taken back | likeliest wrong label caught "
        "| wrong labels caught |",
        "|---|---|---|---|",
    ]
    for each in found:
        shares = (each.true_lost, each.wrong_caught, each.any_wrong_caught)
        told = " | ".join(f"{100 * share:.1f}%" for share in shares)
        lines.append(f"| {100 * each.unlikely:g}% | {told} |")
    return "\n".join(lines)


def _fault(each: CutBack) -> Fault:
    assert each.checked.cut is not None
    return each.checked.cut.fault


def _share(rows: Sequence[bool]) -> float:
    return sum(rows) / len(rows) if rows else 0.0

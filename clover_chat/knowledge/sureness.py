"""How sure one can be of an answer about a picture: a calibrated probability, and words for it.

The probability is the reading's: of what a question for yes or no supposes, or else of the name in
the answer that is least likely. It holds for pictures like those the reading was calibrated on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.knowledge.claims import Claim, claim_reader
from clover_chat.knowledge.doubting import NOT_SURE, percent, sure_word
from clover_chat.knowledge.following_up import ABOUT_OTHERS, FollowUp, follow_up
from clover_chat.knowledge.guiding import probability_of_yes, supposes
from clover_chat.knowledge.sentences import SentenceCutter
from clover_chat.types import Reading

_TOLD_OTHERWISE = ABOUT_OTHERS | {FollowUp.CERTAINTY, FollowUp.REASONS}


@dataclass(frozen=True)
class Sureness:
    """How likely an answer is right.

    Attributes:
        probability: 0 to 1, calibrated.
        name: What the answer names; empty for yes and no.
    """

    probability: float
    name: str = ""

    @property
    def words(self) -> str:
        """Say it in words and as a number, such as "fairly sure, 83%"."""
        word = sure_word(self.probability) or NOT_SURE
        return f"{word.lower()}, {percent(self.probability)}"


def sureness(question: str, answer: str, readings: Sequence[Reading]) -> Sureness | None:
    """Return how sure one can be of an answer.

    Args:
        question: As it was typed.
        answer: What was said.
        readings: Of the pictures it is about.

    Returns:
        None where the answer says so itself or is about other labels, and where the reading says
        nothing about it: it names nothing that is known, answers yes or no to something else, or is
        about several pictures.
    """
    if len(readings) != 1:
        return None
    reading = readings[0]
    if (verdict := _verdict(answer)) is not None:
        yes = probability_of_yes(question, reading)
        return None if yes is None else Sureness(_share(yes if verdict else 1 - yes))
    if supposes(question) or follow_up(question) in _TOLD_OTHERWISE:
        return None
    cutter = SentenceCutter()
    said = [*cutter.feed(answer), cutter.rest()]
    claims = [claim for each in said for claim in claim_reader().claims(each)]
    weighed = [Sureness(_probability(claim, reading), claim.text) for claim in claims]
    return min(weighed, key=lambda each: each.probability, default=None)


def _verdict(answer: str) -> bool | None:
    first = answer.split(maxsplit=1)[:1]
    return {"yes": True, "no": False}.get(first[0].strip(",.;:!").lower()) if first else None


def _probability(claim: Claim, reading: Reading) -> float:
    """Return how likely a claim holds; it does if one of the things it may mean does."""
    return _share(max(name.probability(reading) for name in claim.names))


def _share(probability: float) -> float:
    """Return a sum of probabilities without what rounding made of it."""
    return min(1.0, max(0.0, probability))

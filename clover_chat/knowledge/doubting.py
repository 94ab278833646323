"""What is said of a reading in its own numbers, where words learnt by heart would claim too much.

How sure one is depends on the picture, and nothing but its reading knows that. Reasons are given
for what is likely; of a label that may as well be another one, they would be made up. Of a picture
unlike those learnt from no number is given either.
"""

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.following_up import FollowUp
from clover_chat.types import Finding, Reading

SURE = 0.75
"""Below this probability, when more than one in four would be wrong, a label is in doubt."""
WORTH_NAMING = 0.1
NOT_SURE = "Not sure"
"""How a sentence begins that leaves open which of the named is the case."""

_UNLIKE = "this picture is unlike those I have learnt from. The nearest I know is"
_RESTING_ON_IT = frozenset(
    {FollowUp.REASONS, FollowUp.TYPICAL, FollowUp.ABSENT, FollowUp.VARIATION}
)
_WORDS = ((0.95, "Very sure"), (0.85, "Quite sure"), (SURE, "Fairly sure"))


def doubt(asked: FollowUp | None, reading: Reading) -> str:
    """Return what the numbers say to a follow-up, "" where the answer is not theirs to give.

    Args:
        asked: What the question asks for.
        reading: Of the picture it is about.
    """
    if reading.is_unlike:
        return _of_the_unlike(asked, reading)
    is_sure = reading.label[0].probability >= SURE
    if asked is FollowUp.CERTAINTY:
        return _how_sure(reading)
    if asked is FollowUp.OTHERS and _others(reading):
        return f"This may be {_choices(reading)}."
    if asked in _RESTING_ON_IT and not is_sure:
        return f"{NOT_SURE} enough to say: this may be {_choices(reading)}."
    return ""


def _of_the_unlike(asked: FollowUp | None, reading: Reading) -> str:
    begins = {FollowUp.CERTAINTY: NOT_SURE, FollowUp.OTHERS: f"{NOT_SURE} what else it may be"}
    begins |= dict.fromkeys(_RESTING_ON_IT, f"{NOT_SURE} enough to say")
    if asked is None or asked not in begins:
        return ""
    return f"{begins[asked]}: {_UNLIKE} {_named(reading.label[0])}."


def _how_sure(reading: Reading) -> str:
    first = reading.label[0]
    word = sure_word(first.probability)
    if not word:
        return f"{NOT_SURE}: this may be {_choices(reading)}."
    others = _others(reading)
    rest = f"; less likely {' or '.join(map(_told, others))}" if others else ""
    limits = cards()[first.name].sure if first.name in cards() else ""
    return f"{word}: this is {_told(first)}{rest}. {limits}".rstrip()


def _choices(reading: Reading) -> str:
    return " or ".join(_told(each) for each in (reading.label[0], *_others(reading)))


def _others(reading: Reading) -> tuple[Finding, ...]:
    """Return one or two labels that may be meant as well."""
    return tuple(each for each in reading.label[1:3] if each.probability >= WORTH_NAMING)


def _told(finding: Finding) -> str:
    return f"{_named(finding)} ({percent(finding.probability)})"


def _named(finding: Finding) -> str:
    known = cards().get(finding.name)
    return known.phrase if known else finding.name


def sure_word(probability: float) -> str:
    """Return how sure one is at a probability, "" where one is not."""
    return next((word for least, word in _WORDS if probability >= least), "")


def percent(probability: float) -> str:
    """Return a probability in words for a person."""
    return "over 99%" if probability > 0.99 else f"{100 * probability:.0f}%"

"""What a follow-up about a picture asks for: what else, a comparison, how sure, or reasons."""

import re
from enum import StrEnum
from functools import cache

from clover_chat.knowledge.names import Aspect, known_names


class FollowUp(StrEnum):
    """Kinds of follow-up that are answered with the reading in view."""

    OTHERS = "others"
    COMPARISON = "comparison"
    CERTAINTY = "certainty"
    REASONS = "reasons"


ABOUT_OTHERS = frozenset({FollowUp.OTHERS, FollowUp.COMPARISON})
"""Those that are answered by naming what a picture does not show."""

_CERTAINTY = re.compile(
    r"\b(?:how|are you|can you be|can one be|quite|really|absolutely)\b.{0,20}"
    r"\b(?:sure|certain|confident|reliable|likely|probable)\b"
    r"|\bhow (?:much|far) (?:can|may|should) (?:i|we|one) (?:trust|rely)\b"
    r"|\b(?:probability|certainty|confidence)\b",
    re.IGNORECASE,
)
_REASONS = re.compile(
    r"^(?:but |and |so )?why\b|\bmakes you (?:say|think|believe)\b|\btypical\b|\bclassic(?:al)?\b"
    r"|\b(?:features?|findings?) (?:support|speak for|lead to|point to|favou?r)\b"
    r"|\bhow (?:do|can) you (?:know|tell)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\bwhat else (?:comes|(?:could|can|may|might) (?:it|this|that|be the))\b"
    r"|\bdifferentials?\b|\balternatives?\b|\bconfused\b|\bmistaken for\b|\bmimics?\b"
    r"|\bcomes? into question\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\bdistinguish|\brather than\b|\binstead of\b|\bdiffers? from\b"
    r"|\b(?:tell|told) (?:it |this |that )?(?:apart|from)\b"
    r"|\b(?:rule|ruled|ruling) (?:it |this |that )?out\b",
    re.IGNORECASE,
)


def follow_up(question: str) -> FollowUp | None:
    """Return what a question asks for, None where it is none of these.

    One that names a diagnosis or a cell compares the picture with it.

    Args:
        question: As it was typed.
    """
    asked = " ".join(question.split())
    if _COMPARISON.search(asked) or _labels().search(asked):
        return FollowUp.COMPARISON
    if _OTHERS.search(asked):
        return FollowUp.OTHERS
    if _CERTAINTY.search(asked):
        return FollowUp.CERTAINTY
    return FollowUp.REASONS if _REASONS.search(asked) else None


@cache
def _labels() -> re.Pattern[str]:
    spellings = {each for name in known_names().of(Aspect.LABEL) for each in name.spellings}
    longest_first = sorted(spellings, key=lambda each: (-len(each), each))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)

"""What a follow-up about a picture asks for: reasons, what else, how sure, what is not seen, ..."""

import re
from enum import StrEnum
from functools import cache

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.names import Aspect, known_names


class FollowUp(StrEnum):
    """Kinds of follow-up that knowledge cards and readings have an answer to."""

    COMPARISON = "comparison"
    OTHERS = "others"
    CERTAINTY = "certainty"
    TYPICAL = "typical"
    REASONS = "reasons"
    VARIATION = "variation"
    ABSENT = "absent"
    POWER = "power"


ABOUT_OTHERS = frozenset({FollowUp.OTHERS, FollowUp.COMPARISON})
"""Those that are answered by naming what a picture does not show."""


def _pattern(*ways: str) -> re.Pattern[str]:
    return re.compile("|".join(ways), re.IGNORECASE)


_ASKED = {
    FollowUp.COMPARISON: _pattern(
        r"\bdistinguish",
        r"\brather than\b|\binstead of\b|\bdiffers? from\b",
        r"\b(?:tell|told) (?:it |this |that )?(?:apart|from)\b",
        r"\b(?:rule|ruled|ruling) (?:it |this |that )?out\b",
    ),
    FollowUp.OTHERS: _pattern(
        r"\bwhat else (?:comes|(?:could|can|may|might) (?:it|this|that|be the))\b",
        r"\bdifferentials?\b|\balternatives?\b|\bconfused\b|\bmistaken for\b|\bmimics?\b",
        r"\bcomes? into question\b",
    ),
    FollowUp.CERTAINTY: _pattern(
        r"\b(?:how|are you|can you be|can one be|quite|really|absolutely)\b.{0,20}"
        r"\b(?:sure|certain|confident|reliable|likely|probable)\b",
        r"\bhow (?:much|far) (?:can|may|should) (?:i|we|one) (?:trust|rely)\b",
        r"\b(?:probability|certainty|confidence)\b",
        r"\blimits of (?:this|the) (?:image|picture|patch)\b",
    ),
    FollowUp.TYPICAL: _pattern(r"\b(?:is|look|call|case)\b.*\b(?:typical|classic(?:al)?)\b"),
    FollowUp.REASONS: _pattern(
        r"^(?:but |and |so )?why\b|\bmakes you (?:say|think|believe)\b",
        r"\b(?:features?|findings?) (?:support|speak for|lead to|point to|favou?r)\b",
        r"\bhow (?:do|can) you (?:know|tell)\b",
    ),
    FollowUp.VARIATION: _pattern(
        r"\bwhat else (?:may|might|can|could) be (?:seen|found)\b|\bfindings vary\b",
        r"\bmay others of this kind show\b",
    ),
    FollowUp.ABSENT: _pattern(
        r"^(?:what|which|name|list)\b.*\b(?:not|missing|absent|lacking)\b",
    ),
    FollowUp.POWER: _pattern(
        r"\b(?:power|magnification|objective)\b.*\b(?:judged?|needed|need|best|recogni[sz]ed?)\b",
    ),
}
"""In the order in which they are looked for."""


def follow_up(question: str) -> FollowUp | None:
    """Return what a question asks for, None where it is none of these.

    One that names a diagnosis or a cell compares the picture with it, unless it asks how sure one
    is.

    Args:
        question: As it was typed.
    """
    asked = " ".join(question.split())
    if labels_named(asked) and not _ASKED[FollowUp.CERTAINTY].search(asked):
        return FollowUp.COMPARISON
    return next((kind for kind, pattern in _ASKED.items() if pattern.search(asked)), None)


def labels_named(question: str) -> frozenset[str]:
    """Return the labels of the knowledge cards that a question names."""
    spelt = {each.group().casefold() for each in _spellings().finditer(question)}
    names = (name for each in spelt for name in known_names().by_spelling[each])
    return frozenset(
        label
        for name in names
        if name.aspect is Aspect.LABEL
        for label in ({name.title} & cards().keys() or name.true_of)
    )


@cache
def _spellings() -> re.Pattern[str]:
    found = {each for name in known_names().of(Aspect.LABEL) for each in name.spellings}
    longest_first = sorted(found, key=lambda each: (-len(each), each))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)

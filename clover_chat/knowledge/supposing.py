"""What a question for yes or no supposes of a picture, as the statement it asks about.

"Is the stain H&E?" supposes that the stain is H&E. Only questions about what a picture shows as a
whole are understood; whether the cells have granules, say, is a question of another kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.knowledge.claims import Claim, ClaimReader

_SPECIMEN = (
    r"(?:image|picture|patch|slide|smear|sample|specimen|tissue|cell|lesion|tumou?r|field|section)"
)
_THIS = rf"(?:this|it|that|(?:the|this|that|my)\s+(?:\w+\s+)?{_SPECIMEN})"
_POLITE = re.compile(
    r"^(?:(?:please|so|and|but|then|now|ok|okay|hm+)\b[,:]?\s*)+"
    r"|^(?:can|could|would) you (?:tell|say|confirm)(?: me)?,? (?:if|whether)\s+",
    re.IGNORECASE,
)

_OR_NOT = re.compile(r",?\s+or\s+not$", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\bor\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Pattern:
    """How a question is turned into a statement.

    Attributes:
        asked: Of the whole question.
        stated: The statement, which may use the question's groups.
        is_whole: Whether it says what the picture is, and not only what can be seen on it.
    """

    asked: re.Pattern[str]
    stated: str
    is_whole: bool = True


def _patterns(stated: str, *asked: str, is_whole: bool = True) -> list[_Pattern]:
    flags = re.IGNORECASE | re.DOTALL
    return [_Pattern(re.compile(each, flags), stated, is_whole) for each in asked]


_PATTERNS: Sequence[_Pattern] = (
    *_patterns(
        r"This is \g<name>.",
        rf"(?:could|can|may|might|would)\s+{_THIS}\s+be\s+(?P<name>.+)",
        rf"does\s+{_THIS}\s+look\s+(?:like\s+)?(?P<name>.+)",
        r"am\s+i\s+looking\s+at\s+(?P<name>.+)",
    ),
    *_patterns(
        r"\g<this> is \g<name>.",
        rf"(?:is|are|was|were)\s+(?P<this>{_THIS}|the\s+(?:diagnosis|organ|stain|site))\s+(?P<name>.+)",
    ),
    *_patterns(
        r"This sample is from \g<name>.",
        rf"(?:does|did)\s+{_THIS}\s+(?:come|originate|stem)\s+from\s+(?P<name>.+)",
    ),
    *_patterns(
        r"The diagnosis is \g<name>.",
        r"would\s+you\s+(?:diagnose|call\s+(?:this|it))\s+(?P<name>.+)",
    ),
    *_patterns(
        r"This shows \g<name>.",
        rf"does\s+{_THIS}\s+(?:show|represent|depict)\s+(?P<name>.+)",
        r"(?:do|can)\s+you\s+see\s+(?:any\s+)?(?P<name>.+?)(?:\s+here|\s+in\s+\w+\s+\w+)?",
        r"is\s+(?P<name>.+?)\s+(?:present|seen|visible|shown)(?:\s+here)?",
        r"is\s+there\s+(?:any\s+)?(?P<name>.+?)(?:\s+here)?",
        is_whole=False,
    ),
    *_patterns(
        r"The stain is \g<name>.",
        r"(?:was|is)\s+(?P<name>.+?)\s+used(?:\s+here|\s+to\s+stain\s+.+)?",
    ),
)


@dataclass(frozen=True)
class Supposition:
    """What a question asks yes or no about.

    Attributes:
        claim: What would be true if the answer was yes.
        is_whole: Whether it says what the picture is, and not only what can be seen on it.
    """

    claim: Claim
    is_whole: bool


def supposition(question: str, reader: ClaimReader) -> Supposition | None:
    """Return what a question supposes, None where it supposes nothing, or several things.

    Args:
        question: As it was typed.
        reader: Reads claims out of the statement.
    """
    asked = _OR_NOT.sub("", _POLITE.sub("", " ".join(question.split())).rstrip("?!. "))
    for pattern in _PATTERNS:
        if (match := pattern.asked.fullmatch(asked)) is None:
            continue
        statement = match.expand(pattern.stated)
        claims = reader.claims(statement)
        if len(claims) == 1 and _is_all(statement.rstrip("."), claims[0]):
            return Supposition(claims[0], pattern.is_whole)
    return None


def _is_all(statement: str, claim: Claim) -> bool:
    """Tell whether a statement ends with its claim and offers no other beside it."""
    return statement.endswith(claim.text) and not _ALTERNATIVE.search(
        statement.removesuffix(claim.text)
    )

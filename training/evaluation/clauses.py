"""What a text affirms and what it denies: negations understood, as pathologists write them.

A denial reaches from its cue to the end of the clause ("no glands and no epithelium"), or over the
whole clause where the cue follows ("mitoses are not seen"). It is a reader of plain descriptive
sentences, in the manner of NegEx (Chapman et al. 2001), not of irony.
"""

import re
from dataclasses import dataclass

_SENTENCE = re.compile(r"(?<=[.!?])\s+|[\n;]+")
_PARTICLE = re.compile(r"^\s*(yes|no)\s*[,.:;!]\s*", re.IGNORECASE)
_CLAUSE = re.compile(
    r",?\s+\b(?:but|however|although|whereas|while|yet|so)\b\s+"
    r"|,\s+(?=(?:and\s+)?(?:with|the|which|there|this|it)\b)",
    re.IGNORECASE,
)
_SIGHT = "seen|present|identified|found|visible|noted|observed|evident|apparent|shown|preserved"
_BEHIND = re.compile(
    rf"\b(?:(?:is|are|was|were|can|could)\s*(?:not|n't)\s+(?:be\s+)?(?:{_SIGHT})"
    r"|(?:is|are)\s+(?:absent|missing|lacking))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:no|not|never|nor|neither|without|lacks?|lacking|cannot|absence of|free of|devoid of"
    r"|rather than|instead of|unlike)\b|n't\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clause:
    """A stretch of text with its polarity.

    Attributes:
        text: As written.
        is_denied: Whether it is said not to be so.
    """

    text: str
    is_denied: bool


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without a "yes" or "no" that only answers a question."""
    said = _PARTICLE.sub("", text)
    return [each.strip() for each in _SENTENCE.split(said) if each.strip(" .,;:!?")]


def clauses(sentence: str) -> list[Clause]:
    """Return a sentence cut where its polarity changes, in order."""
    found: list[Clause] = []
    for clause in _CLAUSE.split(sentence):
        found += _polar(clause)
    return found


def _polar(clause: str) -> list[Clause]:
    if behind := _BEHIND.search(clause):
        before = _AHEAD.split(clause[: behind.start()])[0]
        return _kept(Clause(before, is_denied=True))
    cue = _AHEAD.search(clause)
    if cue is None:
        return _kept(Clause(clause, is_denied=False))
    return _kept(
        Clause(clause[: cue.start()], is_denied=False),
        Clause(_AHEAD.sub(" ", clause[cue.end() :]), is_denied=True),
    )


def _kept(*found: Clause) -> list[Clause]:
    return [each for each in found if each.text.strip(" .,;:!?")]

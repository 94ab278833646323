"""What the words of a right answer tell about a picture: its label, its organ, its stain.

A known form of words that is true of one label tells that label. Other words are read as the page
reads an answer: what they claim, and not what they only mention or deny. Words that claim several
things of one aspect tell nothing about it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.claims import Claim, claim_reader
from clover_chat.knowledge.names import Aspect
from clover_chat.knowledge.sentences import SentenceCutter
from clover_chat.knowledge.supposing import supposition
from clover_chat.types import OTHERS, SEVERAL


@dataclass(frozen=True)
class Told:
    """What is told of a picture; empty where nothing is.

    Attributes:
        label: Key of a knowledge card.
        organ: Organ or specimen.
        stain: Stain and technique.
    """

    label: str = ""
    organ: str = ""
    stain: str = ""


def told(answer: str, question: str, forms: Mapping[str, tuple[str, ...]]) -> Told:
    """Return what a right answer tells.

    Args:
        answer: As it should be said.
        question: What it answers; "Yes" alone tells what the question supposes.
        forms: Known answers with the labels that each is true of.
    """
    known = [label for label in forms.get(answer, ()) if label not in (SEVERAL, OTHERS)]
    claims = list(_claims(answer, question))
    label = known[0] if len(known) == 1 else _only(_labels(claims))
    return Told(
        label,
        _only(_names(claims, Aspect.ORGAN)) if not label else "",
        _only(_names(claims, Aspect.STAIN)) if not label else "",
    )


def _claims(answer: str, question: str) -> Iterator[Claim]:
    reader = claim_reader()
    cutter = SentenceCutter()
    for sentence in (*cutter.feed(answer), cutter.rest()):
        yield from reader.claims(sentence)
    supposed = supposition(question, reader)
    if supposed is not None and answer.strip(" .!").casefold() == "yes":
        yield supposed.claim


def _labels(claims: Collection[Claim]) -> set[str]:
    """Return the labels that are claimed; a name for a whole family claims none of them."""
    found: set[str] = set()
    for claim in claims:
        titles = {name.title for name in claim.names if name.aspect is Aspect.LABEL}
        own = {title for title in titles if title.casefold() == claim.text.casefold()}
        found |= (own or titles) & cards().keys()
    return found


def _names(claims: Collection[Claim], aspect: Aspect) -> set[str]:
    return {
        true
        for claim in claims
        for name in claim.names
        if name.aspect is aspect
        for true in name.true_of
    }


def _only(names: Collection[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""

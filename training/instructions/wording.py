"""Which of several true sentences an answer says: the same one for the same finding and question.

The Q-Former sees a picture and a question and nothing else. An answer that also hung on chance, or
on what was said before, could not be learnt from these; a blend of several would be spelt.
"""

import random
from collections.abc import Sequence

LONGEST = 22
"""Words of an answer; 32 bridge tokens have room to spell about so many."""


def settled(finding: str, question: str) -> random.Random:
    """Return what decides about an answer, whichever way the question is typed."""
    typed = " ".join(question.lower().rstrip("?. ").split())
    return random.Random(f"{finding}/{typed}")  # noqa: S311 - not a secret


def sentence_for(sentences: Sequence[str], finding: str, question: str) -> str:
    """Return one of several sentences, or "" where there is none."""
    return settled(finding, question).choice(sentences) if sentences else ""


def sentence(text: str) -> str:
    """Return text with a capital at the beginning."""
    return text[:1].upper() + text[1:]


def count_words(text: str) -> int:
    """Return the number of words between spaces."""
    return len(text.split())

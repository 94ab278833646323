"""A growing text cut into sentences, each as soon as it is known to have ended."""

import re

_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]*_]*(?=\s+\S)|(?<=\S)(?=\s*\n\s*\S)")
_FINISHED = re.compile(r"[.!?\u2026:][\"'\u201d\u2019)\]*_]*\s*$")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|approx|ca|fig|dr|no|st|resp|incl|spp?|var)|\b[A-Z])\.$", re.IGNORECASE
)


class SentenceCutter:
    """Takes a text in pieces and gives it back in sentences.

    Whether a full stop ends a sentence shows in what follows it, so that one sentence is held back
    at most.
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        """Return the sentences that ended, each with the blanks before it."""
        self._rest += piece
        ended: list[str] = []
        while (place := _first_end(self._rest)) is not None:
            ended.append(self._rest[:place])
            self._rest = self._rest[place:]
        return ended

    def rest(self) -> str:
        """Return what has not ended, and forget it."""
        rest, self._rest = self._rest, ""
        return rest


def is_finished(sentence: str) -> bool:
    """Tell whether a text ends as a sentence does."""
    return _FINISHED.search(sentence) is not None


def _first_end(text: str) -> int | None:
    for match in _END.finditer(text):
        following = text[match.end() :].lstrip()[:1]
        is_line = "\n" in text[match.end() : len(text) - len(text[match.end() :].lstrip())]
        if is_line or not (following.islower() or _is_abbreviation(text[: match.end()])):
            return match.end()
    return None


def _is_abbreviation(text: str) -> bool:
    return _ABBREVIATED.search(text) is not None

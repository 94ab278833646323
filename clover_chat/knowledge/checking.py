"""Checks a written answer sentence by sentence, and cuts it back to the part that holds.

A sentence does not hold if it contradicts the bridge's own reading of the picture, repeats what was
said, leaves the language, or has no end. With the first that does not, the answer ends: what
follows rests on it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clover_chat.knowledge.cards import cards
from clover_chat.knowledge.claims import Claim, ClaimReader
from clover_chat.knowledge.doubting import percent
from clover_chat.knowledge.sentences import SentenceCutter, is_finished
from clover_chat.types import Finding, Reading

UNLIKELY = 0.05
"""Below this probability the reading contradicts a claim.

The probability is calibrated, so that at most about one cut in twenty takes back something true.
With the bridge 0.2.0, of 251 validation pictures no true label fell below it and 86% of the
likeliest wrong labels did; at 0.1 two true labels were lost for 4% more. `clover-train read` prints
the same for any bridge.
"""
SURE_ENOUGH = 0.5
"""From this probability on one finding alone is named."""


class Fault(StrEnum):
    """Why an answer was cut."""

    CONTRADICTION = "contradiction"
    REPETITION = "repetition"
    LANGUAGE = "language"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Cut:
    """The sentence that does not hold.

    Attributes:
        fault: Why.
        sentence: Where the answer was cut.
        claim: What contradicts the reading, where that is why.
        probability: What the reading gives to it.
    """

    fault: Fault
    sentence: str
    claim: str = ""
    probability: float = 0.0


@dataclass(frozen=True)
class Checked:
    """An answer after the check.

    Attributes:
        text: To be shown.
        cut: What ended it; None if it holds as it is.
        is_replaced: Whether nothing of it held and `text` says what the reading says instead.
    """

    text: str
    cut: Cut | None = None
    is_replaced: bool = False


class Checker:
    """Checks one answer while it is written, holding back one sentence at most.

    What `feed` and `finish` return, put together, is the text that is shown; no word of it is
    taken back later.

    Args:
        reader: Reads claims out of sentences.
        readings: One for each picture the question is about; a claim holds if it does of one of
            them. None are needed; then nothing is contradicted.
        unlikely: Below this probability a claim is contradicted.
    """

    def __init__(
        self, reader: ClaimReader, readings: Sequence[Reading] = (), unlikely: float = UNLIKELY
    ) -> None:
        self._reader, self._readings, self._unlikely = reader, readings, unlikely
        self._cutter = SentenceCutter()
        self._kept: list[str] = []
        self._cut: Cut | None = None

    @property
    def is_cut(self) -> bool:
        """Whether nothing more of the answer will be shown; the writing can be stopped."""
        return self._cut is not None

    def feed(self, piece: str) -> str:
        """Take a piece of the answer and return what can be shown now, which may be nothing."""
        return "".join(self._take(sentence) for sentence in self._cutter.feed(piece))

    def finish(self) -> tuple[str, Checked]:
        """Return what is left to show, and the answer as a whole."""
        rest = self._cutter.rest().rstrip()
        shown = self._take(rest, is_last=True) if rest else ""
        if self._kept:
            return shown, Checked("".join(self._kept), self._cut)
        instead = what_the_reading_says(self._readings)
        return instead, Checked(instead, self._cut, is_replaced=True)

    def _take(self, sentence: str, *, is_last: bool = False) -> str:
        if self._cut is None:
            self._cut = self._fault(sentence, is_last=is_last)
        if self._cut is not None:
            return ""
        kept = sentence if self._kept else sentence.lstrip()
        self._kept.append(kept)
        return kept

    def _fault(self, sentence: str, *, is_last: bool) -> Cut | None:
        if leaves_the_language(sentence):
            return Cut(Fault.LANGUAGE, sentence.strip())
        if repeats(sentence, self._kept):
            return Cut(Fault.REPETITION, sentence.strip())
        if contradicted := self._contradicted(sentence):
            return contradicted
        if is_last and not is_finished(sentence) and (self._kept or dangles(sentence)):
            return Cut(Fault.UNFINISHED, sentence.strip())
        return None

    def _contradicted(self, sentence: str) -> Cut | None:
        if not self._readings:
            return None
        for claim in self._reader.claims(sentence):
            probability = max(belief(claim, reading) for reading in self._readings)
            if probability < self._unlikely:
                return Cut(Fault.CONTRADICTION, sentence.strip(), claim.text, probability)
        return None


def check(
    answer: str,
    readings: Sequence[Reading],
    reader: ClaimReader,
    unlikely: float = UNLIKELY,
) -> Checked:
    """Return what is kept of a whole answer; see `Checker` for the arguments."""
    checker = Checker(reader, readings, unlikely)
    checker.feed(answer)
    return checker.finish()[1]


def belief(claim: Claim, reading: Reading) -> float:
    """Return how likely a reading holds a claim, in the meaning that fits best."""
    return max(name.probability(reading) for name in claim.names)


def what_the_reading_says(readings: Sequence[Reading]) -> str:
    """Return what to say where no sentence of an answer holds: what is read, and how surely."""
    if not readings:
        return "I could not write an answer that holds. Please ask in another way."
    if len(readings) > 1:
        return "I could not write an answer that holds. Please ask about one picture at a time."
    reading = readings[0]
    sample = f"from the {_told(reading.organ[0])}, stained with {_told(reading.stain[0])}"
    first, *others = reading.label
    if first.probability >= SURE_ENOUGH or not others:
        return f"What I can say of this picture: most likely {_told(first, phrase=True)}, {sample}."
    return (
        f"I am not sure what this picture shows: {_told(first, phrase=True)} or "
        f"{_told(others[0], phrase=True)}. It is most likely {sample}."
    )


def _told(finding: Finding, *, phrase: bool = False) -> str:
    name = cards()[finding.name].phrase if phrase and finding.name in cards() else finding.name
    return f"{name} ({percent(finding.probability)})"


_WORD = re.compile(r"[^\W_]+")
_RUN, _TIMES = 3, 3
"""So many words in a row, so many times in one sentence, are a loop."""
_ALIKE = 0.9


def repeats(sentence: str, earlier: Sequence[str]) -> bool:
    """Tell whether a sentence says again what was said, or goes round in circles itself."""
    words = _WORD.findall(sentence.casefold())
    runs = [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
    if any(runs.count(run) >= _TIMES for run in set(runs)):
        return True
    if any(words[place] == words[place + 1] == words[place + 2] for place in range(len(words) - 2)):
        return True
    return len(words) >= _RUN and any(
        _share_alike(words, _WORD.findall(other.casefold())) >= _ALIKE for other in earlier
    )


def _share_alike(words: Sequence[str], others: Sequence[str]) -> float:
    """Return which share of words stands in the other sentence, in either direction."""
    one, other = set(words), set(others)
    return len(one & other) / max(len(one | other), 1)


_FOREIGN_SIGN = re.compile(
    r"[^\u0000-\u024f\u0370-\u03ff\u2000-\u206f\u2070-\u209f\u20ac\u2100-\u22ff\u2610-\u2714]"
)
_MACHINE = re.compile(
    r"<\|[^|]*\|>|</?[a-z]+[^>]*>|\ufffd|\[(?:INST|PAD|UNK|MASK)\]|https?://|\bdef \w+\(|[{};]\s*$"
    r"|(.)\1{5,}",
    re.IGNORECASE,
)
_FOREIGN_WORDS = frozenset(
    [
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "ein",
        "eine",
        "mit",
        "von",
        "auf",
        "den",
        "dem",
        "im",
        "le",
        "la",
        "les",
        "des",
        "et",
        "est",
        "une",
        "dans",
        "pour",
        "avec",
        "el",
        "los",
        "las",
        "y",
        "una",
        "que",
        "con",
        "para",
        "por",
        "il",
        "lo",
        "gli",
        "che",
        "di",
        "per",
        "non",
        "sono",
        "uma",
        "os",
        "com",
        "em",
        "do",
        "da",
        "zum",
        "sich",
        "auch",
        "aus",
        "bei",
        "oder",
        "wie",
        "sur",
        "qui",
        "pas",
        "ces",
    ]
)
_ENGLISH_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "which",
        "with",
        "yes",
    ]
)


def leaves_the_language(sentence: str) -> bool:
    """Tell whether a sentence is not written English: other scripts or languages, markup, noise."""
    if _FOREIGN_SIGN.search(sentence) or _MACHINE.search(sentence):
        return True
    words = _WORD.findall(sentence.casefold())
    foreign = sum(word in _FOREIGN_WORDS for word in words)
    english = sum(word in _ENGLISH_WORDS for word in words)
    return foreign >= 2 and foreign > english


_DANGLING = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "of",
        "with",
        "in",
        "on",
        "to",
        "from",
        "by",
        "for",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "has",
        "have",
        "that",
        "which",
        "this",
        "its",
        "their",
        "than",
        "but",
        "not",
        "no",
        "at",
        "into",
        "between",
    ]
)


def dangles(sentence: str) -> bool:
    """Tell whether a text without a mark at its end breaks off: at a comma, or at a small word."""
    words = _WORD.findall(sentence.casefold())
    return not words or words[-1] in _DANGLING or sentence.rstrip()[-1:] in ",-;("

"""What people think of answers, in the three forms that can be learnt from.

Rows of every export format come down to these; see `rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from training.instructions.records import ImageRef, RecordTurn


@dataclass(frozen=True)
class Exchange:
    """A question with everything that was said and shown before it.

    Attributes:
        images: What the conversation has shown, in order.
        earlier: The turns before, with the answers that were given; `kind` says nothing.
        question: As it was asked.
        shown: Which of the images the question is about, by position.
        group: What is never on both sides of a split.
        is_disputed: Whether people judge the same answer differently.
        person: Stands for who judged; empty where nobody knows.
        judged_on: The day.
    """

    images: tuple[ImageRef, ...]
    earlier: tuple[RecordTurn, ...]
    question: str
    shown: tuple[int, ...]
    group: str
    is_disputed: bool = False
    person: str = field(default="", compare=False)
    judged_on: str = field(default="", compare=False)

    @property
    def picture(self) -> ImageRef | None:
        """The one picture that the question is about, None where there are more or none."""
        return self.images[self.shown[0]] if len(self.shown) == 1 else None


@dataclass(frozen=True)
class Lesson:
    """What should be said: a correction, or an answer that was checked."""

    exchange: Exchange
    answer: str


@dataclass(frozen=True)
class Pair:
    """Two answers to the same question, of which one is preferred."""

    exchange: Exchange
    chosen: str
    rejected: str


@dataclass(frozen=True)
class Single:
    """An answer that somebody likes, or does not."""

    exchange: Exchange
    answer: str
    is_liked: bool


@dataclass(frozen=True)
class Feedback:
    """Everything that exports hold of one split.

    Attributes:
        lessons: To be learnt word for word.
        pairs: To be preferred.
        singles: To be said more, or less, often.
        files: SHA-256 of every file of rows that was read, by name.
    """

    lessons: tuple[Lesson, ...]
    pairs: tuple[Pair, ...]
    singles: tuple[Single, ...]
    files: Mapping[str, str]

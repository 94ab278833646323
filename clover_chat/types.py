"""Words that several packages share: turns, pictures, and what a running answer tells.

Nothing here knows torch, SQL, Gradio or OpenSlide.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from PIL import Image


class Role(StrEnum):
    """Who wrote a message."""

    USER = "user"
    ASSISTANT = "assistant"


class Ending(StrEnum):
    """How an answer ended; `writing` until it did."""

    WRITING = "writing"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Kind(StrEnum):
    """What a question is about, which decides how it is answered."""

    PICTURE = "picture"
    GENERAL = "general"
    MIXED = "mixed"
    CONVERSATION = "conversation"
    TOOL = "tool"
    FOREIGN = "foreign"


class Author(StrEnum):
    """Who wrote a part of an answer.

    The bridge, through the frozen language model; the reference shelf; the program, in fixed words;
    or a larger language model of the lab's choice.
    """

    BRIDGE = "bridge"
    SHELF = "shelf"
    FIXED = "fixed"
    TALKER = "talker"


class Thumb(StrEnum):
    """What somebody thinks of an answer as a whole; `none` where only words were left."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Reason(StrEnum):
    """What is wrong with an answer."""

    WRONG_ORGAN = "wrong organ"
    WRONG_DIAGNOSIS = "wrong diagnosis"
    MISSED_FINDING = "missed finding"
    INVENTED_FINDING = "invented finding"
    UNCLEAR = "unclear"
    TOO_LONG = "too long"
    UNSAFE = "unsafe"


class Choice(StrEnum):
    """Which of two answers side by side somebody prefers; `none` before it was said."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    BOTH_GOOD = "both good"
    BOTH_BAD = "both bad"


@dataclass(frozen=True)
class Picture:
    """An image by its content.

    Attributes:
        key: SHA-256 of the pixels, hexadecimal; encoder features are kept under it.
        load: Reads the pixels as an upright RGB image; called only when they are needed.
    """

    key: str
    load: Callable[[], Image.Image]


@dataclass(frozen=True)
class Turn:
    """One question with the pictures it is about, and its answer once there is one."""

    question: str
    pictures: tuple[Picture, ...] = ()
    answer: str | None = None


def pictures_asked_about(turns: Sequence[Turn]) -> tuple[Picture, ...]:
    """Return the pictures that the last question is about: its own, or the latest shown before."""
    return next((turn.pictures for turn in reversed(turns) if turn.pictures), ())


@dataclass(frozen=True)
class Finding:
    """What a picture may show, and how likely that is.

    Attributes:
        name: An organ, a stain, or a label of the knowledge cards.
        probability: 0 to 1, calibrated: of findings held 80% likely, about 80% are true.
    """

    name: str
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the bridge itself makes of a picture, before any word is written.

    Each aspect holds everything that is known from training, likeliest first; the probabilities of
    one aspect sum to 1, so a picture of something else is read as the nearest thing known.

    Attributes:
        is_unlike: The picture is unlike those learnt from, so that its probabilities mean nothing.
    """

    organ: tuple[Finding, ...]
    stain: tuple[Finding, ...]
    label: tuple[Finding, ...]
    is_unlike: bool = False


@dataclass(frozen=True)
class Familiarity:
    """How far a picture lies from those that a bridge has learnt from.

    Attributes:
        strangeness: 0 or more; beyond 1 lies about one in twenty pictures like those learnt from.
    """

    strangeness: float

    @property
    def is_unlike(self) -> bool:
        """Whether the picture counts as unlike those learnt from."""
        return self.strangeness > 1


@dataclass(frozen=True)
class Gaze:
    """How a picture was seen under a question.

    Attributes:
        width: Of the picture as the encoder took it, in pixels.
        height: Likewise.
        rows: Where the bridge looked: for each row of patches the share of each, 1 in all; none
            where patches lie on no grid.
    """

    width: int
    height: int
    rows: tuple[tuple[float, ...], ...] = ()


SEVERAL = "several pictures"
"""Stands where a label would, of an answer about more than one picture."""

OTHERS = "other labels"
"""Stands beside the labels of an answer that was only ever given about their neighbors."""


class Verdict(StrEnum):
    """With which word an answer begins, or may begin: `open` leaves it the choice."""

    YES = "yes"
    NO = "no"
    NEITHER = "neither"
    OPEN = "open"


@dataclass(frozen=True)
class Guidance:
    """What a reading leaves open of an answer.

    Attributes:
        labels: Those that may be said, or `SEVERAL`; empty leaves all open.
        verdict: How it may begin.
        is_about_others: Whether answers about neighbors of the label may be given.
        among: Answers of which one is to be given; empty leaves all open, and so does a bridge
            that has learnt none of them.
        stated: What is to be said, word for word; empty leaves it to the model.
    """

    labels: frozenset[str] = frozenset()
    verdict: Verdict = Verdict.OPEN
    is_about_others: bool = True
    among: frozenset[str] = frozenset()
    stated: str = ""


Guide = Callable[[str, Sequence[Reading]], Guidance]
"""Says what the readings of the pictures that a question is about leave open of its answer."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Attributes:
        temperature: 0 takes the likeliest token each time.
        top_p: Share of the probability that is sampled from (nucleus sampling, Holtzman et al.
            2020).
        max_tokens: Longest answer, in tokens of the language model.
        seed: Makes a sampled answer repeatable.
    """

    temperature: float = 0.0
    top_p: float = 0.9
    max_tokens: int = 256
    seed: int = 0


@dataclass(frozen=True)
class Identity:
    """Which model answers.

    Attributes:
        preset: Name of the combination of encoder, bridge shape and language model.
        bridge_version: Version from the bridge's own config.
        bridge_hash: SHA-256 of the bridge's weights, hexadecimal.
    """

    preset: str
    bridge_version: str
    bridge_hash: str


@dataclass
class Figures:
    """What an answer cost so far; complete when the answer has ended."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    time_to_first_token_s: float | None = None
    tokens_per_s: float | None = None


class Stage(StrEnum):
    """How far the model is on its way to answering."""

    FETCHING = "fetching"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class ModelState:
    """Where the model is, as the page shows it.

    Attributes:
        stage: The step it is in.
        detail: A sentence: what is being fetched, or why it failed.
        fraction: Part done of the step, 0 to 1, where that is known.
    """

    stage: Stage
    detail: str = ""
    fraction: float | None = None


@dataclass(frozen=True)
class Waiting:
    """The question's place in line; 1 is the next to be answered."""

    place: int


class Generation(Protocol):
    """A running answer: iterate for increments of text, close to stop it within one token."""

    figures: Figures

    def __iter__(self) -> Iterator[str | Waiting]: ...

    def close(self) -> None:
        """Stop the computation and free its place in line."""


class Engine(Protocol):
    """Something that answers questions about pictures."""

    @property
    def identity(self) -> Identity: ...

    def generate(self, turns: tuple[Turn, ...], sampling: Sampling) -> Generation:
        """Answer the last turn in the light of the earlier ones."""

    def embed(self, picture: Picture) -> tuple[float, ...]:
        """Return where a picture lies among others, as the frozen encoder sees it.

        It takes no place in line; whoever has much to embed waits with `in_line` before each.
        """

    def read(self, picture: Picture) -> Reading | None:
        """Return what the bridge makes of a picture, None where it has no reading of its own.

        It takes no place in line, as `embed` takes none.
        """

    def familiarity(self, picture: Picture) -> Familiarity | None:
        """Return how far a picture lies from those learnt from, None where that is not known.

        It takes no place in line, as `embed` takes none.
        """

    def gaze(self, picture: Picture, question: str) -> Gaze:
        """Return how a picture is seen under a question.

        It takes no place in line, as `embed` takes none.
        """

    def in_line(self) -> AbstractContextManager[Iterator[int]]:
        """Take a place in line for other work than an answer, and leave it with the block.

        The iterator yields one's place while others are before one, and ends when it is one's
        turn.
        """


class ModelHost(Protocol):
    """Where an engine comes from while weights are still being fetched."""

    @property
    def state(self) -> ModelState: ...

    def progress(self) -> Iterator[ModelState]:
        """Yield states until the model is ready or has failed."""

    def engine(self) -> Engine:
        """Return the engine.

        Raises:
            ModelNotReady: The model is not loaded yet.
            ModelError: Loading failed; the message says why.
        """

    def beside(self, bridge_dir: Path | None) -> Engine:
        """Return an engine of another bridge over the same frozen models, in the same line.

        It takes memory for as long as somebody holds it.

        Raises:
            ModelNotReady: The model is not loaded yet.
            ModelError: The bridge cannot be used; the message says why.
        """

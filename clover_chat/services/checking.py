"""An answer checked against what the bridge reads in the pictures, while it is being written."""

from collections.abc import Generator, Iterable, Sequence
from typing import TypeVar

from clover_chat.knowledge.checking import Checked, Checker, Cut, Fault
from clover_chat.knowledge.claims import claim_reader
from clover_chat.types import Engine, Reading, Turn, pictures_asked_about

Event = TypeVar("Event")


def readings_for(engine: Engine, turns: Sequence[Turn]) -> tuple[Reading, ...]:
    """Return the reading of each picture that the last question is about.

    Returns:
        None at all where the bridge has no reading of its own, or where nobody showed a picture.
    """
    readings = [engine.read(picture) for picture in pictures_asked_about(turns)]
    return tuple(each for each in readings if each is not None)


def checked(
    pieces: Iterable[str | Event], readings: Sequence[Reading]
) -> Generator[str | Event, None, Checked]:
    """Yield an answer sentence by sentence, as far as it holds, and return what became of it.

    Args:
        pieces: The answer as it is written; whatever is no text is passed on as it is. No more of
            it is asked for once a sentence does not hold, so that closing it stops the writing.
        readings: What the bridge reads in the pictures that the question is about.
    """
    checker = Checker(claim_reader(), readings)
    for piece in pieces:
        if not isinstance(piece, str):
            yield piece
        elif shown := checker.feed(piece):
            yield shown
        if checker.is_cut:
            break
    rest, outcome = checker.finish()
    if rest:
        yield rest
    return outcome


def cut_reason(cut: Cut) -> str:
    """Return why an answer was cut back, for its reader."""
    return {
        Fault.CONTRADICTION: (
            f"what followed named {cut.claim}, which the bridge's own reading of the picture holds "
            f"unlikely ({cut.probability:.0%})."
        ),
        Fault.REPETITION: "what followed repeated itself.",
        Fault.LANGUAGE: "what followed was not readable.",
        Fault.UNFINISHED: "the last sentence broke off.",
    }[cut.fault]

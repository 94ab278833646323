"""A larger talker, and what the default says where it fails, in one step."""

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from clover_chat.errors import TalkerError
from clover_chat.talker.request import Talker, TalkRequest
from clover_chat.types import Author

logger = logging.getLogger(__name__)
Event = TypeVar("Event")


@dataclass(frozen=True)
class WrittenBy:
    """From here on somebody writes; the answer begins anew, and what stood before does not count.

    Attributes:
        author: Who.
        because: Why the one before does not go on, as a sentence for the person at the screen.
    """

    author: Author
    because: str = ""


def talk_or_fall_back(
    talker: Talker, request: TalkRequest, fallback: Callable[[], Iterable[str | Event]]
) -> Generator[str | WrittenBy | Event, None, None]:
    """Yield the talker's answer, or the default's once the talker fails, mid-answer included.

    Closing the generator hangs up, or stops the default.

    Args:
        talker: Asked first.
        request: What it is told.
        fallback: Begins the default's answer; called only when it is needed.
    """
    yield WrittenBy(Author.TALKER)
    try:
        with closing(talker.talk(request)) as pieces:
            yield from pieces
        return
    except TalkerError as error:
        logger.warning("The larger talker failed: %s", type(error).__name__)
        because = str(error)
    yield WrittenBy(Author.BRIDGE, f"{because} The default model answers instead.")
    yield from fallback()

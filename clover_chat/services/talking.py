"""A larger model of the lab's choice writes in place of the bridge, or leaves it to the bridge."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clover_chat.knowledge.search import Hit, Shelf
from clover_chat.services.parts import CutBack, Part, PartBegun, PartEvent, fixed, quoted_from
from clover_chat.talker.falling_back import WrittenBy, talk_or_fall_back
from clover_chat.talker.request import Endpoint, Passage, Talker, TalkRequest, in_plain_words
from clover_chat.types import Author, Reading, Turn

_NEAR = 0.2  # chance of being the right one from which on a passage is told
_PASSAGES = 3


@dataclass(frozen=True)
class Talking:
    """Has a larger model write answers about pictures.

    Attributes:
        talker: Writes.
        endpoint: Where it is, and what it may see.
        shelf: Passages that fit the question are told along.
    """

    talker: Talker
    endpoint: Endpoint
    shelf: Shelf

    def part(
        self, turns: Sequence[Turn], readings: tuple[Reading, ...], own: Callable[[], Part]
    ) -> Part:
        """Say what leaves the server, then have it answered; where that fails, by the bridge.

        Args:
            turns: The conversation, the question last.
            readings: What the bridge reads in the pictures the question is about.
            own: Begins what the bridge writes itself.
        """
        request = self._request(turns, readings)
        yield from fixed(in_plain_words(request, self.endpoint))
        has_text = False
        events: Iterator[PartEvent | WrittenBy] = talk_or_fall_back(self.talker, request, own)
        for event in events:
            if isinstance(event, WrittenBy):
                yield from _handed_over(event, has_text=has_text)
            else:
                has_text = has_text or isinstance(event, str)
                yield event

    def _request(self, turns: Sequence[Turn], readings: tuple[Reading, ...]) -> TalkRequest:
        *earlier, asked = turns
        return TalkRequest(
            question=asked.question,
            readings=readings,
            passages=tuple(map(_passage, self._fitting(asked.question))),
            earlier=tuple(earlier),
            pictures=asked.pictures,
        )

    def _fitting(self, question: str) -> list[Hit]:
        return [hit for hit in self.shelf.find(question, _PASSAGES) if hit.score >= _NEAR]


def _handed_over(event: WrittenBy, *, has_text: bool) -> Part:
    """Say who writes from here on, and why the one before does not."""
    if event.author is Author.TALKER:
        yield PartBegun(Author.TALKER)
    elif has_text:
        yield CutBack(event.because)
    else:
        yield from fixed(event.because)


def _passage(hit: Hit) -> Passage:
    quoted = quoted_from(hit.entry)
    return Passage(quoted.title, hit.entry.text, quoted.source)

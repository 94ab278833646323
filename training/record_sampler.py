"""Conversations and captions drawn from instruction records whose pictures have been looked at."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from training.align import Pair
from training.batches import Asked, Conversation, Views
from training.instructions.records import ImageRef, Method, Record

FREQUENT = 20
"""An answer given so often is worth learning to choose."""
LONG = 16
"""An answer of more words is a long one."""
CAPTION_KINDS = frozenset({"describe", "caption"})


class RecordSampler:
    """Draws from records that all count the same; how they are mixed is for the mix to say.

    Args:
        records: To learn from; at least one.
        views: The features of every picture they name.
    """

    def __init__(self, records: Sequence[Record], views: Mapping[ImageRef, Views]) -> None:
        self._records, self._views = records, views
        self._by_length: dict[tuple[int, bool], list[Record]] = defaultdict(list)
        for record in records:
            self._by_length[_length(record)].append(record)
        self._single = [record for record in records if _about_one(record)]
        counted = Counter(item.answer for record in records for item in _about_one(record))
        self.answers = frozenset(counted)
        self.frequent_answers = frozenset(a for a, count in counted.items() if count >= FREQUENT)
        self._captioned = [record for record in records if _caption(record)]
        self._true: dict[str, set[str]] = defaultdict(set)
        for record in self._captioned:
            self._true[_meaning(record)].add(_caption(record))

    def single(self, count: int, rng: random.Random) -> list[Conversation]:
        """Return conversations of one question about one picture."""
        drawn = []
        for record in rng.choices(self._single, k=count):
            item = rng.choice(_about_one(record))
            picture = self._views[record.images[item.shown[0]]]
            drawn.append(Conversation((picture,), (Asked(item.question, item.answer),)))
        return drawn

    def conversations(self, questions: int, rng: random.Random) -> list[Conversation]:
        """Return conversations of like length with about so many questions in all."""
        length = _length(rng.choice(self._records))
        records = rng.choices(self._by_length[length], k=max(1, round(questions / length[0])))
        return [self._conversation(record) for record in records]

    def pictures(self, count: int, rng: random.Random) -> list[Views]:
        """Return pictures of random records."""
        return [self._views[record.images[0]] for record in rng.choices(self._records, k=count)]

    def pairs(self, count: int, rng: random.Random) -> list[Pair]:
        """Return pictures with one of the captions that hold for them."""
        return [self._pair(record) for record in rng.choices(self._captioned, k=count)]

    def _pair(self, record: Record) -> Pair:
        meaning = _meaning(record)
        views = self._views[record.images[0]]
        return Pair(views, _caption(record), frozenset(self._true[meaning]), meaning)

    def _conversation(self, record: Record) -> Conversation:
        pictures = tuple(self._views[image] for image in record.images)
        return Conversation(pictures, _asked(record))


def _asked(record: Record) -> tuple[Asked, ...]:
    return tuple(Asked(turn.question, turn.answer, turn.images) for turn in record.turns)


def _about_one(record: Record) -> list[Asked]:
    return [item for item in _asked(record) if len(item.shown) == 1]


def _length(record: Record) -> tuple[int, bool]:
    longest = max(len(turn.answer.split()) for turn in record.turns)
    return len(record.turns), longest > LONG


def _caption(record: Record) -> str:
    """Return what a record says about its one picture as a whole, or ""."""
    if len(record.images) > 1:
        return ""
    said = (turn.answer for turn in record.turns if turn.kind in CAPTION_KINDS)
    return next(said, "")


def _meaning(record: Record) -> str:
    """Return what pictures with the same captions share: all that their words were made from."""
    if record.provenance.method in (Method.TEMPLATE, Method.CARD):
        return f"{record.label} / {record.organ} / {record.stain}"
    return str(record.images[0])

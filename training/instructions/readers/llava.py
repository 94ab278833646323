"""Conversations in the form of LLaVA, with "<image>" where a picture is shown.

    [{"id": "1", "image": "a.jpg", "conversations": [{"from": "human", "value": "<image> What?"},
                                                     {"from": "gpt", "value": "A gland."}]}]

`image` may be a list. A turn without a tag is about the same pictures as the one before it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.instructions.problems import Accepted
from training.instructions.readers.collecting import Collector, Publication, open_or_closed
from training.instructions.readers.files import json_items
from training.instructions.records import Record, RecordTurn

TAG = "<image>"
_ASKING = ("human", "user")
_ANSWERING = ("gpt", "assistant")


def read_llava(path: Path, publication: Publication) -> Accepted[Record]:
    """Return a record for each conversation about pictures.

    Raises:
        TrainingError: The file cannot be read, or has problems that are to be refused.
    """
    collector = Collector(publication, path)
    for line, item in json_items(path, collector.problems):
        try:
            names = _names(item)
            turns = turns_of(item["conversations"], len(names))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            collector.problems.add(path, line, "wrong form", f"{error!r}")
            continue
        collector.take(line, names, turns)
    return collector.settle()


def _names(item: dict[str, Any]) -> list[str]:
    image = item.get("image") or []
    return [image] if isinstance(image, str) else [str(name) for name in image]


def turns_of(messages: Sequence[dict[str, str]], images: int) -> list[RecordTurn]:
    """Return the turns of a conversation about so many pictures.

    Raises:
        ValueError: Speakers do not alternate, or tags and pictures do not match.
    """
    if not messages or len(messages) % 2:
        raise ValueError(f"{len(messages)} messages; they should come in pairs")
    tags = sum(message["value"].count(TAG) for message in messages)
    if tags not in (0, images):
        raise ValueError(f"{tags} tags {TAG} for {images} pictures")
    turns: list[RecordTurn] = []
    shown: tuple[int, ...] = tuple(range(images)) if tags == 0 else ()
    begun = 0
    for asked, answered in zip(messages[::2], messages[1::2], strict=True):
        if asked["from"] not in _ASKING or answered["from"] not in _ANSWERING:
            raise ValueError(f"{asked['from']!r} is followed by {answered['from']!r}")
        count = asked["value"].count(TAG)
        if count:
            shown, begun = tuple(range(begun, begun + count)), begun + count
        if not shown and images:
            raise ValueError("a question comes before the first picture")
        question = asked["value"].replace(TAG, " ").strip()
        answer = answered["value"].strip()
        turns.append(RecordTurn(open_or_closed(answer), question, answer, shown))
    return turns

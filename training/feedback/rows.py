"""Rows of an export as what can be learnt from them.

    sft         messages, images
    preference  prompt, chosen, rejected, images
    unpaired    prompt, completion, label, images
    jsonl       a judgment with its full lineage

The first three are in the columns of TRL and name the pictures of the whole conversation in one
list. Of a conversation of several turns about several pictures they do not say which turn shows
which, so that such a row is left out; the last form says it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.feedback.judged import Exchange, Lesson, Pair, Single
from training.instructions.records import ImageRef, RecordTurn

Row = Mapping[str, Any]
Taught = Lesson | Pair | Single
KIND = "feedback"


class UnusableRow(ValueError):
    """A row that cannot be learnt from.

    Args:
        kind: In two or three words.
        detail: What exactly.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class Origin:
    """Where a row comes from, as far as the export says."""

    group: str = ""
    is_disputed: bool = False
    person: str = ""
    judged_on: str = ""


Refer = Callable[[str], ImageRef]
"""Returns a picture by its file in the export, or raises `UnusableRow`."""


def taught_by(row: Row, refer: Refer, origin: Origin) -> list[Taught]:
    """Return what a row teaches; a judgment may teach several things, or nothing.

    Raises:
        UnusableRow: It is in no known form, or not clear.
    """
    try:
        if "messages" in row:
            *prompt, answer = row["messages"]
            return [Lesson(_exchange(prompt, row, refer, origin), _said(answer))]
        if "chosen" in row:
            exchange = _exchange(row["prompt"], row, refer, origin)
            return [Pair(exchange, _said(row["chosen"][0]), _said(row["rejected"][0]))]
        if "completion" in row:
            exchange = _exchange(row["prompt"], row, refer, origin)
            return [Single(exchange, _said(row["completion"][0]), bool(row["label"]))]
        return list(_judgment(row, refer))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise UnusableRow("wrong form", f"it is no row of an export ({error!r})") from error


def _said(message: Row) -> str:
    return str(message["content"]).strip()


def _exchange(prompt: Sequence[Row], row: Row, refer: Refer, origin: Origin) -> Exchange:
    images = tuple(refer(name) for name in row["images"])
    if not images:
        raise UnusableRow("no picture", "nothing was shown, and a bridge learns about pictures")
    if len(prompt) > 1 and len(images) > 1:
        raise UnusableRow(
            "unclear pictures",
            "several turns and several pictures; export with --format jsonl, which says which",
        )
    *before, asked = prompt
    shown = tuple(range(len(images)))
    earlier = tuple(
        RecordTurn(KIND, _said(question), _said(answer), shown)
        for question, answer in zip(before[::2], before[1::2], strict=True)
    )
    group = origin.group or images[0].sha256
    return Exchange(
        images,
        earlier,
        _said(asked),
        shown,
        group,
        origin.is_disputed,
        origin.person,
        origin.judged_on,
    )


def _judgment(row: Row, refer: Refer) -> Iterator[Taught]:
    if row["copy"] is not None:
        return
    exchange = _judged_exchange(row, refer)
    answer, correction = row["answer"].strip(), row["correction"].strip()
    is_liked, is_whole = row["verdict"] == "up", row["is_complete"] and bool(answer)
    if correction:
        yield Lesson(exchange, correction)
    elif is_liked and is_whole and row["is_reviewed"]:
        yield Lesson(exchange, answer)
    if not is_whole:
        return
    if correction and correction != answer:
        yield Pair(exchange, correction, answer)
    for other in row["rejected"]:
        if other.strip() and other.strip() != answer:
            yield Pair(exchange, answer, other.strip())
    if row["verdict"] != "none":
        yield Single(exchange, answer, is_liked)


def _judged_exchange(row: Row, refer: Refer) -> Exchange:
    places: dict[ImageRef, int] = {}

    def shown(images: Sequence[Row]) -> tuple[int, ...]:
        found = [refer(each["file"]) for each in images]
        return tuple(places.setdefault(image, len(places)) for image in found)

    earlier: list[RecordTurn] = []
    latest: tuple[int, ...] = ()
    for turn in row["earlier"]:
        latest = shown(turn["images"]) or latest
        if latest:
            earlier.append(
                RecordTurn(KIND, turn["question"].strip(), turn["answer"].strip(), latest)
            )
    asked = shown(row["images"]) or latest
    if not asked:
        raise UnusableRow("no picture", "nothing was shown, and a bridge learns about pictures")
    return Exchange(
        tuple(places),
        tuple(earlier),
        row["question"].strip(),
        asked,
        row["group"],
        row["is_disputed"],
        str(row.get("person", "")),
        str(row.get("judged_on", "")),
    )

"""What a record becomes in each format: rows as TRL's trainers take them, or the record itself.

| judged | sft | preference | unpaired |
|---|---|---|---|
| thumb up | where the answer was checked | over each answer that is liked less | label true |
| thumb down | | | label false |
| corrected | the correction | the correction over the answer | |
| better than another, side by side | | over the other | |
| both good, or both bad | | | label true, or false, each |

Answers count as far as a model wrote them: quotations and fixed words teach a bridge nothing. One
that broke off is no example of anything; its correction is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.likeness import words_of
from clover_chat.services.feedback.records import Record
from clover_chat.types import Role, Thumb

Message = dict[str, str]


@dataclass(frozen=True)
class Row:
    """One line of an export, its pictures left to be filled in.

    Attributes:
        columns: The columns, without `images`.
        source: What it was made of: correction, review, thumb, retry or comparison.
        same: What has to agree for another row to be a copy of this one.
        texts: The texts that have to be alike for that.
    """

    columns: dict[str, Any]
    source: str
    same: tuple[str, ...]
    texts: tuple[str, ...]


def rows_of(record: Record, form: Format) -> Iterator[Row]:
    """Yield the rows of a record in a format of TRL; there may be none."""
    makers = {Format.SFT: _sft, Format.PREFERENCE: _preference, Format.UNPAIRED: _unpaired}
    yield from makers[form](record)


def _sft(record: Record) -> Iterator[Row]:
    is_checked = record.verdict == Thumb.UP and record.is_reviewed and record.is_complete
    learnt = record.correction or (record.answer if is_checked else "")
    if learnt:
        columns = {"messages": [*_prompt(record), _said(learnt)]}
        source = "correction" if record.correction else "review"
        yield Row(columns, source, _same(record), (*_told(record), learnt))


def _preference(record: Record) -> Iterator[Row]:
    if not record.answer or not record.is_complete:
        return
    pairs = [("correction", record.correction, record.answer)]
    source = "comparison" if record.compared else "retry"
    pairs += [(source, record.answer, other) for other in record.rejected]
    for source, chosen, rejected in pairs:
        if chosen and rejected and words_of(chosen) != words_of(rejected):
            columns = {
                "prompt": _prompt(record),
                "chosen": [_said(chosen)],
                "rejected": [_said(rejected)],
            }
            yield Row(columns, source, _same(record), (*_told(record), chosen, rejected))


def _unpaired(record: Record) -> Iterator[Row]:
    if record.answer and record.is_complete and record.verdict != Thumb.NONE:
        columns = {
            "prompt": _prompt(record),
            "completion": [_said(record.answer)],
            "label": record.verdict == Thumb.UP,
        }
        same = (*_same(record), record.verdict)
        source = "comparison" if record.compared else "thumb"
        yield Row(columns, source, same, (*_told(record), record.answer))


def _prompt(record: Record) -> list[Message]:
    *earlier, last = record.turns
    told = [
        message
        for turn in earlier
        for message in (_message(Role.USER, turn.question), _said(turn.answer))
    ]
    return [*told, _message(Role.USER, last.question)]


def _said(answer: str) -> Message:
    return _message(Role.ASSISTANT, answer)


def _message(role: Role, content: str) -> Message:
    return {"role": role.value, "content": content}


def _same(record: Record) -> tuple[str, ...]:
    return (str(len(record.turns)), *map(repr, record.all_sights))


def _told(record: Record) -> tuple[str, ...]:
    *earlier, last = record.turns
    before = (text for turn in earlier for text in (turn.question, turn.answer))
    return (*before, last.question)

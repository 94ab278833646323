"""Judged answers as questions with a right answer, to ask bridges again.

A correction is the right answer to its question, and so is an answer that somebody likes or
prefers; what is only disliked says nothing about what is right.
"""

from collections.abc import Mapping
from dataclasses import replace

from training.feedback.judged import Exchange, Feedback
from training.feedback.rows import KIND
from training.feedback.specimens import LICENCE
from training.feedback.told import told
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest


def cases_of(feedback: Feedback, forms: Mapping[str, tuple[str, ...]]) -> list[Record]:
    """Return a record for each question about one picture whose right answer is known.

    Where several right answers are known, a correction counts before an answer that is preferred,
    and that before one that is liked; a disputed one does not count.

    Args:
        feedback: Judged answers.
        forms: Known answers with the labels that each is true of.
    """
    right: dict[Exchange, str] = {}
    judged = [
        *((each.exchange, each.answer) for each in feedback.lessons),
        *((each.exchange, each.chosen) for each in feedback.pairs),
        *((each.exchange, each.answer) for each in feedback.singles if each.is_liked),
    ]
    for exchange, answer in judged:
        if exchange.picture is not None and not exchange.is_disputed:
            right.setdefault(exchange, answer)
    return [_record(exchange, answer, forms) for exchange, answer in right.items()]


def _record(exchange: Exchange, answer: str, forms: Mapping[str, tuple[str, ...]]) -> Record:
    picture = exchange.picture
    assert picture is not None
    before = [replace(turn, images=(0,)) for turn in exchange.earlier if _is_same(turn, exchange)]
    return Record(
        images=(picture,),
        turns=(*before, RecordTurn(KIND, exchange.question, answer)),
        source=KIND,
        licence=LICENCE,
        provenance=Provenance(Method.PUBLISHED, KIND, digest(answer)),
        split="test",
        label=told(answer, exchange.question, forms).label,
    )


def _is_same(turn: RecordTurn, exchange: Exchange) -> bool:
    return turn.images == exchange.shown

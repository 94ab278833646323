"""From captions to generated records: the answers at hand, sifted, a record for each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.evaluation.reading import verdict
from training.instructions.generation.asking import question_key, recipe_hash
from training.instructions.generation.endpoint import Endpoint
from training.instructions.generation.filters import Sifted, sift
from training.instructions.generation.journal import Journal
from training.instructions.generation.parsing import parse_pairs
from training.instructions.records import Method, Provenance, Record, RecordTurn

CAPTION_KINDS = frozenset({"caption", "describe"})


@dataclass(frozen=True)
class Generated:
    """Records made from answers, and what became of the rest.

    Attributes:
        records: One a pair that was kept.
        sifted: The pairs with the histogram of why others were dropped.
        unanswered: Captions without an answer so far.
    """

    records: tuple[Record, ...]
    sifted: Sifted
    unanswered: int


def captions_of(records: Sequence[Record]) -> list[Record]:
    """Return the records that are nothing but one description of one picture."""
    return [
        record
        for record in records
        if len(record.turns) == 1 and len(record.images) == 1 and record.kind in CAPTION_KINDS
    ]


def caption_text(record: Record) -> str:
    """Return what a caption record says about its picture."""
    return record.turns[0].answer


def generated_records(
    captions: Sequence[Record], journal: Journal, endpoint: Endpoint
) -> Generated:
    """Return the records that the answers at hand give; nothing is asked here."""
    answered = [
        (record, text)
        for record in captions
        if (text := journal.answer(question_key(caption_text(record), endpoint))) is not None
    ]
    provenance = Provenance(
        Method.GENERATED, "questions from captions", recipe_hash(endpoint), endpoint.model
    )
    sifted = sift([parse_pairs(text) for _, text in answered])
    records = tuple(
        replace(
            answered[number][0],
            turns=(RecordTurn(_kind(pair.answer), pair.question, pair.answer),),
            provenance=provenance,
        )
        for number, pair in sifted.kept
    )
    return Generated(records, sifted, len(captions) - len(answered))


def _kind(answer: str) -> str:
    return "yes_no" if verdict(answer) else "open"

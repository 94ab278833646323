"""A bridge asked every question of a set of records; its answers as predictions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.batches import Views
from training.evaluation.answering import answer_all
from training.evaluation.predictions import Prediction
from training.instructions.records import ImageRef, Record, RecordTurn


def predict(
    model: CloverModel,
    processor: CloverProcessor,
    records: Sequence[Record],
    views: Mapping[ImageRef, Views],
    *,
    bridge: str,
    instructions: str,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[Prediction]:
    """Return the answer to every question about one picture, each asked by itself.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        records: What to ask; questions about several pictures at once are left out.
        views: Features of every picture they name.
        bridge: SHA-256 of the bridge's weights.
        instructions: SHA-256 of the records.
        progress: Wraps the batches, for a progress bar.
    """
    asked = [(record, turn) for record in records for turn in record.turns if _is_single(turn)]
    answers = answer_all(
        model,
        processor,
        [(views[_image(record, turn)][0].float(), turn.question) for record, turn in asked],
        progress=progress,
    )
    return [
        Prediction(
            image=image_name(_image(record, turn)),
            source=record.source,
            label=record.label,
            kind=turn.kind,
            question=turn.question,
            reference=turn.answer,
            answer=answer,
            bridge=bridge,
            instructions=instructions,
            file=PurePosixPath(_image(record, turn).path).name,
        )
        for (record, turn), answer in zip(asked, answers, strict=True)
    ]


def _is_single(turn: RecordTurn) -> bool:
    return len(turn.images) == 1


def _image(record: Record, turn: RecordTurn) -> ImageRef:
    return record.images[turn.images[0]]


def image_name(image: ImageRef) -> str:
    """Return what tells pictures apart: the file's hash, with the part of it that is meant."""
    return image.sha256 if image.crop is None else f"{image.sha256}{list(image.crop)}"

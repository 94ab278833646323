"""A bridge asked every question of a set of records; its answers as predictions."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from clover_chat.knowledge.sureness import sureness
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import ReadingHead, read_picture
from clover_chat.types import Reading
from training.batches import Views
from training.evaluation.answering import Progress, Talk, answer_all
from training.evaluation.predictions import Prediction
from training.instructions.records import ImageRef, Record


def predict(
    model: CloverModel,
    processor: CloverProcessor,
    records: Sequence[Record],
    views: Mapping[ImageRef, Views],
    *,
    bridge: str,
    instructions: str,
    readings: Mapping[ImageRef, Reading] | None = None,
    progress: Progress = iter,
) -> list[Prediction]:
    """Return the answer to every question about one picture.

    The questions of a record are asked as one conversation, in which the bridge's own earlier
    answers stand; each question looks at the picture afresh.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        records: What to ask; those about several pictures at once are left out.
        views: Features of every picture they name.
        bridge: SHA-256 of the bridge's weights.
        instructions: SHA-256 of the records.
        readings: What the bridge reads in pictures; narrows answers to what fits it, as in the app.
        progress: Wraps the batches, for a progress bar.
    """
    asked = [record for record in records if is_about_one(record)]
    images = [image_of(record) for record in asked]
    known = readings or {}
    read = {image: (known[image],) if image in known else () for image in images}
    talks = [
        Talk(views[image][0].float(), tuple(turn.question for turn in record.turns), read[image])
        for record, image in zip(asked, images, strict=True)
    ]
    answers = answer_all(model, processor, talks, progress=progress)
    return [
        prediction
        for record, said in zip(asked, answers, strict=True)
        for prediction in as_predictions(
            record, said, bridge=bridge, instructions=instructions, readings=read[image_of(record)]
        )
    ]


def readings_of(
    model: CloverModel,
    processor: CloverProcessor,
    head: ReadingHead | None,
    views: Mapping[ImageRef, Views],
) -> dict[ImageRef, Reading]:
    """Return what a bridge reads in pictures, nothing where it has no reading of its own.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        head: Its reading.
        views: Features of the pictures.
    """
    if head is None:
        return {}
    return {
        image: read_picture(model, processor, head, each[0].float())
        for image, each in views.items()
    }


def as_predictions(
    record: Record,
    said: Sequence[str],
    *,
    bridge: str,
    instructions: str,
    readings: Sequence[Reading] = (),
) -> list[Prediction]:
    """Return the answers to the questions of a record about one picture.

    Args:
        record: What was asked.
        said: An answer for each of its turns.
        bridge: Who said it.
        instructions: SHA-256 of all records that were asked.
        readings: What the bridge reads in the picture; with it, answers say how sure they are.
    """
    image = image_of(record)
    sure = [
        sureness(turn.question, answer, readings)
        for turn, answer in zip(record.turns, said, strict=True)
    ]
    return [
        Prediction(
            image=image_name(image),
            source=record.source,
            label=record.label,
            kind=turn.kind,
            question=turn.question,
            reference=turn.answer,
            answer=answer,
            bridge=bridge,
            instructions=instructions,
            file=PurePosixPath(image.path).name,
            confidence=found.probability if found else None,
            turn=place,
        )
        for place, (turn, answer, found) in enumerate(
            zip(record.turns, said, sure, strict=True), start=1
        )
    ]


def is_about_one(record: Record) -> bool:
    """Tell whether all questions of a record are about the same single picture."""
    shown = {turn.images for turn in record.turns}
    return len(shown) == 1 and len(record.turns[0].images) == 1


def image_of(record: Record) -> ImageRef:
    """Return the picture of a record about one."""
    return record.images[record.turns[0].images[0]]


def image_name(image: ImageRef) -> str:
    """Return what tells pictures apart: the file's hash, with the part of it that is meant."""
    return image.sha256 if image.crop is None else f"{image.sha256}{list(image.crop)}"

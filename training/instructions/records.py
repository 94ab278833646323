"""One record: pictures, and a conversation about them that a bridge learns from or is asked.

A file of records holds one JSON object a line; `record.schema.json` says what each may hold, and
`intake` reads files and reports what is wrong with them.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

SPLITS = ("train", "val", "test")
Crop = tuple[int, int, int, int]
Row = dict[str, Any]


class Method(StrEnum):
    """How the words of a record came about."""

    TEMPLATE = "template"
    CARD = "card"
    GENERATED = "generated"
    PUBLISHED = "published"


@dataclass(frozen=True)
class ImageRef:
    """A picture, or a part of one.

    Attributes:
        path: File relative to the folder of the records or to a root, with forward slashes.
        sha256: Of the file's bytes, hexadecimal.
        group: Slide, patient or source tile; its pictures all belong to one split.
        crop: Part that is meant, (left, top, right, bottom) in pixels of the file, of level 0
            for a slide; None is all of it.
    """

    path: str
    sha256: str
    group: str
    crop: Crop | None = None


@dataclass(frozen=True)
class RecordTurn:
    """One question and its answer.

    Attributes:
        kind: Kind of question, such as "label" or "yes_no_organ".
        question: As a person would ask it.
        answer: As it should be answered.
        images: Which of the record's pictures the turn shows, by position.
    """

    kind: str
    question: str
    answer: str
    images: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Provenance:
    """Where the words come from.

    Attributes:
        method: How they came about.
        recipe: Name of the recipe, card, prompt or publication.
        sha256: Of what the recipe consists of, hexadecimal; with generated text of prompt, model
            and settings together.
        model: Which language model wrote the text, or "".
    """

    method: Method
    recipe: str
    sha256: str
    model: str = ""


@dataclass(frozen=True)
class Record:
    """Pictures, a conversation about them, and everything that must be known to use both.

    Attributes:
        images: One or more.
        turns: One or more.
        source: Name of the set the pictures come from.
        licence: Under which the pictures may be used.
        provenance: Where the words come from.
        split: One of `SPLITS`.
        label: Diagnosis, cell type or kind of specimen, or "" where that is unknown or several.
        organ: Organ or specimen, or "".
        stain: Stain and technique, or "".
    """

    images: tuple[ImageRef, ...]
    turns: tuple[RecordTurn, ...]
    source: str
    licence: str
    provenance: Provenance
    split: str
    label: str = ""
    organ: str = ""
    stain: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of its pictures, each once."""
        return tuple(dict.fromkeys(image.group for image in self.images))

    @property
    def kind(self) -> str:
        """The kind of its first question."""
        return self.turns[0].kind

    @property
    def key(self) -> str:
        """SHA-256 of everything in the record, hexadecimal."""
        return digest(as_row(self))


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value, hexadecimal; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def as_row(record: Record) -> Row:
    """Return a record as the JSON object that stands for it; what is not known is left out."""
    words = {"source": record.source, "licence": record.licence, "split": record.split}
    where_known = {"label": record.label, "organ": record.organ, "stain": record.stain}
    made, model = record.provenance, record.provenance.model
    provenance = {"method": str(made.method), "recipe": made.recipe, "sha256": made.sha256}
    return {
        "images": [_image_row(image) for image in record.images],
        "turns": [vars(turn) | {"images": list(turn.images)} for turn in record.turns],
        **words,
        "provenance": provenance | ({"model": model} if model else {}),
        **{name: value for name, value in where_known.items() if value},
    }


def _image_row(image: ImageRef) -> Row:
    row = {"path": image.path, "sha256": image.sha256, "group": image.group}
    return row | ({"crop": list(image.crop)} if image.crop else {})


def from_row(row: Row) -> Record:
    """Return the record of a JSON object that fits the schema."""
    images = tuple(_image(each) for each in row["images"])
    everything = tuple(range(len(images)))
    turns = tuple(
        RecordTurn(**{**turn, "images": tuple(map(int, turn.get("images", everything)))})
        for turn in row["turns"]
    )
    provenance = Provenance(**{**row["provenance"], "method": Method(row["provenance"]["method"])})
    return Record(**{**row, "images": images, "turns": turns, "provenance": provenance})


def _image(row: Row) -> ImageRef:
    crop = row.get("crop")
    left_top_right_bottom = None if crop is None else tuple(int(side) for side in crop)
    return ImageRef(**{**row, "crop": left_top_right_bottom})


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records as JSON lines, whole or not at all, and return how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(as_row(record), ensure_ascii=False) + "\n")
            count += 1
    part.replace(path)
    return count

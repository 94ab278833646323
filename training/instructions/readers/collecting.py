"""From the rows of a published set to records; what cannot be used is noted by file and line."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.instructions.intake import complaint
from training.instructions.pictures import MOST_MEGAPIXELS, Complaint, Gallery
from training.instructions.problems import Accepted, OnProblem, Problems
from training.instructions.records import (
    ImageRef,
    Method,
    Provenance,
    Record,
    RecordTurn,
    as_row,
)


@dataclass(frozen=True)
class Publication:
    """What holds for all of a published set.

    Attributes:
        source: Its name.
        licence: Under which its pictures may be used.
        split: The split its records go to, where its rows do not say.
        images: The folder its pictures lie in; paths of the records are relative to it.
        on_problem: Leave out what cannot be used, or refuse all of it.
        most_megapixels: The largest picture that is taken.
    """

    source: str
    licence: str
    split: str
    images: Path
    on_problem: OnProblem = OnProblem.SKIP
    most_megapixels: float = MOST_MEGAPIXELS


@dataclass(frozen=True)
class About:
    """What a row may say beyond picture and words; "" is not known."""

    label: str = ""
    organ: str = ""
    stain: str = ""
    split: str = ""
    group: str = ""


class Collector:
    """Takes one conversation after the other out of a file.

    Args:
        publication: What holds for all of them.
        path: The file.
    """

    def __init__(self, publication: Publication, path: Path) -> None:
        self.problems = Problems(publication.on_problem)
        self._publication, self._path = publication, path
        self._gallery = Gallery((publication.images,), publication.most_megapixels)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
        self._provenance = Provenance(Method.PUBLISHED, publication.source, sha256)
        self._records: list[Record] = []

    def take(
        self,
        line: int,
        names: Sequence[str],
        turns: Sequence[RecordTurn],
        about: About = About(),
    ) -> None:
        """Take a conversation about the pictures of these names, or note why not."""
        if not names:
            self.problems.add(self._path, line, "missing image", "no image is named")
            return
        group = about.group or Path(names[0]).stem
        found = [self._gallery.refer(name, f"{self._publication.source}/{group}") for name in names]
        images = [image for image in found if isinstance(image, ImageRef)]
        wrong = next((image for image in found if isinstance(image, Complaint)), None)
        if wrong:
            self.problems.add(self._path, line, wrong.kind, wrong.detail)
            return
        record = self._record(images, turns, about)
        kind, detail = complaint(as_row(record))
        if kind:
            self.problems.add(self._path, line, kind, detail)
        else:
            self._records.append(record)

    def settle(self) -> Accepted[Record]:
        """Return the records, and what was left out."""
        return self.problems.settle(self._records)

    def _record(
        self, images: Sequence[ImageRef], turns: Sequence[RecordTurn], about: About
    ) -> Record:
        return Record(
            images=tuple(images),
            turns=tuple(turns),
            source=self._publication.source,
            licence=self._publication.licence,
            provenance=self._provenance,
            split=about.split or self._publication.split,
            label=about.label,
            organ=about.organ,
            stain=about.stain,
        )


def open_or_closed(answer: str) -> str:
    """Return the kind of a published question: "yes_no" where the answer is just that."""
    return "yes_no" if answer.strip().rstrip(".").lower() in ("yes", "no") else "open"

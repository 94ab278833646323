"""What a lab has at the start of a season: labelled pictures with a fault, and others to come."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from clover_chat.errors import TrainingError
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.reading import train_sample


class Fault(StrEnum):
    """What is wrong with the labels that the starting bridge has learnt from.

    The affected labels are missing, or pictures of them carry another label of their source.
    """

    MISSING = "missing"
    MISLABELLED = "mislabelled"


@dataclass(frozen=True)
class Lab:
    """A lab.

    Attributes:
        known: Pictures whose labels it trains on, faults included; train and val split.
        sure: Those of the val split among them that no fault concerns.
        held: Pictures of the val split, with their true labels: what the gate asks about.
        to_come: Pictures of the train split that will be asked about, with their true labels.
        tested: Pictures of the test split, with their true labels, which the gate never sees.
        affected: Labels that the fault is about.
    """

    known: tuple[Specimen, ...]
    sure: tuple[Specimen, ...]
    held: tuple[Specimen, ...]
    to_come: tuple[Specimen, ...]
    tested: tuple[Specimen, ...]
    affected: frozenset[str]

    def drawn(self, count: int, affected_share: float, rng: random.Random) -> list[Specimen]:
        """Return pictures to come, so many of them of affected labels as there are, or as asked."""
        affected = [each for each in self.to_come if each.label in self.affected]
        others = [each for each in self.to_come if each.label not in self.affected]
        first = rng.sample(affected, min(len(affected), round(count * affected_share)))
        return [*first, *rng.sample(others, min(len(others), count - len(first)))]

    def without(self, images: Collection[ImageRef]) -> "Lab":
        """Return the lab after these pictures were asked about."""
        left = tuple(each for each in self.to_come if each.image not in images)
        return replace(self, to_come=left)


def open_lab(
    specimens: Sequence[Specimen], affected: Sequence[str], fault: Fault, per_label: int
) -> Lab:
    """Return a lab with a fault.

    Args:
        specimens: With a val split.
        affected: Labels that the fault is about.
        fault: What is wrong with them.
        per_label: Pictures of each label that the lab trains on; the others are to come.

    Raises:
        TrainingError: A label has no pictures to learn from, or none to be tested on.
    """
    for label in affected:
        if not {"train", "test"} <= {each.split for each in specimens if each.label == label}:
            raise TrainingError(f"{label!r} needs pictures in the train and in the test split.")
    sample = {each.image for each in train_sample(specimens, per_label) if each.split == "train"}
    held = [each for each in specimens if each.split == "val"]
    vals = [replace(each, split="train") for each in held]
    kept = {each.image for each in train_sample(vals, max(1, per_label // 3))}
    known = [each for each in specimens if each.image in sample | kept]
    is_missing = fault is Fault.MISSING
    wrong = {} if is_missing else _wrong_labels(specimens, affected)
    return Lab(
        known=tuple(_as_labelled(each, wrong) for each in known if _is_kept(each, affected, fault)),
        sure=tuple(each for each in known if each.split == "val" and each.label not in affected),
        held=tuple(held),
        to_come=tuple(
            each
            for each in specimens
            if each.split == "train"
            and (each.image not in sample or (is_missing and each.label in affected))
        ),
        tested=tuple(each for each in specimens if each.split == "test"),
        affected=frozenset(affected),
    )


def _is_kept(specimen: Specimen, affected: Collection[str], fault: Fault) -> bool:
    return fault is Fault.MISLABELLED or specimen.label not in affected


def _as_labelled(specimen: Specimen, wrong: Mapping[str, str]) -> Specimen:
    return replace(specimen, label=wrong.get(specimen.label, specimen.label))


def _wrong_labels(specimens: Sequence[Specimen], affected: Collection[str]) -> dict[str, str]:
    """Return for each affected label the first other label of its source."""
    wrong: dict[str, str] = {}
    for label in affected:
        source = next(each.source for each in specimens if each.label == label)
        others = {each.label for each in specimens if each.source == source} - set(affected)
        if not others:
            raise TrainingError(f"The source {source} has no label to take {label!r} for.")
        wrong[label] = min(others)
    return wrong

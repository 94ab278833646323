"""Labelled patches with everything the instruction factory may ask about: counts, magnification.

Read from a folder for each source, with `images/` and a `labels.jsonl`, one JSON object a line.
What is wrong is noted by file and line.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clover_chat.knowledge.cards import cards, overlap
from training.instructions.intake import json_lines
from training.instructions.leaks import leak, strictest_splits
from training.instructions.pictures import MOST_MEGAPIXELS, Complaint, Gallery
from training.instructions.problems import Accepted, OnProblem, Problems
from training.instructions.records import SPLITS, ImageRef

SOURCES = ("lc25000", "oral_oscc", "pap_lbc", "pbc_cells", "bccd", "malaria_nih")
"""Sets that are trained on."""

EXTERNAL = ("breakhis", "nct_crc_he", "osteosarcoma", "aml_cells")
"""Sets that are asked about but not trained on."""

LICENCES = {
    "lc25000": "free for AI research (arXiv:1912.12142)",
    "oral_oscc": "CC0-1.0; images CC BY 4.0",
    "pap_lbc": "CC BY 4.0",
    "pbc_cells": "CC BY 4.0",
    "bccd": "MIT",
    "malaria_nih": "public domain",
    "breakhis": "CC BY 4.0",
    "nct_crc_he": "CC BY 4.0",
    "osteosarcoma": "CC BY 3.0",
    "aml_cells": "CC BY 3.0",
    "ihc": "CC0-1.0",
}
_MAGNIFICATIONS = {"pap_lbc": "400x"}
"""Of sets in which every picture has the same and no line says it."""

HELD_BACK = 0.1
"""Share of a source's train groups that validation takes where it has no split of its own."""

_WORDS = ("image", "label", "organ", "stain", "split")


@dataclass(frozen=True)
class Specimen:
    """A picture with all that is known of it.

    Attributes:
        image: The file, its hash and its group.
        source: Name of the set it comes from.
        licence: Of the set.
        label: Key of its knowledge card.
        organ: Organ or specimen.
        stain: Stain and technique.
        split: "train", "val" or "test".
        counts: Cells of each kind in it, by the set's own names; empty where nobody counted.
        magnification: In all, such as "400x", or "".
    """

    image: ImageRef
    source: str
    licence: str
    label: str
    organ: str
    stain: str
    split: str
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    magnification: str = ""


def read_specimens(
    root: Path,
    sources: Sequence[str] = SOURCES,
    on_problem: OnProblem = OnProblem.SKIP,
    most_megapixels: float = MOST_MEGAPIXELS,
) -> Accepted[Specimen]:
    """Return the labelled patches of the sources under `root`, and what is wrong with the rest.

    Raises:
        TrainingError: A source is missing, or there are problems and they are to be refused.
    """
    problems, gallery = Problems(on_problem), Gallery((root,), most_megapixels)
    placed: list[tuple[Specimen, Path, int]] = []
    for source in sources:
        table = root / source / "labels.jsonl"
        for number, row in json_lines(table, problems):
            made = _specimen(source, row, gallery)
            if isinstance(made, Complaint):
                problems.add(table, number, made.kind, made.detail)
            else:
                placed.append((made, table, number))
    contradiction = contradictions([specimen for specimen, _, _ in placed])
    for specimen, table, number in placed:
        if specimen.image in contradiction:
            problems.add(table, number, *contradiction[specimen.image])
    kept = [specimen for specimen, _, _ in placed if specimen.image not in contradiction]
    return problems.settle(kept)


def hold_back(specimens: Sequence[Specimen], share: float) -> list[Specimen]:
    """Return specimens with a val split in every source that has something to learn from.

    Where a source brings none, the groups whose hash is in the lowest `share` leave its train
    split: the same ones each time, whatever else there is.
    """
    validated = {each.source for each in specimens if each.split == "val"}
    return [
        replace(each, split="val")
        if each.split == "train" and each.source not in validated and _is_held(each, share)
        else each
        for each in specimens
    ]


def _is_held(specimen: Specimen, share: float) -> bool:
    digest = hashlib.sha256(specimen.image.group.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def contradictions(specimens: Sequence[Specimen]) -> dict[ImageRef, tuple[str, str]]:
    """Return the pictures that others contradict, each with the kind of problem and its detail.

    Of one picture with two labels neither can be trusted; one picture or group in two splits
    stays with the stricter one.
    """
    found: dict[ImageRef, tuple[str, str]] = {}
    belongs = strictest_splits((each.split, (each.image,)) for each in specimens)
    first: dict[str, Specimen] = {}
    for specimen in specimens:
        other = first.setdefault(specimen.image.sha256, specimen)
        if not overlap(specimen.label, other.label):
            for one, two in ((specimen, other), (other, specimen)):
                detail = f"{one.label}, but {two.image.path} is the same and {two.label}"
                found[one.image] = ("contradicted label", detail)
        elif reason := leak(specimen.split, (specimen.image,), belongs):
            found.setdefault(specimen.image, ("leaking split", reason))
    return found


def _specimen(source: str, row: Any, gallery: Gallery) -> Specimen | Complaint:
    if wrong := _wrong(row):
        return wrong
    group = row.get("group") or Path(row["image"]).stem
    image = gallery.refer(f"{source}/{row['image']}", f"{source}/{group}")
    if isinstance(image, Complaint):
        return image
    return Specimen(
        image=image,
        source=source,
        licence=LICENCES.get(source, "unknown"),
        label=row["label"],
        organ=row["organ"],
        stain=row["stain"],
        split=row["split"],
        counts=row.get("counts") or {},
        magnification=row.get("magnification") or _MAGNIFICATIONS.get(source, ""),
    )


def _wrong(row: Any) -> Complaint | None:
    if not isinstance(row, dict):
        return Complaint("wrong form", f"expected an object, found {row!r}")
    for name in _WORDS:
        if not isinstance(row.get(name), str) or not row[name].strip():
            return Complaint("wrong form", f"{name} should be a text, found {row.get(name)!r}")
    if row["split"] not in SPLITS:
        return Complaint("wrong form", f"split is {row['split']!r}, expected {', '.join(SPLITS)}")
    counts = row.get("counts") or {}
    if not isinstance(counts, dict) or not all(_is_count(value) for value in counts.values()):
        return Complaint("wrong form", f"counts should hold whole numbers, found {counts!r}")
    if row["label"] not in cards():
        return Complaint("label without card", f"write a knowledge card for {row['label']!r}")
    return None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

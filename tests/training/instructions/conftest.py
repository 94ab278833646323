"""A few labelled patches of several sets, each of another colour, and records about them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from training.instructions.pictures import Gallery
from training.instructions.records import (
    ImageRef,
    Method,
    Provenance,
    Record,
    RecordTurn,
)
from training.instructions.specimens import Specimen, read_specimens

HE, MGG = "H&E", "May-Gruenwald-Giemsa"
SOURCES = ("lc25000", "oral_oscc", "pap_lbc", "pbc_cells", "bccd")
ROWS: dict[str, list[dict[str, Any]]] = {
    "lc25000": [
        {"label": "lung adenocarcinoma", "organ": "lung", "stain": HE},
        {"label": "normal (benign) lung tissue", "organ": "lung", "stain": HE},
        {"label": "colon adenocarcinoma", "organ": "colon", "stain": HE},
    ],
    "oral_oscc": [
        {
            "label": "oral squamous cell carcinoma",
            "organ": "oral cavity",
            "stain": HE,
            "magnification": "100x",
        },
        {
            "label": "normal oral mucosa",
            "organ": "oral cavity",
            "stain": HE,
            "magnification": "400x",
        },
    ],
    "pap_lbc": [
        {"label": "squamous cell carcinoma", "organ": "uterine cervix", "stain": "Papanicolaou"}
    ],
    "pbc_cells": [
        {"label": "basophil", "organ": "peripheral blood", "stain": MGG},
        {"label": "neutrophil", "organ": "peripheral blood", "stain": MGG},
    ],
    "bccd": [
        {
            "label": "peripheral blood smear",
            "organ": "peripheral blood",
            "stain": "Giemsa/Wright",
            "counts": {"WBC": 1, "RBC": 14, "Platelets": 2},
        },
        {
            "label": "peripheral blood smear",
            "organ": "peripheral blood",
            "stain": "Giemsa/Wright",
            "counts": {"WBC": 1, "RBC": 8},
        },
    ],
}


def paint(path: Path, number: int, size: tuple[int, int] = (24, 24)) -> None:
    """Write a picture of one colour, another for every number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (number % 256, number // 256 % 256, 90)).save(path)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("patches")
    numbers = count(1)
    for source, rows in ROWS.items():
        lines = []
        for row in rows:
            for split in ("train", "train", "train", "test", "test"):
                number = next(numbers)
                name = f"images/{number}.png"
                paint(root / source / name, number)
                lines.append(json.dumps(row | {"image": name, "split": split}))
        (root / source / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="session")
def specimens(root: Path) -> tuple[Specimen, ...]:
    accepted = read_specimens(root, SOURCES)
    assert not accepted.problems
    return accepted.items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with four pictures, 1.png to 4.png."""
    for number in range(1, 5):
        paint(tmp_path / f"{number}.png", number)
    return tmp_path


def image(folder: Path, name: str = "1.png", group: str = "") -> ImageRef:
    found = Gallery((folder,)).refer(name, group or name)
    assert isinstance(found, ImageRef)
    return found


def record(
    images: Sequence[ImageRef],
    question: str = "What is it?",
    answer: str = "It is a gland.",
    **changes: Any,
) -> Record:
    made = Record(
        images=tuple(images),
        turns=(RecordTurn("label", question, answer),),
        source="made up",
        licence="CC0-1.0",
        provenance=Provenance(Method.TEMPLATE, "by hand", "0" * 64),
        split="train",
    )
    return replace(made, **changes)

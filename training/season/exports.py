"""Judgments written as an export of feedback, in its form with the full lineage."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from training.lineage import sha256_of

PERSON = hashlib.sha256(b"the scripted pathologist").hexdigest()[:32]
DAY = date(2026, 1, 1)
"""The first; each round has one of its own."""


@dataclass(frozen=True)
class Judgment:
    """What somebody thinks of an answer about one picture.

    Attributes:
        picture: RGB.
        question: As asked.
        answer: As given.
        correction: What should have been said; empty where the answer is liked.
        version: Of the bridge that answered.
        bridge: SHA-256 of it, hexadecimal.
        day: On which it was judged.
    """

    picture: Image.Image
    question: str
    answer: str
    correction: str
    version: str
    bridge: str
    day: str = str(DAY)


def write_export(folder: Path, judgments: Sequence[Judgment], val_share: float) -> None:
    """Write judgments with their pictures; the manifest comes last and makes it an export.

    Args:
        folder: Made if it is missing.
        judgments: All that there are.
        val_share: Share of the pictures that is set aside for validation.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = [_row(folder, judgment, val_share) for judgment in judgments]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "records.jsonl").write_text(text, encoding="utf-8")
    files = ["records.jsonl", *sorted({row["images"][0]["file"] for row in rows})]
    manifest = {
        "kind": "clover-chat feedback export",
        "format": "jsonl",
        "val_share": val_share,
        "files": {
            name: {"sha256": sha256_of(folder / name), "bytes": (folder / name).stat().st_size}
            for name in files
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _row(folder: Path, judgment: Judgment, val_share: float) -> dict[str, Any]:
    picture = judgment.picture
    pixels = f"{picture.mode} {picture.width}x{picture.height}\n".encode() + picture.tobytes()
    name = hashlib.sha256(pixels).hexdigest()
    file = f"images/{name}.png"
    if not (folder / file).exists():
        part = folder / f"{file}.part"
        picture.save(part, "PNG")
        part.replace(folder / file)
    group = hashlib.sha256(f"image {name}".encode()).hexdigest()
    place = int.from_bytes(hashlib.sha256(f"split {group}".encode()).digest()[:8]) / 2**64
    told = [name, judgment.question, judgment.answer, judgment.correction, judgment.bridge]
    return {
        "record": hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32],
        "person": PERSON,
        "judged_on": judgment.day,
        "group": group,
        "split": "val" if place < val_share else "train",
        "is_disputed": False,
        "preset": None,
        "bridge_version": judgment.version,
        "bridge_hash": judgment.bridge,
        "copy": None,
        "earlier": [],
        "question": judgment.question,
        "images": [{"file": file, "hash": name, "source": name, "box": None}],
        "answer": judgment.answer,
        "whole_answer": judgment.answer,
        "is_complete": True,
        "authors": ["bridge"],
        "kind": "picture",
        "verdict": "down" if judgment.correction else "up",
        "reasons": ["wrong diagnosis"] if judgment.correction else [],
        "comment": "",
        "correction": judgment.correction,
        "is_reviewed": False,
        "rejected": [],
    }

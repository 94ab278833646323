"""A miniature lab: pictures that are one colour, a tiny bridge with a reading, and what is judged.

Colours are labels of one source, and the encoder, random as it is, tells them apart.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from clover_chat.model.checkpoint import save_bridge
from tests.training.colours import fresh
from training import cli
from training.instructions.specimens import SOURCES
from training.season.exports import Judgment, write_export

CELLS = {"basophil": (40, 20, 90), "monocyte": (200, 120, 40), "platelet": (240, 240, 240)}
QUESTION = "What is the diagnosis?"


def paint(number: int, colour: tuple[int, int, int]) -> Image.Image:
    """Return a picture of a colour, no two with different numbers the same."""
    image = Image.new("RGB", (64, 64), colour)
    image.putpixel((number % 64, number // 64), (number % 256, 0, 255))
    return image


def write_data(root: Path, labels: Iterable[str] = CELLS, count: int = 12) -> Path:
    """Write a folder of labelled pictures: blood cells, and a single picture in other sources."""
    for source in SOURCES:
        (root / source / "images").mkdir(parents=True)
        (root / source / "labels.jsonl").write_text("")
    rows: list[str] = []
    number = 0
    for label in labels:
        for split, times in (("train", count), ("val", 3), ("test", 6)):
            for _ in range(times):
                number += 1
                name = f"images/{number}.png"
                paint(number, CELLS[label]).save(root / "pbc_cells" / name)
                row = {"image": name, "label": label, "organ": "peripheral blood"}
                row |= {"stain": "May-Gruenwald-Giemsa", "split": split}
                rows.append(json.dumps(row))
    (root / "pbc_cells" / "labels.jsonl").write_text("\n".join(rows) + "\n")
    return root


def write_bridge(folder: Path) -> Path:
    """Write a tiny bridge that answers and does not read yet."""
    model, processor = fresh()
    save_bridge(folder, model, processor.question_tokenizer)
    return folder


def corrected(number: int, label: str, answer: str = "This is a basophil.") -> Judgment:
    """Return a correction of an answer about a picture of a label's colour."""
    picture = paint(10_000 % 4096 - number, CELLS[label])
    return Judgment(picture, QUESTION, answer, f"This is a {label}.", "0", "b" * 64)


def export_of(folder: Path, judgments: list[Judgment], val_share: float = 0.0) -> Path:
    """Write an export of judgments."""
    write_export(folder, judgments, val_share)
    return folder


def run(*words: str | Path | float) -> str:
    """Run a verb of `clover-train` and return what it says."""
    result = CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    return result.output

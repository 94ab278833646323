"""A little set of labelled patches, made of colours."""

import json
from pathlib import Path

import pytest
from PIL import Image

from training.instructions.specimens import SOURCES

ROWS = {
    "lc25000": [("lung adenocarcinoma", "lung", "H&E", "purple")],
    "oral_oscc": [("normal oral mucosa", "oral cavity", "H&E", "pink")],
    "pap_lbc": [("squamous cell carcinoma", "uterine cervix", "Papanicolaou", "teal")],
    "pbc_cells": [
        ("basophil", "peripheral blood", "May-Gruenwald-Giemsa", "navy"),
        ("platelet", "peripheral blood", "May-Gruenwald-Giemsa", "white"),
    ],
    "bccd": [("peripheral blood smear", "peripheral blood", "Giemsa/Wright", "salmon")],
    "malaria_nih": [("uninfected red blood cell", "blood", "Giemsa (thin smear)", "tan")],
}


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for source in SOURCES:
        (root / source / "images").mkdir(parents=True)
        lines: list[str] = []
        for label, organ, stain, colour in ROWS[source]:
            for split in ("train", "train", "test"):
                name = f"images/{label}-{len(lines)}.png".replace(" ", "_")
                image = Image.new("RGB", (64, 64), colour)
                image.putpixel((0, 0), (len(lines), 0, 0))  # no two files are the same
                image.save(root / source / name)
                row = {"image": name, "label": label, "organ": organ, "stain": stain}
                lines.append(json.dumps(row | {"split": split}))
        (root / source / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return root

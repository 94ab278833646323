import json
from pathlib import Path

import pytest

import clover_chat
from tests.training.feedback.lab import corrected, export_of
from training.feedback.exports import read_exports

SCHEMA = Path(clover_chat.__file__).parent / "services/feedback/schemas/jsonl.schema.json"


def test_an_export_can_be_read_and_holds_a_part_back(tmp_path: Path) -> None:
    judgments = [corrected(number, "monocyte") for number in range(40)]
    folder = export_of(tmp_path / "export", judgments, val_share=0.25)
    learnt, held = (read_exports([folder], split).lessons for split in ("train", "val"))
    assert len(learnt) + len(held) == 40
    assert 2 < len(held) < 20
    assert {each.exchange.group for each in learnt}.isdisjoint(each.exchange.group for each in held)


def test_the_same_judgments_give_the_same_files(tmp_path: Path) -> None:
    one, two = (export_of(tmp_path / name, [corrected(1, "monocyte")]) for name in ("one", "two"))
    for file in ("records.jsonl", "manifest.json"):
        assert (one / file).read_bytes() == (two / file).read_bytes()


@pytest.mark.skipif(not SCHEMA.exists(), reason="the export's schemas are not there")
def test_rows_fit_the_schema_of_the_export(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    folder = export_of(tmp_path / "export", [corrected(1, "monocyte")])
    row = json.loads((folder / "records.jsonl").read_text())
    jsonschema.validate(row, json.loads(SCHEMA.read_text()))

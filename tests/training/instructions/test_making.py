from dataclasses import replace
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from training.instructions.intake import read_records
from training.instructions.making import MakingConfig, make_instructions
from training.instructions.records import Method, Provenance, write_records

from .conftest import SOURCES, image, record


def test_files_and_a_page_are_made_of_labelled_patches(root: Path, tmp_path: Path) -> None:
    made = make_instructions(MakingConfig(root, tmp_path, SOURCES))
    assert set(made.counts) == {"template.jsonl", "card.jsonl", "hybrid.jsonl"}
    assert (tmp_path / "overview.html").exists()
    accepted = read_records([tmp_path / "hybrid.jsonl"], [root])
    assert not accepted.problems
    assert len(accepted.items) == made.counts["hybrid.jsonl"]
    assert {each.split for each in accepted.items} == {"train"}
    assert {each.provenance.method for each in accepted.items} == {Method.TEMPLATE, Method.CARD}
    assert made.sentence.endswith("0 lines were left out.")


def test_other_records_are_mixed_in(root: Path, folder: Path, tmp_path: Path) -> None:
    by_hand = record([image(folder)])
    published = replace(by_hand, provenance=Provenance(Method.PUBLISHED, "book", "0" * 64))
    write_records(folder / "book.jsonl", [published])
    config = MakingConfig(
        root,
        tmp_path / "out",
        SOURCES,
        extra=(folder / "book.jsonl",),
        shares={Method.CARD: 3, Method.PUBLISHED: 1},
    )
    assert make_instructions(config).counts["hybrid.jsonl"] == 4


def test_too_little_for_the_mix_is_said(root: Path, tmp_path: Path) -> None:
    config = MakingConfig(root, tmp_path, SOURCES, total=10**6)
    with pytest.raises(TrainingError, match="the largest total is"):
        make_instructions(config)

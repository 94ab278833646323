"""The whole circle by its verbs: ask, judge, export, learn, gate, promote, answer, roll back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat import bootstrap, cli
from clover_chat.config import Settings, load_settings
from clover_chat.knowledge.cards import card
from clover_chat.knowledge.guiding import guide
from clover_chat.model.bridge_folder import read_bridge
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.host import LoadingHost
from tests.training.circle import Case, judge_all
from tests.training.colours import fresh
from tests.training.feedback.lab import CELLS, paint, run, write_data

PRESET = "clover-tiny"
RIGHT = {label: f"This is {card(label).phrase}." for label in CELLS}
FORMS: dict[str, tuple[str, ...]] = {RIGHT[label]: (label,) for label in CELLS}
Words = list[str | Path | float]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(model=PRESET, data_dir=tmp_path / "home", cache_dir=tmp_path / "cache")


@pytest.fixture
def active(tmp_path: Path) -> Path:
    """Return a bridge that reads, and never heard of monocytes."""
    write_data(tmp_path / "all")
    write_data(tmp_path / "data", ["basophil", "platelet"])
    model, processor = fresh()
    model.config = replace(model.config, forms=FORMS)
    save_bridge(tmp_path / "active", model, processor.question_tokenizer, torch.float16)
    words: Words = ["--preset", PRESET, "--cache-dir", tmp_path / "cache"]
    run("read", "--bridge", tmp_path / "active", "--data", tmp_path / "data", *words)
    return tmp_path / "active"


def chat_verb(settings: Settings, *words: str | Path) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([*map(str, words), "--data-dir", str(settings.data_dir)])
    assert end.value.code == 0


def answering(settings: Settings) -> LoadingHost:
    """Return a server's model, with the bridge that was promoted."""
    choose = bootstrap.bridges(settings).chosen
    host = LoadingHost(PRESET, choose, settings.cache_dir, None, guide)
    host.load()
    return host


def cases(first: int, label: str, count: int, *, is_pinned: bool = False) -> list[Case]:
    return [
        Case(paint(first + number, CELLS[label]), RIGHT[label], is_pinned)
        for number in range(count)
    ]


@pytest.mark.parametrize("steps", [0, 3])
def test_what_people_say_makes_a_bridge_that_answers_until_it_is_rolled_back(
    settings: Settings, active: Path, tmp_path: Path, steps: int
) -> None:
    promote, model = ["bridges", "promote"], ["--model", PRESET]
    chat_verb(settings, *promote, active, "--as", "first", *model)
    asked = [*cases(100, "monocyte", 24), *cases(200, "platelet", 6, is_pinned=True)]
    assert 24 <= judge_all(settings, answering(settings), asked, tmp_path) <= 30

    export, pins = tmp_path / "export", tmp_path / "pins"
    words = ["--format", "jsonl", "--val-share", "0.4"]
    chat_verb(settings, "feedback", "export", "--out", export, *words)
    chat_verb(settings, "feedback", "pins", "--out", pins)
    assert len((pins / "records.jsonl").read_text().splitlines()) == 6

    run_dir = tmp_path / "round"
    tools: Words = ["--preset", PRESET, "--cache-dir", tmp_path / "cache"]
    learn: Words = ["feedback", "--from", export, "--bridge", active, "--data", tmp_path / "data"]
    run(*learn, "--out", run_dir, "--steps", steps, "--questions", 4, *tools)
    gate: Words = ["gate", "--candidate", run_dir / "bridge", "--active", active]
    gate += ["--held-back", export / "records.jsonl", "--standing", tmp_path / "all"]
    said = run(*gate, "--pinned", pins / "records.jsonl", "--out", run_dir / "gate", *tools)
    told = json.loads((run_dir / "gate" / "gate.json").read_text())
    assert told["passed"], said
    assert told["wrong"]["everybody"]["value"] < 0.1

    chat_verb(settings, *promote, run_dir / "bridge", "--as", "second", *model)
    assert judge_all(settings, answering(settings), cases(300, "monocyte", 4), tmp_path) == 0
    chat_verb(settings, "bridges", "rollback", *model)
    chosen = bootstrap.bridges(settings).chosen()
    assert chosen.sha256 == read_bridge(active).sha256
    assert judge_all(settings, answering(settings), cases(400, "monocyte", 2), tmp_path) == 2

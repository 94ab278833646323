import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from typer.testing import CliRunner

from clover_chat.model.checkpoint import TENSORS, read_config, save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, Places
from clover_chat.model.tiny import tiny_config, tiny_vocabulary
from training import cli, loop
from training.checkpoints import NAME, save_state
from training.commands import ablating

STAGES = {
    "align": ["--steps", "4", "--pairs", "4"],
    "tune": ["--warm-up-steps", "2", "--steps", "2", "--warm-up-looks", "4", "--questions", "4"],
}
ROOT = Path(__file__).parents[2]
ARMS = (ablating.TEMPLATE, ablating.CARD, ablating.HYBRID)


class CutOffError(Exception):
    """Stands for the power going."""


def run(*words: str | Path | int) -> str:
    result = CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def figures(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("|")]


@pytest.fixture(scope="module")
def instructions(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("instructions")
    said = run("instructions", "--data", data_dir, "--out", out)
    assert "Next: clover-train align" in said
    assert (out / "overview.html").exists()
    return out / "train.jsonl"


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def train(stage: str, instructions: Path, data_dir: Path, out: Path, *more: str | Path) -> Path:
    words: list[str | Path] = [stage, "--instructions", instructions, "--root", data_dir]
    words += ["--out", out, "--preset", "clover-tiny", "--save-every", "1", "--views", "1"]
    said = run(*words, "--cache-dir", out.parent / "cache", *STAGES[stage], *more)
    assert "Next: clover-train" in said
    return out / "bridge"


def test_a_bridge_is_aligned_tuned_and_measured_from_the_command_line(
    instructions: Path, data_dir: Path, tmp_path: Path
) -> None:
    aligned = train("align", instructions, data_dir, tmp_path / "aligned")
    tuned = train("tune", instructions, data_dir, tmp_path / "tuned", "--from", aligned)
    assert (tmp_path / "tuned" / "curves.svg").exists()
    lineage = json.loads((tmp_path / "tuned" / "run.json").read_text())
    assert list(lineage["data"]) == ["train.jsonl"]

    words: list[str | Path] = ["evaluate", "--bridge", tuned, "--data", data_dir, "--baselines"]
    words += ["--preset", "clover-tiny", "--cache-dir", tmp_path / "cache"]
    table = run(*words, "--out", tmp_path / "report")
    assert "| all | 7 |" in table
    predictions = (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()
    assert len(predictions) == 7 * 6
    assert set(json.loads((tmp_path / "report" / "metrics.json").read_text())["kind"]) == {
        "organ",
        "stain",
        "label",
        "yes_no_label",
        "describe",
    }
    assert "| source | language model without the image | majority answer | linear probe |" in table
    assert "Descriptions: F1" in table
    assert "linear probe" in (tmp_path / "report" / "report.html").read_text()

    again = run(*words, "--out", tmp_path / "again")
    assert figures(again) == figures(table)
    file = "predictions.jsonl"
    assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "report" / file).read_bytes()
    compared = run("compare", tmp_path / "report" / file, tmp_path / "again" / file)
    assert "No significant difference" in compared


def test_every_step_is_logged_and_the_bridge_has_no_frozen_weights(
    instructions: Path, data_dir: Path, tmp_path: Path
) -> None:
    bridge = train("tune", instructions, data_dir, tmp_path / "run")
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2, 3, 4]
    parts = {name.split(".")[0] for name in load_file(bridge / TENSORS)}
    assert parts == {"feature_scale", "query_tokens", "qformer", "language_projection"}


def test_a_bridge_of_another_shape_goes_on_in_its_own(
    instructions: Path, data_dir: Path, tmp_path: Path
) -> None:
    frozen = TINY.load(Places(tmp_path, None, print))
    config = replace(tiny_config(), has_summary=False, num_query_tokens=3)
    older = CloverModel(config, frozen.vision_model, frozen.language_model)
    save_bridge(tmp_path / "older", older, tiny_vocabulary())
    tuned = train(
        "tune",
        instructions,
        data_dir,
        tmp_path / "run",
        "--from",
        tmp_path / "older",
        "--version",
        "2",
    )
    assert read_config(tuned) == replace(config, version="2")


def test_a_bridge_tuned_with_lora_is_a_plain_bridge(
    instructions: Path, data_dir: Path, tmp_path: Path
) -> None:
    plain = train("tune", instructions, data_dir, tmp_path / "plain")
    lora = train("tune", instructions, data_dir, tmp_path / "lora", "--lora-rank", "2")
    assert set(load_file(lora / TENSORS)) == set(load_file(plain / TENSORS))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_run_that_was_cut_off_ends_where_the_uninterrupted_one_does(
    stage: str,
    stop_after: int,
    instructions: Path,
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train(stage, instructions, data_dir, tmp_path / "whole")
    again = tmp_path / "again"
    again.mkdir()
    (again / "tokenizer.json").write_bytes((tmp_path / "whole" / "tokenizer.json").read_bytes())

    def cut_off(run_dir: Path, model: CloverModel, *rest: object) -> None:
        save_state(run_dir, model, *rest)  # type: ignore[arg-type]
        if rest[-1] == stop_after:
            raise CutOffError

    monkeypatch.setattr(loop, "save_state", cut_off)
    with pytest.raises(CutOffError):
        train(stage, instructions, data_dir, again)
    monkeypatch.undo()
    train(stage, instructions, data_dir, again)

    whole, resumed = (load_file(tmp_path / name / NAME) for name in ("whole", "again"))
    assert set(resumed) == set(whole)
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


@pytest.mark.slow
def test_a_run_whose_process_was_killed_ends_where_the_uninterrupted_one_does(
    instructions: Path, data_dir: Path, tmp_path: Path
) -> None:
    words: list[str | Path] = ["tune", "--instructions", instructions, "--root", data_dir]
    words += ["--preset", "clover-tiny", "--cache-dir", tmp_path / "cache", "--views", "1"]
    words += ["--warm-up-steps", "60", "--steps", "4", "--warm-up-looks", "4", "--questions", "4"]
    words += ["--save-every", "1", "--out"]
    run(*words, tmp_path / "whole")
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "tokenizer.json").write_bytes((tmp_path / "whole" / "tokenizer.json").read_bytes())

    command = [sys.executable, "-m", "training", *map(str, words), str(killed)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        started = time.monotonic()
        while not (killed / NAME).exists() and time.monotonic() - started < 300:
            time.sleep(0.05)
        process.kill()
    assert (killed / NAME).exists()
    assert not (killed / "bridge").exists()

    run(*words, killed)
    whole, resumed = (load_file(tmp_path / name / NAME) for name in ("whole", "killed"))
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


def test_a_damaged_checkpoint_is_a_sentence(
    instructions: Path,
    data_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train("tune", instructions, data_dir, tmp_path / "run")
    (tmp_path / "run" / NAME).write_bytes(b"nothing")
    words = ["clover-train", "tune", "--instructions", str(instructions), "--root", str(data_dir)]
    words += ["--out", str(tmp_path / "run"), "--preset", "clover-tiny"]
    monkeypatch.setattr("sys.argv", [*words, "--cache-dir", str(tmp_path / "cache")])
    with pytest.raises(SystemExit):
        cli.main()
    assert "Start in another run folder" in capsys.readouterr().err


def test_a_bridge_is_measured_on_labelled_pictures_or_on_records_but_not_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["clover-train", "evaluate", "--bridge", "anywhere"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "Name either --data or --instructions." in capsys.readouterr().err


@pytest.fixture(scope="module")
def tuned(
    instructions: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return a bridge and the cache it was trained with."""
    folder = tmp_path_factory.mktemp("tuned")
    return train("tune", instructions, data_dir, folder / "run"), folder / "cache"


def test_scripted_dialogues_are_asked_as_conversations_and_read_against_the_cards(
    tuned: tuple[Path, Path], data_dir: Path, tmp_path: Path
) -> None:
    bridge, cache = tuned
    talks = tmp_path / "talks.jsonl"
    said = run("dialogues", "--data", data_dir, "--out", talks, "--per-source", 2)
    assert "12 conversations" in said
    words: list[str | Path] = ["evaluate", "--bridge", bridge, "--root", data_dir]
    words += ["--instructions", talks, "--preset", "clover-tiny"]
    said = run(*words, "--cache-dir", cache, "--out", tmp_path / "report")
    assert "| turn: 1 | 12 |" in said
    assert "| turn: 3 |" in said
    rows = (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(row)["turn"] for row in rows[:4]] == [1, 2, 3, 1]
    read = run("contradictions", tmp_path / "report" / "predictions.jsonl")
    assert "descriptions contradict their card" in read


def test_a_few_examples_are_learnt_with_the_bridge_and_with_the_probe(
    tuned: tuple[Path, Path], data_dir: Path, tmp_path: Path
) -> None:
    bridge, cache = tuned
    words: list[str | Path | int] = ["few-shot", "--bridge", bridge, "--data", data_dir]
    words += ["--source", "pbc_cells", "--scale-source", "lc25000", "--preset", "clover-tiny"]
    words += ["--shots", 1, "--shots", 2, "--draws", 3, "--cache-dir", cache, "--out", tmp_path]
    table = run(*words)
    assert "bridge minus linear probe" in table
    assert "| pbc_cells | 2 | 2 | 3 |" in table
    more: list[str | Path] = ["evaluate", "--bridge", bridge, "--data", data_dir]
    more += ["--preset", "clover-tiny", "--cache-dir", cache, "--out", tmp_path]
    run(*more, "--few-shot", tmp_path / "few_shot.json")
    assert "A few examples of each label" in (tmp_path / "report.html").read_text()


@pytest.fixture
def more_data_dir(data_dir: Path, tmp_path: Path) -> Path:
    """Return the little set with so many basophils that answers about them repeat."""
    root = tmp_path / "data"
    shutil.copytree(data_dir, root)
    table = root / "pbc_cells" / "labels.jsonl"
    row = json.loads(table.read_text().splitlines()[0])
    with table.open("a") as file:
        for number in range(200):
            name = f"images/more-{number}.png"
            Image.new("RGB", (32, 32), (number, 0, 90)).save(root / "pbc_cells" / name)
            file.write(json.dumps(row | {"image": name, "split": "train"}) + "\n")
    return root


def test_kinds_of_instructions_are_held_against_each_other_and_nothing_is_done_twice(
    more_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[str | Path | int] = ["ablate", "--data", more_data_dir, "--out", tmp_path / "runs"]
    words += ["--preset", "clover-tiny", "--cache-dir", tmp_path / "cache", "--held-back", 1]
    words += ["--warm-up-steps", 1, "--steps", 1, "--warm-up-looks", 4, "--questions", 4]
    said = run(*words)
    assert "| over | measure | questions | template | card | hybrid |" in said
    assert "hybrid against card: right." in said
    counts = {len((tmp_path / "runs" / f"{arm}.jsonl").read_text().splitlines()) for arm in ARMS}
    assert len(counts) == 1
    vocabularies = {(tmp_path / "runs" / arm / "tokenizer.json").read_bytes() for arm in ARMS}
    assert len(vocabularies) == 1

    def fail(*_: object, **__: object) -> None:
        raise CutOffError

    monkeypatch.setattr(ablating, "tune", fail)
    monkeypatch.setattr(ablating, "predict", fail)
    table = (tmp_path / "runs" / "ablation.md").read_text()
    run(*words)
    assert (tmp_path / "runs" / "ablation.md").read_text() == table

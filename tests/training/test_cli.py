import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from clover_chat.model.checkpoint import TENSORS, read_config, save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, Places
from clover_chat.model.tiny import tiny_config, tiny_vocabulary
from training import cli, loop
from training.checkpoints import NAME, save_state

STAGES = {
    "align": ["--steps", "4", "--pairs", "4"],
    "tune": ["--warm-up-steps", "2", "--steps", "2", "--warm-up-looks", "4", "--questions", "4"],
}


class CutOffError(Exception):
    """Stands for the power going."""


def run(*words: str | Path) -> str:
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
    assert len(predictions) == 7 * 5
    assert set(json.loads((tmp_path / "report" / "metrics.json").read_text())["kind"]) == {
        "organ",
        "stain",
        "label",
        "yes_no_label",
    }
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
        torch.testing.assert_close(resumed[name], tensor, msg=name)


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

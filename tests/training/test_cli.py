import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from clover_chat.model.checkpoint import TENSORS
from clover_chat.model.clover import CloverModel
from training import cli, tune
from training.checkpoints import NAME, save_state

STEPS = 4


class CutOffError(Exception):
    """Stands for the power going."""


def run(*words: str) -> str:
    result = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def train(data_dir: Path, out: Path, cache: Path) -> dict[str, torch.Tensor]:
    words = ["tune", "--data", str(data_dir), "--out", str(out), "--preset", "clover-tiny"]
    words += ["--warm-up-steps", "2", "--steps", str(STEPS - 2), "--save-every", "1"]
    words += ["--warm-up-looks", "4", "--questions", "4", "--cache-dir", str(cache)]
    assert "Next: clover-train evaluate" in run(*words)
    return load_file(out / NAME)


@pytest.fixture
def trained(data_dir: Path, tmp_path: Path) -> Path:
    train(data_dir, tmp_path / "run", tmp_path / "cache")
    return tmp_path / "run"


def test_a_bridge_is_trained_and_measured_from_the_command_line(
    data_dir: Path, trained: Path, tmp_path: Path
) -> None:
    words = ["evaluate", "--bridge", str(trained / "bridge"), "--data", str(data_dir)]
    words += ["--preset", "clover-tiny", "--out", str(tmp_path / "report")]
    table = run(*words, "--cache-dir", str(tmp_path / "cache"))

    assert "| all | 7 |" in table
    predictions = (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()
    assert len(predictions) == 7 * 5
    assert set(json.loads((tmp_path / "report" / "metrics.json").read_text())) == {
        "organ",
        "stain",
        "label",
        "yes_no",
    }


def test_every_step_is_logged_and_the_bridge_has_no_frozen_weights(trained: Path) -> None:
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2, 3, 4]
    parts = {name.split(".")[0] for name in load_file(trained / "bridge" / TENSORS)}
    assert parts == {"query_tokens", "qformer", "language_projection"}


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_run_that_was_cut_off_ends_where_the_uninterrupted_one_does(
    data_dir: Path,
    trained: Path,
    tmp_path: Path,
    stop_after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / "tokenizer.json").write_bytes((trained / "tokenizer.json").read_bytes())

    def cut_off(run_dir: Path, model: CloverModel, *rest: object) -> None:
        save_state(run_dir, model, *rest)  # type: ignore[arg-type]
        if rest[-1] == stop_after:
            raise CutOffError

    monkeypatch.setattr(tune, "save_state", cut_off)
    with pytest.raises(CutOffError):
        train(data_dir, again, tmp_path / "cache")
    monkeypatch.undo()
    resumed = train(data_dir, again, tmp_path / "cache")

    uninterrupted = load_file(trained / NAME)
    assert set(resumed) == set(uninterrupted)
    for name, tensor in uninterrupted.items():
        torch.testing.assert_close(resumed[name], tensor, msg=name)


def test_a_damaged_checkpoint_is_a_sentence(
    data_dir: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (trained / NAME).write_bytes(b"nothing")
    words = ["clover-train", "tune", "--data", str(data_dir), "--out", str(trained)]
    monkeypatch.setattr(
        "sys.argv", [*words, "--preset", "clover-tiny", "--cache-dir", str(tmp_path)]
    )
    with pytest.raises(SystemExit):
        cli.main()
    assert "Start in another run folder" in capsys.readouterr().err

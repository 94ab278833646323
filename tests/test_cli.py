import subprocess
import sys
from pathlib import Path

import pytest

from clover_chat import cli
from clover_chat.config import Settings
from clover_chat.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    settings: list[Settings] = []
    monkeypatch.setattr("clover_chat.bootstrap.serve", settings.append)
    return settings


def test_serve_hands_its_options_to_the_settings(served: list[Settings], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["serve", "--share", "--port", "7001", "--data-dir", str(tmp_path)])
    assert end.value.code == 0
    assert (served[0].share, served[0].port, served[0].data_dir) == (True, 7001, tmp_path)


def test_an_error_the_person_can_mend_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_settings: Settings) -> None:
        raise ConfigError("The port of 127.0.0.1:7860 is taken.")

    monkeypatch.setattr("clover_chat.bootstrap.serve", refuse)
    with pytest.raises(SystemExit) as end:
        cli.main(["serve"])
    assert end.value.code == 1
    assert capsys.readouterr().err == "The port of 127.0.0.1:7860 is taken.\n"


def test_the_database_is_made_by_its_verb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["db", "upgrade", "--data-dir", str(tmp_path)])
    assert end.value.code == 0
    assert list(tmp_path.glob("*.sqlite3"))
    assert "Up to date" in capsys.readouterr().out


def test_the_page_comes_up_without_importing_the_heavy_libraries() -> None:
    code = (
        "import sys, clover_chat.cli, clover_chat.bootstrap;"
        "print([name for name in ('torch', 'transformers', 'skimage') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_an_export_says_what_it_holds_and_what_it_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data-dir", str(tmp_path / "data"), "--since", "2026-01-01", "--reason", "unsafe"]
    for out, status in ((tmp_path / "out", 0), (tmp_path / "data", 1)):
        command = ["feedback", "export", "--format", "sft", "--out", str(out), *options]
        with pytest.raises(SystemExit) as end:
            cli.main(command)
        assert end.value.code == status
    said = capsys.readouterr()
    assert said.out == "0 rows from 0 judgments: 0 to train with, 0 set aside.\n"
    assert "no earlier export" in said.err
    assert (tmp_path / "out" / "manifest.json").exists()

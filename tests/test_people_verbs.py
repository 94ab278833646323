import io
from pathlib import Path

import pytest

from clover_chat import cli
from clover_chat.storage import passwords
from clover_chat.storage.sign_in_file import SignInFile


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a hash take no time worth mentioning."""
    monkeypatch.setattr(passwords, "LOG2N", 4)


def add(file: Path, name: str = "ada") -> int | str | None:
    with pytest.raises(SystemExit) as end:
        cli.main(["people", "add", name, "--file", str(file)])
    return end.value.code


def test_a_password_is_read_from_a_pipe_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people"
    for password, said in (("lovelace 1815", "can sign in now"), ("another 1816", "another pass")):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert add(file) == 0
        shown = capsys.readouterr().out
        assert said in shown
        assert password not in shown + file.read_text()
    assert SignInFile(file).is_right("ada", "another 1816")


def test_a_password_is_asked_for_twice_at_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    typed = iter(["lovelace 1815", "lovelace 1816"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    assert add(tmp_path / "people") == 1
    assert "differ" in capsys.readouterr().err
    assert not (tmp_path / "people").exists()


def test_a_password_that_is_too_short_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert add(tmp_path / "people") == 1
    assert capsys.readouterr().err == "A password has 8 to 1,024 characters.\n"

"""The checkout as a Space takes it: front matter, requirements, storage."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from clover_chat import cli, space
from clover_chat.config import Settings

ROOT = Path(__file__).parents[1]
PINS = re.findall(r"(?m)^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text())


def front_matter() -> dict[str, str]:
    _, matter, _ = (ROOT / "README.md").read_text().split("---\n", 2)
    return dict(line.split(": ", 1) for line in matter.strip().splitlines())


def test_the_front_matter_says_what_a_space_needs() -> None:
    matter = front_matter()
    assert matter["sdk"] == "gradio"
    assert matter["sdk_version"] == dict(PINS)["gradio"]
    assert (ROOT / matter["app_file"]).is_file()
    assert matter["python_version"].strip('"') == "3.11"
    assert matter["license"] == "apache-2.0"
    assert "title" in matter


def test_the_readme_begins_with_running_and_testing() -> None:
    body = (ROOT / "README.md").read_text().split("---\n", 2)[2]
    assert body.strip().startswith("# CLOVER Chat")
    before_first_section = body.split("\n## ")[0]
    assert "make run" in before_first_section
    assert "make test" in before_first_section


def test_requirements_are_the_dependencies_at_the_tested_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [_normal(re.split(r"[<>=;\[ ]", each)[0]) for each in project["dependencies"]]
    pinned = {_normal(name): version for name, version in PINS}
    expected = {f"{name}=={pinned[name]}" for name in names}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert {_normal(line) for line in lines if not line.startswith("#")} == expected


def test_elsewhere_nothing_is_changed() -> None:
    assert space.settings({}) == {}


def test_lasting_storage_is_used_where_it_is_mounted(tmp_path: Path) -> None:
    found = space.settings({"SPACE_ID": "lab/clover", space.STORAGE: str(tmp_path)})
    assert found["data_dir"] == tmp_path / "clover-chat" / "data"
    assert found["cache_dir"] == tmp_path / "clover-chat" / "cache"
    assert (found["host"], found["port"], found["embedded"]) == ("0.0.0.0", 7860, True)  # noqa: S104
    assert "notice" not in found


def test_without_lasting_storage_the_page_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = space.settings({"SPACE_ID": "lab/clover", space.STORAGE: str(tmp_path / "none")})
    assert found["notice"] == space.FORGETFUL
    assert space.FORGETFUL in caplog.text
    assert found["data_dir"].parent.stat().st_mode & 0o077 == 0


def test_what_a_space_says_gives_way_to_variables_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr("clover_chat.bootstrap.serve", served.append)
    monkeypatch.setenv("SPACE_ID", "lab/clover")
    monkeypatch.setenv(space.STORAGE, str(tmp_path))
    monkeypatch.setenv("CLOVER_PORT", "7001")
    with pytest.raises(SystemExit):
        cli.main(["serve", "--host", "127.0.0.1"])
    settings: Settings = served[0]
    assert (settings.host, settings.port) == ("127.0.0.1", 7001)
    assert settings.data_dir == tmp_path / "clover-chat" / "data"


def _normal(name: str) -> str:
    """Return a package's name in the form in which names are compared."""
    return name.lower().replace("_", "-")

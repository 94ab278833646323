"""The recipe of the container image, read as a builder does, and its steps as far as they go."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clover_chat.config import Settings

ROOT = Path(__file__).parents[1]
STEPS = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
VIEWER = "clover_chat/ui/web/vendor/openseadragon/openseadragon.min.js"


def steps(word: str) -> list[str]:
    return re.findall(rf"(?m)^{word} (.+)$", STEPS)


def copied() -> list[str]:
    """Return what the builder is asked for from the checkout."""
    lines = [each for each in steps("COPY") if not each.startswith("--from")]
    return [source for line in lines for source in line.split()[:-1]]


def test_every_line_is_an_instruction_that_builders_know() -> None:
    lines = [each for each in STEPS.splitlines() if each and not each.startswith("#")]
    known = r"FROM|WORKDIR|RUN|COPY|ENV|USER|VOLUME|EXPOSE|CMD|HEALTHCHECK"
    assert [each for each in lines if not re.match(rf"\s*({known}) ", each)] == []
    assert lines[0].startswith("FROM")


def test_what_is_copied_is_there_and_reaches_the_builder() -> None:
    for source in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in IGNORED
    assert IGNORED[1] == "*"


def test_the_last_stage_runs_without_rights_and_says_whether_it_is_well() -> None:
    last = STEPS.rpartition("\nFROM ")[2]
    user = re.findall(r"(?m)^USER (\S+)$", last)
    assert user == ["clover"]
    assert last.index("USER clover") < last.index("CMD [")
    assert "RUN useradd" in last
    assert "/healthz" in last
    assert "VOLUME /data" in last
    assert "pip install" not in last


def test_its_variables_are_settings() -> None:
    names = re.findall(r"CLOVER_(\w+)=", STEPS.partition("\nFROM ")[2])
    assert names
    assert {name.lower() for name in names} <= Settings.model_fields.keys()


@pytest.mark.slow
@pytest.mark.network
def test_what_it_installs_holds_everything_the_page_needs(tmp_path: Path) -> None:
    """Install from a copy of what is copied, as the image does, leaving the dependencies out."""
    for source in copied():
        target = tmp_path / "app" / source
        if (ROOT / source).is_dir():
            leave = shutil.ignore_patterns("__pycache__", "vendor")
            shutil.copytree(ROOT / source, target, ignore=leave)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / source, target)
    viewer = tmp_path / "app" / VIEWER
    viewer.parent.mkdir(parents=True)
    viewer.write_text("// as npm brings it")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
    subprocess.run([*install, tmp_path / "site", "."], cwd=tmp_path / "app", check=True)
    site = tmp_path / "site"
    assert (site / VIEWER).is_file()
    code = (
        "from pathlib import Path; import clover_chat;"
        "from clover_chat.resources import resource_dir;"
        "from clover_chat.ui.look import WEB_DIR;"
        "print(clover_chat.__file__, resource_dir('assets'), resource_dir('migrations'));"
        "print([p.name for p in sorted(WEB_DIR.iterdir())])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    where, pages = run.stdout.splitlines()
    assert where.count(str(site)) == 3
    assert "sign_in" in pages
    assert "operator" in pages

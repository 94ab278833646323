"""The verb `feedback export` in a process of its own, killed at random moments."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.types import Thumb
from tests.databases import fresh_database, sqlite_only
from tests.kills import finished, killed_at_work, verb
from tests.services.feedback.judged import Lab

LONGEST_S = 0.4  # about as long as an export of this size takes


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a laboratory where the verb looks for it, with some judged answers."""
    home = tmp_path / "home"
    home.mkdir()
    lab = Lab(sessions_on(fresh_database(home)), ImageStore(home / "images"), tmp_path)
    lab.consent()
    judge(lab, range(40))
    return lab


def judge(lab: Lab, numbers: range) -> None:
    patch = lab.patch(64 + numbers.start)
    for number in numbers:
        at = lab.ask(f"What is finding {number}?", f"Finding {number}.", [patch])
        lab.judge(at, Thumb.DOWN, correction=f"It is gland {number}.")


def export(home: Path, out: Path) -> list[str]:
    url = f"sqlite:///{home / 'clover.sqlite'}"
    words = ["feedback", "export", "--format", "jsonl", "--out", out, "--data-dir", home]
    return ["env", f"CLOVER_DATABASE_URL={url}", *verb("clover_chat.cli", *words)]


def held_in(out: Path) -> int:
    """Return how many rows a complete export holds; what it lists is there, and nothing else."""
    manifest = json.loads((out / "manifest.json").read_text())
    listed = {name: each["sha256"] for name, each in manifest["files"].items()}
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "manifest.json"]
    found = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    assert found == listed
    return len((out / "records.jsonl").read_text().splitlines())


@sqlite_only
@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_export_leaves_the_old_one_or_the_new_one_and_can_be_done_again(
    lab: Lab, tmp_path: Path, times: int
) -> None:
    out, unfinished = tmp_path / "out", tmp_path / ".out.unfinished"
    command = export(tmp_path / "home", out)
    finished(command)
    assert held_in(out) == 40
    rng = random.Random(0)
    for turn in range(times):
        judge(lab, range(40 + turn, 41 + turn))
        before = held_in(out)
        killed_at_work(command, unfinished.exists, rng.uniform(0, LONGEST_S))
        assert held_in(out) in (before, 41 + turn)
    finished(command)
    assert held_in(out) == 40 + times
    assert not unfinished.exists()

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clover_chat import cli
from clover_chat.bridge_verbs import bridges
from clover_chat.model.bridge_folder import GATE, read_bridge
from tests.bridges import write_bridge

ROOT = Path(__file__).parents[1]
Run = Callable[..., list[str]]
Refused = Callable[..., str]


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    return ["--model", "clover-tiny", "--data-dir", str(tmp_path / "data")]


@pytest.fixture
def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a verb and gives back its lines."""

    def verb(*words: str) -> list[str]:
        with pytest.raises(SystemExit) as end:
            cli.main(["bridges", *words, *arguments])
        told = capsys.readouterr()
        assert end.value.code == 0, told.err
        return told.out.splitlines()

    return verb


@pytest.fixture
def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Refused:
    """Return what runs a verb that is refused, and gives back the sentence."""

    def verb(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            cli.main(["bridges", *words, *arguments])
        told = capsys.readouterr()
        assert (end.value.code, told.out) == (1, "")
        assert told.err.count("\n") == 1
        return told.err.strip()

    return verb


@pytest.fixture
def one(tmp_path: Path) -> Path:
    metrics = {
        "all": {"right": {"value": 0.5, "low": 0.4, "high": 0.6}},
        **{f"figure {number}": number for number in range(25)},
        "lineage": {"parent": "a" * 64, "data": {"x.jsonl": "b" * 64}, "recipe": {"steps": 40}},
    }
    return write_bridge(tmp_path / "round-1", 1, metrics=metrics)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "round-2", 2)


def test_the_list_marks_the_bridge_that_answers(run: Run, one: Path, two: Path) -> None:
    assert run("list")[1].split() == ["*", "clover-tiny", "-", "-", "-"]
    run("promote", str(one))
    run("promote", str(two), "--as", "second")
    head, shipped, first, second = run("list")
    assert head.split() == ["name", "version", "SHA-256", "promoted", "(UTC)"]
    assert shipped.split()[0] == "clover-tiny"
    assert first.split()[:3] == ["round-1", "0.1", read_bridge(one).sha256[:12]]
    assert second.split()[:3] == ["*", "second", "0.2"]


def test_a_damaged_bridge_is_listed_with_what_is_wrong(
    run: Run, refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "data" / "bridges" / "torn").mkdir(parents=True)
    assert any(line.startswith("torn: bridge.safetensors") for line in run("list"))
    assert "missing or damaged" in refused("promote", "torn")
    assert run("list")[1].startswith("*")


def test_promoting_and_going_back_say_what_answered_before(run: Run, one: Path) -> None:
    digest = read_bridge(one).sha256[:12]
    changed, remark = run("promote", str(one))
    assert changed == f"Promoted round-1 0.1 ({digest}); clover-tiny answered before."
    assert remark.startswith("No gate has compared round-1")
    assert run("rollback") == ["Rolled back to clover-tiny; round-1 answered before."]


def test_what_cannot_be_done_is_one_sentence(
    run: Run, refused: Refused, tmp_path: Path, one: Path
) -> None:
    foreign = write_bridge(tmp_path / "foreign", preset="clover-mini")
    assert "There is no bridge 'round-9'" in refused("promote", "round-9")
    assert "There is no bridge 'round-9'" in refused("show", "round-9")
    assert "There is no bridge 'round-9'" in refused("compare", str(one), "round-9")
    assert "belongs to the model clover-mini" in refused("promote", str(foreign))
    assert "nothing to go back to" in refused("rollback")
    assert run("list")[1].startswith("*")


def test_a_gate_that_refused_is_overruled_with_anyway(
    run: Run, refused: Refused, one: Path
) -> None:
    verdict = {"passed": False, "candidate": read_bridge(one).sha256, "parent": "a" * 64}
    (one / GATE).write_text(json.dumps(verdict))
    assert "The gate refused round-1" in refused("promote", str(one))
    assert "promoted even so" in run("promote", str(one), "--anyway")[1]
    assert any("gate: overridden" in line for line in run("show", "round-1"))


def test_a_bridge_is_shown_with_card_parent_hashes_recipe_and_figures(run: Run, one: Path) -> None:
    run("promote", str(one))
    lines = run("show", "round-1")
    assert lines[:3] == [
        "round-1, version 0.1 of clover-tiny, answers now",
        "Bridge 1",
        "Made for tests.",
    ]
    text = "\n".join(lines)
    for said in (
        "Parent: " + "a" * 64,
        read_bridge(one).sha256,
        "x.jsonl  " + "b" * 64,
        "steps  40",
        "all.right  0.5 (0.4 to 0.6)",
        "and 6 more figures in metrics.json",
    ):
        assert said in text


def test_two_bridges_are_compared_in_a_table(run: Run, one: Path, two: Path) -> None:
    lines = run("compare", str(one), str(two))
    rows = {line[:20].strip(): line[20:].split() for line in lines[1:]}
    assert rows["version"] == ["0.1", "0.2"]
    assert ["0.5", "(0.4", "to", "0.6)", "-"] in rows.values()
    assert run("compare", str(one), str(one)) == ["These bridges say the same of themselves."]


def test_a_bridge_that_the_settings_name_is_said_to_win(
    run: Run, one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOVER_BRIDGE", str(two))
    assert run("promote", str(one))[-1].startswith(f"CLOVER_BRIDGE names {two}")
    lines = run("list")
    assert not any(line.startswith("*") for line in lines)
    assert lines[-1].endswith("whatever is promoted.")


def test_looking_at_bridges_needs_no_heavy_libraries(one: Path, arguments: list[str]) -> None:
    code = (
        "import sys, contextlib, clover_chat.cli as cli\n"
        "for verb in (['list'], ['show', sys.argv[1]], ['compare', sys.argv[1], sys.argv[1]]):\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        cli.main(['bridges', *verb, *sys.argv[2:]])\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(one), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_table_of_verbs_is_complete() -> None:
    readme = (ROOT / "docs" / "researchers.md").read_text()
    for command in bridges.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert f"| `bridges {name}` |" in readme

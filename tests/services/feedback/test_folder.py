import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from clover_chat.errors import ExportError
from clover_chat.services.feedback import folder as module
from clover_chat.services.feedback.folder import replacing

ROOT = Path(__file__).parents[3]
WRITING_FOR_EVER = """
import json, sys
from itertools import count
from pathlib import Path
from clover_chat.services.feedback.folder import KIND, replacing
for number in count():
    with replacing(Path(sys.argv[1])) as new:
        (new / "images").mkdir()
        for name in range(20):
            (new / "images" / f"{name}.png").write_text(str(number))
        (new / "manifest.json").write_text(json.dumps({"kind": KIND, "number": number}))
    print(number, flush=True)
"""


def write(folder: Path, words: str) -> None:
    with replacing(folder) as new:
        (new / "manifest.json").write_text(f'{{"kind": "{module.KIND}", "words": "{words}"}}')


def test_a_folder_is_made_and_replaced_as_a_whole(tmp_path: Path) -> None:
    for words in ("old", "new"):
        write(tmp_path / "deep" / "out", words)
        assert words in (tmp_path / "deep" / "out" / "manifest.json").read_text()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_a_system_that_cannot_swap_names_still_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    for words in ("old", "new"):
        write(tmp_path / "out", words)
    assert "new" in (tmp_path / "out" / "manifest.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    with pytest.raises(RuntimeError), replacing(tmp_path / "out"):
        raise RuntimeError("the export failed")
    assert "old" in (tmp_path / "out" / "manifest.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"), replacing(tmp_path / "file" / "a"):
        pass


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.011, 0.023])
def test_killed_at_any_moment_it_leaves_one_complete_result(tmp_path: Path, after_s: float) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", WRITING_FOR_EVER, str(out)]
    for _ in range(3):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(after_s)
            writer.send_signal(signal.SIGKILL)
        number = (out / "manifest.json").read_text().partition('"number": ')[2].rstrip("}")
        written = [path.read_text() for path in (out / "images").iterdir()]
        assert written == [number] * 20


def test_two_exports_into_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    second = threading.Thread(target=write, args=(tmp_path / "out", "second"))
    with replacing(tmp_path / "out") as new:
        second.start()
        second.join(timeout=0.2)
        assert second.is_alive()
        (new / "manifest.json").write_text(f'{{"kind": "{module.KIND}", "words": "first"}}')
    second.join()
    assert "second" in (tmp_path / "out" / "manifest.json").read_text()

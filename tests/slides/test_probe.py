import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.errors import UnsupportedSlide
from clover_chat.slides.probe import ProbeLimits, probe
from clover_chat.slides.reader import Slide
from tests.slides.pyramids import write_pyramid


def test_a_good_slide_is_described_as_if_opened_here(leica: Path, leica_slide: Slide) -> None:
    assert probe(leica) == leica_slide.description


def test_a_file_that_is_no_slide_is_refused_with_the_readers_sentence(tmp_path: Path) -> None:
    path = tmp_path / "Jane Doe.svs"
    path.write_bytes(b"nothing")
    with pytest.raises(UnsupportedSlide, match="No reader here can open this file") as caught:
        probe(path)
    assert "Jane" not in str(caught.value)


def test_a_slide_that_opens_but_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "s.tif", Image.new("RGB", (300, 300), "pink"), (1,), tile=64)
    intact = path.read_bytes()
    compressed = intact.index(b"\x78\xda") if b"\x78\xda" in intact else intact.index(b"\x78\x9c")
    path.write_bytes(intact[:compressed] + b"\xff" * 40 + intact[compressed + 40 :])
    Slide.open(path).close()
    with pytest.raises(UnsupportedSlide, match="opens but its pixels cannot be read"):
        probe(path)


def test_a_slide_that_takes_too_long_is_given_up(pyramid: Path) -> None:
    with pytest.raises(UnsupportedSlide, match="longer than 0 seconds"):
        probe(pyramid, ProbeLimits(wall_s=0.001))


@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are kept on Linux only")
def test_a_slide_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    Image.new("L", (9000, 9000)).save(tmp_path / "bomb.png")
    with pytest.raises(UnsupportedSlide, match=r"memory|crashed|unexpected"):
        probe(tmp_path / "bomb.png", ProbeLimits(memory_mib=300))


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_crash_of_the_reader_becomes_a_sentence(
    pyramid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crashing))
    with pytest.raises(UnsupportedSlide, match=r"crashed its reader.*signal 11"):
        probe(pyramid)


def test_the_child_hears_of_no_heavy_package_and_of_no_secret() -> None:
    code = (
        "import sys, clover_chat.slides.probe as p, os; os.environ['TOKEN'] = 'secret';"
        "print({'torch', 'gradio', 'numpy', 'skimage', 'sqlalchemy'} & set(sys.modules));"
        "print('TOKEN' in p._environment())"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.split() == ["set()", "False"]

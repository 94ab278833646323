import io
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.slides.reader import Slide
from clover_chat.slides.thumbnails import ThumbnailStore, write_atomically


def test_a_thumbnail_is_made_once_and_found_again_after_a_restart(
    slide: Slide, tmp_path: Path
) -> None:
    first = ThumbnailStore(tmp_path / "thumbnails").get("ab12", slide.thumbnail)
    again = ThumbnailStore(tmp_path / "thumbnails").get("ab12", lambda _: pytest.fail("made again"))
    assert again == first
    with Image.open(io.BytesIO(first.data)) as image:
        assert image.size == (900, 700)


def test_a_file_that_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_atomically(tmp_path / "taken", b"data")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]

import logging
import shutil
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.errors import SlideNotFound, UnsupportedSlide
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.reader import Slide
from tests.slides.pyramids import write_pyramid


class OpenedHere:
    """Describes slides in this process, because a new one each time is slow; counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> SlideDescription:
        self.count += 1
        with Slide.open(path) as slide:
            return slide.description


@pytest.fixture
def describe() -> OpenedHere:
    return OpenedHere()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "slides"
    (folder / "deeper").mkdir(parents=True)
    for i, place in enumerate((folder, folder / "deeper")):
        image = Image.new("RGB", (80, 60), (200, 100 + i, 200))
        write_pyramid(place / f"Jane Doe {i}.tif", image, (1,), tile=64)
    (folder / "Joe Bloggs.svs").write_bytes(b"no slide")
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path, describe: OpenedHere) -> SlideLibrary:
    library = SlideLibrary(folder, tmp_path / "data", describe=describe, max_upload_bytes=10**6)
    library.refresh()
    return library


def test_slides_are_found_in_subfolders_too_and_the_rest_has_a_sentence(
    library: SlideLibrary,
) -> None:
    assert len(library.slides()) == 2
    (refusal,) = library.refusals()
    assert refusal.startswith("No reader here can open this file")


def test_no_file_name_shows_in_ids_sentences_logs_or_kept_files(
    folder: Path, tmp_path: Path, describe: OpenedHere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    library = SlideLibrary(folder, tmp_path / "data", describe=describe)
    library.refresh()
    added = library.add(folder / "Jane Doe 0.tif")
    shown = [slide.id for slide in library.slides()] + [*library.refusals(), caplog.text]
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    shown += [str(path) + path.read_text("latin-1") for path in kept]
    assert added.id in shown
    assert not any("Jane" in text or "Joe" in text for text in shown)


def test_unchanged_files_are_not_probed_again(
    library: SlideLibrary, folder: Path, tmp_path: Path, describe: OpenedHere
) -> None:
    assert describe.count == 3
    library.refresh()
    assert describe.count == 3
    SlideLibrary(folder, tmp_path / "data", describe=describe).refresh()
    assert describe.count == 4


def test_new_and_vanished_slides_are_noticed_without_a_restart(
    library: SlideLibrary, folder: Path
) -> None:
    gone = library.slides()[0]
    gone.path.unlink()
    with pytest.raises(SlideNotFound):
        library.get(gone.id)
    (folder / "Joe Bloggs.svs").unlink()
    write_pyramid(folder / "new.tif", Image.new("RGB", (90, 90), "pink"), (1,), tile=64)
    library.refresh()
    assert gone.id not in [slide.id for slide in library.slides()]
    assert len(library.slides()) == 2
    assert library.refusals() == ()


def test_a_second_copy_is_listed_once(library: SlideLibrary, folder: Path) -> None:
    shutil.copy(library.slides()[0].path, folder / "copy.tif")
    library.refresh()
    assert len(library.slides()) == 2


@pytest.mark.parametrize("guess", ["", "../slides/Jane Doe 0.tif", "/etc/passwd", "ab" * 32])
def test_no_path_and_no_guess_finds_a_slide(library: SlideLibrary, guess: str) -> None:
    with pytest.raises(SlideNotFound, match="no such slide"):
        library.get(guess)


def test_links_that_leave_the_folder_are_not_followed(
    library: SlideLibrary, folder: Path, tmp_path: Path
) -> None:
    outside = write_pyramid(tmp_path / "o.tif", Image.new("RGB", (70, 70)), (1,), tile=64)
    (folder / "link.tif").symlink_to(outside)
    (folder / "everything").symlink_to(tmp_path)
    library.refresh()
    assert len(library.slides()) == 2


def test_a_file_replaced_by_a_link_after_it_was_listed_is_not_opened(
    library: SlideLibrary, tmp_path: Path
) -> None:
    slide = library.slides()[0]
    moved = slide.path.rename(tmp_path / "elsewhere.tif")
    slide.path.symlink_to(moved)
    with pytest.raises(SlideNotFound):
        library.get(slide.id)


def test_an_upload_is_copied_in_and_there_after_a_restart(
    tmp_path: Path, describe: OpenedHere
) -> None:
    upload = write_pyramid(tmp_path / "Jane.tif", Image.new("RGB", (70, 70)), (1,), tile=64)
    library = SlideLibrary(None, tmp_path / "data", describe=describe)
    added = library.add(upload)
    upload.unlink()
    again = SlideLibrary(None, tmp_path / "data", describe=describe)
    again.refresh()
    assert again.get(added.id) == library.get(added.id) == added
    assert added.is_uploaded
    assert describe.count == 1


def test_an_upload_that_is_no_slide_leaves_nothing_behind(
    library: SlideLibrary, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedSlide):
        library.add(folder / "Joe Bloggs.svs")
    assert not list((tmp_path / "data" / "uploads").rglob("*"))


def test_an_upload_that_is_too_large_or_only_part_of_a_slide_is_refused(
    library: SlideLibrary, tmp_path: Path
) -> None:
    (tmp_path / "a.mrxs").write_bytes(b"")
    with pytest.raises(UnsupportedSlide, match=r"A \.mrxs file is no slide that is complete"):
        library.add(tmp_path / "a.mrxs")
    (tmp_path / "a.svs").write_bytes(bytes(2 * 10**6))
    with pytest.raises(UnsupportedSlide, match="This file has 2 MiB; at most 1 MiB"):
        library.add(tmp_path / "a.svs")


def test_only_uploads_can_be_removed(library: SlideLibrary, tmp_path: Path) -> None:
    upload = write_pyramid(tmp_path / "u.tif", Image.new("RGB", (99, 99)), (1,), tile=64)
    added = library.add(upload)
    library.remove(added.id)
    assert not added.path.exists()
    with pytest.raises(SlideNotFound):
        library.get(added.id)
    with pytest.raises(SlideNotFound, match="was not uploaded here"):
        library.remove(library.slides()[0].id)


def test_a_folder_that_does_not_exist_holds_no_slides(
    tmp_path: Path, describe: OpenedHere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    library = SlideLibrary(tmp_path / "Jane", tmp_path / "data", describe=describe)
    library.refresh()
    assert library.slides() == ()
    assert "cannot be read" in caplog.text
    assert "Jane" not in caplog.text

import io
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clover_chat.errors import SlideError, SlideNotFound, UnsupportedSlide
from clover_chat.services.viewing import SlideView, ViewingService
from clover_chat.slides.geometry import Box, Size
from clover_chat.slides.reader import Slide
from clover_chat.slides.tiles import TileDropped
from clover_chat.slides.tokens import TokenForeign, TokenMissing, TokenRefused, TokenTampered
from clover_chat.storage.regions import RegionNotFound
from clover_chat.types import ModelHost
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.conftest import MakeBench
from tests.services.slides import PATIENT, SIZE, TISSUE, Bench

UNKNOWN = "0" * 64
Action = Callable[[ViewingService, str, ModelHost], object]

LOOKING: dict[str, Action] = {
    "open": lambda viewing, slide_id, host: viewing.open("bob", slide_id),
    "mark": lambda viewing, slide_id, host: viewing.add_region("bob", slide_id, TISSUE),
    "export": lambda viewing, slide_id, host: viewing.export_geojson("bob", slide_id),
    "import": lambda viewing, slide_id, host: viewing.import_geojson("bob", slide_id, "{}"),
    "look over": lambda viewing, slide_id, host: next(viewing.look_over("bob", slide_id, host)),
    "remove": lambda viewing, slide_id, host: viewing.remove_slide("bob", slide_id),
}


@pytest.fixture
def upload(slide_files: Callable[[str], Path], tmp_path: Path) -> Path:
    path = tmp_path / f"{PATIENT}_upload.tif"
    shutil.copyfile(slide_files("unmeasured"), path)
    return path


def tile_bytes(bench: Bench, viewer: str, token: str | None, slide_id: str) -> bytes:
    return bench.viewing.tile(viewer, token, slide_id, 0, 0, 0).data


def test_a_slide_is_listed_with_what_is_known_and_without_its_name(bench: Bench) -> None:
    (view,) = bench.viewing.slides("ada")
    assert view == SlideView(
        id=bench.slide_id,
        title=f"Slide {bench.slide_id[:6]}",
        width=SIZE[0],
        height=SIZE[1],
        vendor="generic-tiff",
        magnification=view.magnification,
        mpp_x=view.mpp_x,
        mpp_y=view.mpp_y,
        is_uploaded=False,
    )
    assert view.magnification == pytest.approx(20, rel=0.01)
    assert view.mpp_x == pytest.approx(0.5, rel=0.01)
    assert PATIENT not in str(bench.viewing.open("ada", view.id))


def test_what_a_slide_does_not_say_about_itself_is_none(make_bench_of: MakeBench) -> None:
    (view,) = make_bench_of("unmeasured").viewing.slides("ada")
    assert (view.magnification, view.mpp_x, view.mpp_y) == (None, None, None)


def test_names_are_shown_where_the_operator_wants_them(make_bench_of: MakeBench) -> None:
    (view,) = make_bench_of("sharp", show_slide_names=True).viewing.slides("ada")
    assert view.title == f"{PATIENT}_sharp"


def test_the_size_is_that_of_the_scanned_area(make_bench_of: MakeBench) -> None:
    bench = make_bench_of("offset")
    (view,) = bench.viewing.slides("ada")
    assert (view.width, view.height) == (900, 700)
    assert bench.viewing.open("ada", view.id).source.bounds == Box(700, 900, 900, 700)


def test_files_that_cannot_be_opened_are_counted_without_their_names(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "slides" / f"{PATIENT}_broken.svs").write_bytes(b"II*\0 not a slide")
    bench.viewing.refresh()
    (sentence,) = bench.viewing.refusals()
    assert sentence.endswith(".")
    assert PATIENT not in sentence
    assert len(bench.viewing.slides("ada")) == 1


def test_a_new_file_in_the_folder_is_found(
    bench: Bench, slide_files: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copyfile(slide_files("glass"), tmp_path / "slides" / "another.tif")
    bench.viewing.refresh()
    assert len(bench.viewing.slides("ada")) == 2


# Uploads


def test_an_upload_is_there_for_who_brought_it(bench: Bench, upload: Path) -> None:
    view = bench.viewing.add_slide("ada", upload)
    assert view.is_uploaded
    assert PATIENT not in view.title
    assert view in bench.viewing.slides("ada")
    assert [each.id for each in bench.viewing.slides("bob")] == [bench.slide_id]
    assert bench.viewing.open("ada", view.id).slide == view


@pytest.mark.parametrize("action", LOOKING)
def test_an_upload_is_not_there_for_anybody_else(
    bench: Bench, upload: Path, engine: ScriptedEngine, action: str
) -> None:
    host = ReadyHost(engine)
    slide_id = bench.viewing.add_slide("ada", upload).id
    with pytest.raises(SlideNotFound) as hidden:
        LOOKING[action](bench.viewing, slide_id, host)
    with pytest.raises(SlideNotFound) as absent:
        LOOKING[action](bench.viewing, UNKNOWN, host)
    assert str(hidden.value) == str(absent.value)


def test_an_upload_is_still_there_after_a_restart(
    make_bench_of: MakeBench, bench: Bench, upload: Path
) -> None:
    view = bench.viewing.add_slide("ada", upload)
    restarted = make_bench_of("sharp")
    assert view in restarted.viewing.slides("ada")
    assert view not in restarted.viewing.slides("bob")


def test_an_upload_that_two_people_brought_goes_with_the_last_of_them(
    bench: Bench, upload: Path
) -> None:
    slide_id = bench.viewing.add_slide("ada", upload).id
    bench.viewing.add_slide("bob", upload)
    opened = bench.viewing.open("bob", slide_id)
    bench.viewing.thumbnail("bob", opened.token, slide_id)
    path = bench.library.get(slide_id).path

    bench.viewing.remove_slide("ada", slide_id)
    assert len(bench.viewing.slides("ada")) == 1
    assert len(bench.viewing.slides("bob")) == 2

    bench.viewing.remove_slide("bob", slide_id)
    assert not path.exists()
    assert list((path.parents[2] / "thumbnails").glob("*.jpg")) == []
    with pytest.raises(SlideNotFound):
        tile_bytes(bench, "bob", opened.token, slide_id)


def test_an_upload_that_is_taken_back_takes_its_bookmarks_along(bench: Bench, upload: Path) -> None:
    slide_id = bench.viewing.add_slide("ada", upload).id
    region = bench.viewing.add_region("ada", slide_id, Box(300, 300, 100, 100), "Mitosis")
    bench.viewing.remove_slide("ada", slide_id)
    assert not region.preview.exists()
    with pytest.raises(RegionNotFound):
        bench.viewing.region("ada", region.id)


def test_the_operators_slides_cannot_be_removed(bench: Bench) -> None:
    with pytest.raises(SlideNotFound, match="not uploaded here"):
        bench.viewing.remove_slide("ada", bench.slide_id)
    assert len(bench.viewing.slides("ada")) == 1


def test_an_upload_of_what_the_operator_shows_belongs_to_everybody(bench: Bench) -> None:
    view = bench.viewing.add_slide("ada", bench.library.get(bench.slide_id).path)
    assert not view.is_uploaded
    assert [each.id for each in bench.viewing.slides("bob")] == [view.id]


@pytest.mark.parametrize("name", [f"{PATIENT}.txt", f"{PATIENT}.svs", PATIENT])
def test_an_upload_that_is_no_slide_is_refused_without_its_name(
    bench: Bench, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"Dear colleague")
    with pytest.raises(UnsupportedSlide) as refused:
        bench.viewing.add_slide("ada", path)
    assert PATIENT not in str(refused.value)
    assert len(bench.viewing.slides("ada")) == 1


# Tiles


def test_with_its_token_a_slide_can_be_seen(bench: Bench) -> None:
    opened = bench.viewing.open("ada", bench.slide_id)
    finest = len(opened.source.levels) - 1
    tile = bench.viewing.tile("ada", opened.token, bench.slide_id, finest, 1, 0)
    side = opened.source.tile_size
    with Slide.open(bench.library.get(bench.slide_id).path) as slide:
        truth = np.asarray(slide.read_region(side, 0, 0, Size(side, side)), dtype=int)
    shown = np.asarray(Image.open(io.BytesIO(tile.data)), dtype=int)
    assert tile.media_type == "image/jpeg"
    assert np.abs(shown - truth).mean() < 5


def test_a_thumbnail_and_an_overlay_cover_the_scanned_area(bench: Bench) -> None:
    token = bench.viewing.open("ada", bench.slide_id).token
    thumbnail = Image.open(io.BytesIO(bench.viewing.thumbnail("ada", token, bench.slide_id)))
    overlay = Image.open(io.BytesIO(bench.viewing.tissue_overlay("ada", token, bench.slide_id)))
    assert (thumbnail.format, overlay.format, overlay.mode) == ("JPEG", "PNG", "RGBA")
    for image in thumbnail, overlay:
        assert image.width / image.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.01)
    alpha = np.asarray(overlay.getchannel("A"))
    assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] > 0
    assert alpha[2, 2] == 0


@pytest.mark.parametrize("what", ["tile", "thumbnail", "tissue_overlay"])
def test_nothing_is_seen_with_a_wrong_token(bench: Bench, upload: Path, what: str) -> None:
    mine = bench.viewing.open("ada", bench.slide_id).token
    other = bench.viewing.add_slide("ada", upload).id
    place = (0, 0, 0) if what == "tile" else ()
    see = getattr(bench.viewing, what)
    for viewer, token, slide_id, refusal in [
        ("ada", None, bench.slide_id, TokenMissing),
        ("ada", "", bench.slide_id, TokenMissing),
        ("ada", "nonsense", bench.slide_id, TokenTampered),
        ("bob", mine, bench.slide_id, TokenForeign),
        ("ada", mine, other, TokenForeign),
        ("ada", mine, UNKNOWN, TokenForeign),
        ("ada", mine, "../../etc/passwd", TokenForeign),
    ]:
        with pytest.raises(refusal):
            see(viewer, token, slide_id, *place)
        assert issubclass(refusal, TokenRefused)


def test_label_and_macro_are_nowhere_unless_the_operator_allows_them(
    make_bench_of: MakeBench,
) -> None:
    bench = make_bench_of("offset")
    opened = bench.viewing.open("ada", bench.slide_id)
    assert opened.associated == ()
    for name in ("macro", "label"):
        with pytest.raises(SlideNotFound):
            bench.viewing.associated_image("ada", opened.token, bench.slide_id, name)


def test_an_operator_may_allow_label_and_macro(make_bench_of: MakeBench) -> None:
    bench = make_bench_of("offset", show_slide_labels=True)
    opened = bench.viewing.open("ada", bench.slide_id)
    assert opened.associated == ("label", "macro")
    data = bench.viewing.associated_image("ada", opened.token, bench.slide_id, "macro")
    with Image.open(io.BytesIO(data)) as macro:
        assert (macro.format, macro.size) == ("JPEG", (128, 256))
    with pytest.raises(SlideNotFound, match="no 'label'"):
        bench.viewing.associated_image("ada", opened.token, bench.slide_id, "label")
    with pytest.raises(SlideNotFound, match="nothing at this address"):
        bench.viewing.associated_image("ada", opened.token, bench.slide_id, "thumbnail")
    with pytest.raises(TokenRefused):
        bench.viewing.associated_image("eve", opened.token, bench.slide_id, "macro")


def test_there_are_no_tiles_beside_the_slide(bench: Bench) -> None:
    token = bench.viewing.open("ada", bench.slide_id).token
    for level, column, row in [(99, 0, 0), (-1, 0, 0), (0, 99, 0), (0, 0, -1)]:
        with pytest.raises(SlideNotFound):
            bench.viewing.tile("ada", token, bench.slide_id, level, column, row)


def test_a_tile_nobody_waits_for_is_dropped(bench: Bench) -> None:
    token = bench.viewing.open("ada", bench.slide_id).token
    with pytest.raises(TileDropped):
        bench.viewing.tile("ada", token, bench.slide_id, 0, 0, 0, is_wanted=lambda: False)


def test_a_slide_whose_file_has_gone_is_not_there(bench: Bench) -> None:
    token = bench.viewing.open("ada", bench.slide_id).token
    bench.library.get(bench.slide_id).path.unlink()
    with pytest.raises(SlideNotFound):
        tile_bytes(bench, "ada", token, bench.slide_id)
    with pytest.raises(SlideNotFound):
        bench.mark()


def test_no_log_line_at_info_names_a_slide(
    make_bench_of: MakeBench, upload: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    bench = make_bench_of("sharp")
    slide_id = bench.viewing.add_slide("ada", upload).id
    bench.viewing.remove_slide("ada", slide_id)
    (tmp_path / "slides" / f"{PATIENT}_broken.svs").write_bytes(b"II*\0 not a slide")
    bench.viewing.refresh()
    opened = bench.viewing.open("ada", bench.slide_id)
    path = bench.library.get(bench.slide_id).path
    path.write_bytes(b"no slide any more")
    with pytest.raises(SlideError):
        tile_bytes(bench, "ada", opened.token, bench.slide_id)
    assert PATIENT not in caplog.text

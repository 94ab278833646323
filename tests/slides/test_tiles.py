import io
import threading
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from clover_chat.errors import SlideNotFound
from clover_chat.slides.geometry import Size
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.reader import Slide
from clover_chat.slides.tile_cache import Tile, TileCache
from clover_chat.slides.tile_source import TileSource, tile_source
from clover_chat.slides.tiles import TileDropped, TileFormat, TileReader, encode


@pytest.fixture
def reader() -> TileReader:
    return TileReader(SlidePool(), TileCache(), workers=2, tile_format=TileFormat.PNG)


def decoded(tile: Tile) -> Image.Image:
    return Image.open(io.BytesIO(tile.data)).convert("RGB")


def assembled(reader: TileReader, path: Path, source: TileSource, level: int) -> Image.Image:
    whole = Image.new("RGB", source.levels[level].size)
    columns, rows = source.grid(level)
    for row in range(rows):
        for column in range(columns):
            tile = decoded(reader.tile(path, source, level, column, row))
            whole.paste(tile, (column * source.tile_size, row * source.tile_size))
    return whole


def worst_difference(one: Image.Image, other: Image.Image) -> float:
    return max(high for _, high in ImageChops.difference(one, other).getextrema())  # type: ignore[misc]


def test_stored_tiles_put_together_are_the_picture_itself(
    reader: TileReader, pyramid: Path, slide: Slide, picture: Image.Image
) -> None:
    source = tile_source(slide.description)
    assert worst_difference(assembled(reader, pyramid, source, 2), picture) == 0
    assert worst_difference(assembled(reader, pyramid, source, 1), picture.reduce(2)) == 0


def test_tiles_of_a_scan_with_an_offset_begin_at_its_corner(
    reader: TileReader, leica: Path, leica_slide: Slide, picture: Image.Image
) -> None:
    source = tile_source(leica_slide.description)
    top = len(source.levels) - 1
    assert worst_difference(assembled(reader, leica, source, top), picture) == 0
    assert worst_difference(assembled(reader, leica, source, top - 1), picture.reduce(4)) == 0


@pytest.mark.parametrize("overview_side", [2048, 250, 1])
def test_added_levels_are_averages_however_they_are_made(
    reader: TileReader,
    slide_dir: Path,
    picture: Image.Image,
    overview_side: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clover_chat.slides.tiles.OVERVIEW_SIDE", overview_side)
    path = slide_dir / "one-level.png"
    picture.save(path)
    with Slide.open(path) as plain:
        source = tile_source(plain.description)
    assert [level.factor for level in source.levels] == [4, 2, 1]
    assert worst_difference(assembled(reader, path, source, 1), picture.reduce(2)) == 0
    assert worst_difference(assembled(reader, path, source, 0), picture.reduce(4)) <= 2


def test_a_tile_is_read_once_and_then_kept(
    reader: TileReader, pyramid: Path, slide: Slide, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tile_source(slide.description)
    first = reader.tile(pyramid, source, 2, 0, 0)
    monkeypatch.setattr(Slide, "read_region", lambda *_: pytest.fail("read again"))
    assert reader.tile(pyramid, source, 2, 0, 0) is first


def test_a_tile_outside_the_slide_is_not_found(
    reader: TileReader, pyramid: Path, slide: Slide
) -> None:
    with pytest.raises(SlideNotFound, match="no tile 9, 0 at level 2"):
        reader.tile(pyramid, tile_source(slide.description), 2, 9, 0)


def test_a_request_that_nobody_waits_for_is_dropped_when_its_turn_comes(
    reader: TileReader, pyramid: Path, slide: Slide
) -> None:
    with pytest.raises(TileDropped):
        reader.tile(pyramid, tile_source(slide.description), 2, 0, 0, is_wanted=lambda: False)


def test_many_readers_get_the_same_tiles(pyramid: Path, slide: Slide) -> None:
    source = tile_source(slide.description)
    reader, tags = TileReader(SlidePool()), []

    def pan() -> None:
        columns, rows = source.grid(2)
        tags.append(
            [
                reader.tile(pyramid, source, 2, x, y).etag
                for x in range(columns)
                for y in range(rows)
            ]
        )

    threads = [threading.Thread(target=pan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tags) == 4
    assert all(each == tags[0] for each in tags)


@pytest.mark.parametrize("tile_format", TileFormat)
def test_each_encoding_is_what_it_says_and_carries_no_metadata(
    slide: Slide, tile_format: TileFormat
) -> None:
    image = slide.read_region(0, 0, 0, Size(32, 32))
    with Image.open(io.BytesIO(encode(image, tile_format))) as encoded:
        assert Image.MIME[encoded.format or ""] == tile_format.media_type
        assert not {"exif", "icc_profile", "dpi", "comment"} & set(encoded.info)

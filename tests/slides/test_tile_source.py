import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.errors import SlideNotFound
from clover_chat.slides.description import LevelInfo, SlideDescription
from clover_chat.slides.geometry import Box, Size, size_at
from clover_chat.slides.reader import Slide
from clover_chat.slides.tile_source import tile_source


def described(size: Size, *downsamples: float, tile_size: int = 256) -> SlideDescription:
    levels = tuple(LevelInfo(size_at(size, each), each) for each in downsamples)
    return SlideDescription("ab", size, levels, "test", None, None, Box(0, 0, *size), tile_size)


descriptions = st.builds(
    described,
    st.builds(Size, st.integers(1, 100_000), st.integers(1, 100_000)),
    st.just(1.0),
    st.sampled_from((2.0, 3.9, 4.0)),
    st.sampled_from((8.0, 16.0, 63.9)),
    tile_size=st.sampled_from((240, 256, 512)),
)


def test_stored_levels_are_offered_as_they_are(slide: Slide) -> None:
    source = tile_source(slide.description)
    assert [level.size for level in source.levels] == [(113, 88), (450, 350), (900, 700)]
    assert all(level.factor == 1 for level in source.levels)


def test_levels_are_added_until_the_slide_is_one_tile() -> None:
    source = tile_source(described(Size(4000, 3000), 1))
    assert [level.size.width for level in source.levels] == [250, 500, 1000, 2000, 4000]
    assert [level.factor for level in source.levels] == [16, 8, 4, 2, 1]
    assert source.grid(0) == (1, 1)


def test_a_wide_gap_between_stored_levels_is_filled() -> None:
    source = tile_source(described(Size(40_000, 20_000), 1, 16, 160))
    ratios = [
        b.size.width / a.size.width for a, b in zip(source.levels, source.levels[1:], strict=False)
    ]
    assert max(ratios) <= 4.5


def test_only_the_scanned_area_has_tiles(leica_slide: Slide) -> None:
    source = tile_source(leica_slide.description)
    assert source.levels[-1].size == (900, 700)
    assert source.bounds == Box(700, 900, 900, 700)


@given(descriptions, st.data())
def test_the_tiles_of_a_level_cover_it_without_overlap(
    description: SlideDescription, data: st.DataObject
) -> None:
    source = tile_source(description)
    level = data.draw(st.integers(0, len(source.levels) - 1))
    columns, rows = source.grid(level)
    column, row = data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1))
    box = source.tile_box(level, column, row)
    assert box.x == column * source.tile_size
    assert Box(0, 0, *source.levels[level].size).contains(box)
    if column < columns - 1:
        assert source.tile_box(level, column + 1, row).x == box.right
    else:
        assert box.right == source.levels[level].size.width


@given(descriptions)
def test_levels_grow_and_the_last_is_the_slide_itself(description: SlideDescription) -> None:
    source = tile_source(description)
    widths = [level.size.width for level in source.levels]
    assert widths == sorted(widths)
    assert source.levels[-1].size == description.size
    assert source.grid(0) == (1, 1) or source.levels[0].factor == 1


@pytest.mark.parametrize("place", [(5, 0, 0), (-1, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_a_tile_outside_is_not_found(slide: Slide, place: tuple[int, int, int]) -> None:
    with pytest.raises(SlideNotFound):
        tile_source(slide.description).tile_box(*place)


def test_a_layout_becomes_plain_data_for_a_page(slide: Slide) -> None:
    plain = dataclasses.asdict(tile_source(slide.description))
    assert plain["levels"][0]["size"] == (113, 88)
    assert plain["mpp"] == (0.5, 0.5)

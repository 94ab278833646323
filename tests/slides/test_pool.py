import threading
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.errors import UnsupportedSlide
from clover_chat.slides.geometry import Size
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.reader import Slide, UnreadableRegion
from tests.slides.pyramids import write_pyramid


@pytest.fixture
def pool() -> SlidePool:
    return SlidePool(max_open=2)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("many")
    image = Image.new("RGB", (64, 64), "pink")
    return [write_pyramid(folder / f"{i}.tif", image, (1,), tile=64) for i in range(5)]


def corner(slide: Slide) -> object:
    return slide.read_region(0, 0, 0, Size(4, 4)).getpixel((0, 0))


def test_a_slide_is_opened_once_for_many_readers(pool: SlidePool, paths: list[Path]) -> None:
    with pool.borrow(paths[0]) as first, pool.borrow(paths[0]) as second:
        assert first is second


def test_few_slides_stay_open_however_many_are_read(pool: SlidePool, paths: list[Path]) -> None:
    for path in paths:
        pool.read(path, corner)
    assert len(pool) == 2


def test_a_slide_that_is_being_read_is_not_closed_under_the_reader(
    pool: SlidePool, paths: list[Path]
) -> None:
    with pool.borrow(paths[0]) as slide:
        for path in paths[1:]:
            pool.read(path, corner)
        pool.close()
        assert corner(slide) == (255, 192, 203)


def test_decoded_images_are_bounded_too(tmp_path: Path) -> None:
    pool = SlidePool(max_open=10, resident_mib=1)
    for name in "abc":
        Image.new("RGB", (400, 400)).save(tmp_path / f"{name}.png")
        pool.read(tmp_path / f"{name}.png", corner)
    assert len(pool) == 1


def test_after_an_error_the_slide_is_opened_anew(pool: SlidePool, paths: list[Path]) -> None:
    seen: list[Slide] = []

    def fail_once(slide: Slide) -> object:
        seen.append(slide)
        if len(seen) == 1:
            raise UnreadableRegion("latched")
        return corner(slide)

    assert pool.read(paths[0], fail_once) == (255, 192, 203)
    assert seen[0] is not seen[1]


def test_a_place_that_stays_unreadable_is_an_error_and_the_next_slide_opens(
    pool: SlidePool, paths: list[Path]
) -> None:
    def fail(_: Slide) -> None:
        raise UnreadableRegion("damaged")

    with pytest.raises(UnreadableRegion):
        pool.read(paths[0], fail)
    assert len(pool) == 0
    assert pool.read(paths[1], corner) == (255, 192, 203)


def test_a_file_that_cannot_be_opened_does_not_block_the_next_try(
    pool: SlidePool, tmp_path: Path
) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(b"nothing")
    for _ in range(2):
        with pytest.raises(UnsupportedSlide):
            pool.read(path, corner)
    Image.new("RGB", (8, 8), "red").save(path)
    assert pool.read(path, corner) == (255, 0, 0)


def test_many_threads_may_read_while_handles_come_and_go(
    pool: SlidePool, paths: list[Path]
) -> None:
    results: list[object] = []

    def read_all() -> None:
        results.extend(pool.read(path, corner) for path in paths * 4)

    threads = [threading.Thread(target=read_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(255, 192, 203)] * 120
    assert len(pool) == 2

from pathlib import Path

import openslide
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from clover_chat.errors import ConfigError, SlideError, SlideNotFound, UnsupportedSlide
from clover_chat.slides.geometry import Box, Mpp, Size
from clover_chat.slides.reader import MAX_REGION_PIXELS, Slide, check_openslide
from tests.slides.colour_profiles import linear_profile
from tests.slides.conftest import OFFSET
from tests.slides.pyramids import write_pyramid

places = st.integers(-300, 4500)
sides = st.integers(1, 300)


def openslides_own(path: Path, place: tuple[int, int], level: int, size: Size) -> Image.Image:
    with openslide.OpenSlide(path) as handle:
        region = handle.read_region(place, level, size)
        background = handle.properties.get("openslide.background-color", "ffffff")
    ground = Image.new("RGBA", region.size, f"#{background}")
    return Image.alpha_composite(ground, region).convert("RGB")


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def test_a_pyramid_is_described(slide: Slide) -> None:
    described = slide.description
    assert described.vendor == "generic-tiff"
    assert described.size == (900, 700)
    assert [level.size for level in described.levels] == [(900, 700), (450, 350), (113, 88)]
    assert described.downsamples == pytest.approx((1, 2, 7.96), abs=0.01)
    assert described.mpp == Mpp(0.5, 0.5)
    assert described.magnification == 20.0
    assert described.objective_power is None
    assert described.bounds == Box(0, 0, 900, 700)
    assert described.tile_size == 256


def test_a_scan_inside_a_larger_slide_is_described_with_its_bounds(leica_slide: Slide) -> None:
    described = leica_slide.description
    assert described.vendor == "leica"
    assert described.size == (3000, 4000)
    assert described.bounds == Box(*OFFSET, 900, 700)
    assert described.objective_power == described.magnification == 20.0


@settings(max_examples=60, deadline=None)
@given(x0=places, y0=places, width=sides, height=sides, level=st.integers(0, 2))
def test_pixels_equal_openslides_own_at_every_level_borders_included(
    slide: Slide, pyramid: Path, x0: int, y0: int, width: int, height: int, level: int
) -> None:
    size = Size(width, height)
    expected = openslides_own(pyramid, (x0, y0), level, size)
    assert same(slide.read_pixels(x0, y0, level, size), expected)


@settings(max_examples=40, deadline=None)
@given(x0=places, y0=places, width=sides, height=sides, level=st.integers(0, 1))
def test_pixels_equal_openslides_own_where_the_scan_has_an_offset(
    leica_slide: Slide, leica: Path, x0: int, y0: int, width: int, height: int, level: int
) -> None:
    size = Size(width, height)
    expected = openslides_own(leica, (x0, y0), level, size)
    assert same(leica_slide.read_pixels(x0, y0, level, size), expected)


def test_pixels_of_the_offset_scan_are_those_that_were_written(
    leica_slide: Slide, picture: Image.Image
) -> None:
    assert same(leica_slide.read_region(*OFFSET, 0, Size(*picture.size)), picture)


def test_what_was_never_scanned_is_plain_background(leica_slide: Slide) -> None:
    assert leica_slide.read_region(0, 0, 0, Size(20, 20)).getcolors() == [(400, (255, 255, 255))]


def test_a_box_is_read_at_the_size_asked_for_and_never_enlarged(slide: Slide) -> None:
    assert slide.read_box(Box(0, 0, 900, 700), 300).size == (300, 233)
    assert slide.read_box(Box(10, 10, 50, 40), 300).size == (50, 40)


def test_a_reduced_box_shows_the_same_place(slide: Slide, picture: Image.Image) -> None:
    box = Box(200, 150, 512, 384)
    small = slide.read_box(box, 128)
    wanted = picture.crop((box.x, box.y, box.right, box.bottom)).reduce(4)
    worst = max(high for _, high in ImageChops.difference(small, wanted).getextrema())  # type: ignore[misc]
    assert small.size == wanted.size
    assert worst <= 24


def test_a_level_too_large_for_one_piece_is_reduced_in_strips(
    slide: Slide, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = slide.read_reduced(0, 0, 0, Size(900, 700), 4)
    monkeypatch.setattr("clover_chat.slides.reader.MAX_REGION_PIXELS", 900 * 64)
    assert same(slide.read_reduced(0, 0, 0, Size(900, 700), 4), at_once)


def test_a_region_that_is_empty_or_too_large_or_at_no_level_is_refused(slide: Slide) -> None:
    with pytest.raises(SlideError, match="0 x 10 pixels cannot be read"):
        slide.read_region(0, 0, 0, Size(0, 10))
    with pytest.raises(SlideError, match="cannot be read in one piece"):
        slide.read_region(0, 0, 0, Size(MAX_REGION_PIXELS, 2))
    with pytest.raises(SlideError, match="no level 3, only 0 to 2"):
        slide.read_region(0, 0, 3, Size(10, 10))


def test_anisotropic_pixels_are_made_square(slide_dir: Path, picture: Image.Image) -> None:
    path = slide_dir / "wide.png"
    dots = 25_400 / 0.5
    picture.save(path, dpi=(dots, dots / 2))
    with Slide.open(path) as wide:
        assert wide.description.mpp == pytest.approx((0.5, 1.0), rel=0.01)
        assert wide.read_box(Box(0, 0, 400, 200), 1000).size == (200, 200)


def test_colours_are_converted_to_srgb_by_the_scanners_profile(
    slide_dir: Path, picture: Image.Image
) -> None:
    path = write_pyramid(slide_dir / "icc.tif", picture, (1,), profile=linear_profile())
    with Slide.open(path) as linear:
        assert linear.description.has_profile
        before = linear.read_pixels(400, 300, 0, Size(8, 8)).getpixel((4, 4))
        after = linear.read_region(400, 300, 0, Size(8, 8)).getpixel((4, 4))
    assert all(a > b + 5 for a, b in zip(after, before, strict=True) if b < 240)  # type: ignore[arg-type]


def test_a_damaged_profile_leaves_the_colours_as_they_are(
    slide_dir: Path, picture: Image.Image
) -> None:
    path = write_pyramid(slide_dir / "bad-icc.tif", picture, (1,), profile=b"x" * 200)
    with Slide.open(path) as odd:
        assert not odd.description.has_profile
        assert same(odd.read_region(0, 0, 0, Size(900, 700)), picture)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_plain_image_is_a_slide_of_one_level(
    slide_dir: Path, picture: Image.Image, suffix: str
) -> None:
    path = slide_dir / f"plain{suffix}"
    picture.save(path)
    with Slide.open(path) as plain:
        assert plain.description.vendor == "image"
        assert plain.description.mpp is None
        assert plain.description.magnification is None
        assert [level.size for level in plain.description.levels] == [picture.size]
        with Image.open(path) as own:
            assert same(plain.read_region(0, 0, 0, Size(*own.size)), own)
        assert plain.read_region(890, 690, 0, Size(20, 20)).getpixel((19, 19)) == (255, 255, 255)


def test_a_sixteen_bit_image_uses_the_whole_range_of_greys(slide_dir: Path) -> None:
    path = slide_dir / "deep.tif"
    deep = Image.new("I;16", (64, 64), 4095)
    deep.putpixel((0, 0), 0)
    deep.save(path)
    with Slide.open(path) as slide:
        region = slide.read_region(0, 0, 0, Size(64, 64))
    assert region.getpixel((1, 1)) == (255, 255, 255)
    assert region.getpixel((0, 0)) == (0, 0, 0)


def test_a_plain_image_that_is_too_large_is_refused_before_it_is_decoded(
    slide_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = slide_dir / "large.png"
    Image.new("L", (2000, 1000)).save(path)
    monkeypatch.setattr("clover_chat.slides.plain.MAX_PIXELS", 1_000_000)
    with pytest.raises(UnsupportedSlide, match="of 2 megapixels is too large: the limit is 1"):
        Slide.open(path)


def test_the_largest_page_of_a_plain_tiff_is_shown_and_not_its_label(
    slide_dir: Path, picture: Image.Image
) -> None:
    path = slide_dir / "pages.tif"
    label = Image.new("RGB", (200, 100), "red")
    label.save(path, save_all=True, append_images=[picture, label])
    with Slide.open(path) as slide:
        assert same(slide.read_region(0, 0, 0, Size(*picture.size)), picture)


def test_the_preview_of_a_mirax_slide_without_its_folder_is_not_shown(slide_dir: Path) -> None:
    path = slide_dir / "alone.mrxs"
    Image.new("RGB", (200, 100), "red").save(path, "JPEG")
    with pytest.raises(UnsupportedSlide, match="No reader here"):
        Slide.open(path)


def test_label_and_macro_are_refused_unless_allowed(leica: Path, leica_slide: Slide) -> None:
    with pytest.raises(SlideError, match="switched off"):
        leica_slide.associated_image("macro")
    with Slide.open(leica, is_associated_allowed=True) as allowed:
        assert allowed.associated_image("macro").size == (128, 256)
        with pytest.raises(SlideError, match="no 'label' image"):
            allowed.associated_image("label")


def test_the_barcode_and_the_file_name_are_in_no_description(leica_slide: Slide) -> None:
    text = leica_slide.description.to_json()
    assert "Patient" not in text
    assert "leica.scn" not in text


def test_the_id_is_the_same_for_a_copy_of_another_name_and_no_other_slide(
    pyramid: Path, slide: Slide, leica_slide: Slide, slide_dir: Path
) -> None:
    copy = slide_dir / "Jane Doe 1950.tif"
    copy.write_bytes(pyramid.read_bytes())
    with Slide.open(copy) as again:
        assert again.description.id == slide.description.id
    assert leica_slide.description.id != slide.description.id


def test_a_file_that_is_no_image_is_refused_with_a_sentence(slide_dir: Path) -> None:
    path = slide_dir / "Jane Doe.svs"
    path.write_bytes(b"no slide at all" * 100)
    with pytest.raises(UnsupportedSlide, match="No reader here can open this file") as caught:
        Slide.open(path)
    assert "Jane" not in str(caught.value)


def test_a_truncated_image_is_refused_with_a_sentence(
    slide_dir: Path, picture: Image.Image
) -> None:
    path = slide_dir / "cut.png"
    picture.save(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UnsupportedSlide, match="damaged or cut short"):
        Slide.open(path)


def test_a_file_that_has_gone_is_not_found(slide_dir: Path) -> None:
    with pytest.raises(SlideNotFound, match="not there any more"):
        Slide.open(slide_dir / "gone.svs")


def test_an_old_openslide_is_refused_at_start() -> None:
    check_openslide()
    check_openslide("4.1")
    with pytest.raises(ConfigError, match=r"OpenSlide 4\.0\.0 has known security holes"):
        check_openslide("4.0.0")

"""Real slides of several scanners, where they lie beside the checkout."""

import random
from pathlib import Path

import openslide
import pytest
from PIL import Image, ImageChops

from clover_chat.errors import UnsupportedSlide
from clover_chat.slides.geometry import Size
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.probe import probe
from clover_chat.slides.reader import Slide
from clover_chat.slides.tile_source import tile_source
from clover_chat.slides.tiles import TileReader
from clover_chat.slides.tissue import tissue_mask

READABLE = [
    "CMU-1-Small-Region.svs",
    "TCGA-CR-7395-01A-01-TS1.svs",
    "lichen_planus_half.tiff",
    "kidney-48-5.tif",
    "dicom_sm/sm_image.dcm",
    "dicom_sm/sm_image_dots.dcm",
    "dicom_sm/sm_image_numbers.dcm",
    "other/test3-DAPI-2-(387).ndpi",
    "other/boxes.tiff",
    "other/boxes.png",
    "other/boxes_0.dcm",
    "other/small_HE_levels.tiff",
    "other/small_la.tiff",
    "other/smalltif.tif",
    *[f"other/test_orient{i}.tif" for i in range(1, 9)],
    "malformed/small.svs",
    "malformed/😐.svs",
]
REFUSED = {
    "malformed/histolab_broken.svs": "No reader here can open this file",
    "malformed/unopenable.tiff": "Unsupported TIFF compression: 52479",
    "malformed/unreadable.svs": "opens but its pixels cannot be read",
    "dicom_sm/sm_image_grayscale.dcm": "BitsAllocated value 16",
    "dicom_sm/sm_image_grayscale_reversed.dcm": "BitsAllocated value 16",
    "dicom_sm/sm_image_jpegls.dcm": "Unsupported transfer syntax",
    "dicom_sm/sm_image_jpegls_nobot.dcm": "Unsupported transfer syntax",
    "dicom_sm/small_dicom.dcm": "Couldn't get image flavor",
    "other/zero_gi.tif": "No reader here can open this file",
}


@pytest.mark.parametrize("name", READABLE)
def test_a_readable_slide_opens_and_every_level_can_be_shown(
    shared_slides: Path, name: str
) -> None:
    path = shared_slides / name
    with Slide.open(path) as slide:
        source = tile_source(slide.description)
        assert max(slide.thumbnail(128).size) <= 128
    reader, pool = TileReader(pool := SlidePool()), pool
    for level in range(len(source.levels)):
        columns, rows = source.grid(level)
        for place in ((0, 0), (columns - 1, rows - 1)):
            assert reader.tile(path, source, level, *place).data
    pool.close()


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_gives_one_sentence_without_its_name(
    shared_slides: Path, name: str
) -> None:
    path = shared_slides / name
    with pytest.raises(UnsupportedSlide, match=REFUSED[name]) as caught:
        probe(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert path.name not in sentence
    assert str(path.parent) not in sentence


@pytest.mark.parametrize("name", [name for name in READABLE if "svs" in name or "lichen" in name])
def test_pixels_equal_openslides_own_at_level_0(shared_slides: Path, name: str) -> None:
    chance = random.Random(name)
    path = shared_slides / name
    with Slide.open(path) as slide, openslide.OpenSlide(path) as handle:
        width, height = slide.description.size
        for _ in range(12):
            size = Size(chance.randint(1, 300), chance.randint(1, 300))
            place = chance.randint(-100, width), chance.randint(-100, height)
            own = handle.read_region(place, 0, size)
            ground = Image.new("RGBA", own.size, slide.description.background)
            expected = Image.alpha_composite(ground, own).convert("RGB")
            ours = slide.read_pixels(*place, 0, size)
            assert ImageChops.difference(ours, expected).getbbox() is None


def test_implausible_resolutions_are_unknown(shared_slides: Path) -> None:
    with Slide.open(shared_slides / "other/boxes.tiff") as slide:
        assert slide.description.mpp is None
    with Slide.open(shared_slides / "lichen_planus_half.tiff") as slide:
        assert slide.description.magnification == pytest.approx(36.5, abs=0.05)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("CMU-1-Small-Region.svs", 0.3, 0.5),
        ("TCGA-CR-7395-01A-01-TS1.svs", 0.55, 0.75),
        ("lichen_planus_half.tiff", 0.4, 0.6),
        ("kidney-48-5.tif", 0.001, 0.02),
        ("other/test3-DAPI-2-(387).ndpi", 0.05, 0.4),
    ],
)
def test_about_as_much_tissue_is_found_as_a_person_sees(
    shared_slides: Path, name: str, least: float, most: float
) -> None:
    with Slide.open(shared_slides / name) as slide:
        assert least < tissue_mask(slide).pixels.mean() < most


@pytest.mark.slow
def test_the_whole_folder_is_listed_by_real_probes(shared_slides: Path, tmp_path: Path) -> None:
    library = SlideLibrary(shared_slides, tmp_path)
    library.refresh()
    assert len(library.slides()) == 23
    assert len(library.refusals()) == 9

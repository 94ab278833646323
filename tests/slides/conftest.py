from pathlib import Path

import pytest
from hypothesis import settings
from PIL import Image

from clover_chat.slides.reader import Slide
from tests.slides.pyramids import tissue_picture, write_leica, write_pyramid

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")

OFFSET = (700, 900)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "slides"


@pytest.fixture(scope="session")
def slide_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slides")


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    return tissue_picture(900, 700)


@pytest.fixture(scope="session")
def pyramid(slide_dir: Path, picture: Image.Image) -> Path:
    """Three levels of a ratio that is no whole number everywhere: 900, 450, 113 pixels wide."""
    return write_pyramid(slide_dir / "pyramid.tif", picture, (1, 2, 8))


@pytest.fixture(scope="session")
def leica(slide_dir: Path, picture: Image.Image) -> Path:
    """A scan at an offset inside a larger slide, with a macro image and a barcode."""
    return write_leica(slide_dir / "leica.scn", picture, OFFSET, (3000, 4000))


@pytest.fixture(scope="session")
def slide(pyramid: Path) -> Slide:
    return Slide.open(pyramid)


@pytest.fixture(scope="session")
def leica_slide(leica: Path) -> Slide:
    return Slide.open(leica)


@pytest.fixture(scope="session")
def shared_slides() -> Path:
    if not SHARED.is_dir():
        pytest.skip("real slides are not beside this checkout")
    return SHARED

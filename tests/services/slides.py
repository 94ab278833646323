"""Slides whose file names say whom they are of, and services that show them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.chat import ChatService
from clover_chat.services.viewing import ViewingService
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.geometry import Box
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.reader import Slide
from clover_chat.slides.thumbnails import ThumbnailStore
from clover_chat.slides.tiles import TileReader
from clover_chat.slides.tokens import TileTokens
from clover_chat.storage.images import ImageStore
from clover_chat.types import ModelHost
from tests.slides.pyramids import blurred, tissue_picture, write_leica, write_pyramid

PATIENT = "MUSTERMANN_ERIKA_1957"
SIZE = (3000, 2000)
TISSUE = Box(1200, 800, 500, 400)  # in the middle of the island
GLASS = Box(0, 0, 400, 300)  # beside it
EVERYTHING = Box(0, 0, *SIZE)


@dataclass(frozen=True)
class Bench:
    """Services over one database and one library of slides."""

    viewing: ViewingService
    chat: ChatService
    library: SlideLibrary
    slide_id: str

    def mark(self, box: Box = TISSUE, name: str = "", owner: str = "ada") -> int:
        """Mark a region and return its id."""
        return self.viewing.add_region(owner, self.slide_id, box, name).id


def describe(path: Path) -> SlideDescription:
    """Look at a slide in this process; a process for each would take the tests too long."""
    with Slide.open(path) as slide:
        return slide.description


def make_bench(
    sessions: sessionmaker[Session],
    images: ImageStore,
    host: ModelHost,
    folder: Path,
    data_dir: Path,
    *,
    show_slide_names: bool = False,
    show_slide_labels: bool = False,
) -> Bench:
    """Return services that show the slides of a folder."""
    library = SlideLibrary(folder, data_dir, describe=describe)
    library.refresh()
    pool = SlidePool(is_associated_allowed=show_slide_labels)
    viewing = ViewingService(
        sessions,
        images,
        library,
        pool,
        TileReader(pool),
        ThumbnailStore(data_dir / "thumbnails"),
        TileTokens(b"s" * 32),
        show_slide_names=show_slide_names,
        show_slide_labels=show_slide_labels,
    )
    chat = ChatService(sessions, images, host, regions=viewing.regions)
    first = next(iter(library.slides()), None)
    return Bench(viewing, chat, library, first.id if first else "")


def write_sharp(path: Path) -> Path:
    """Write a slide with one island of tissue in focus."""
    return write_pyramid(path, tissue_picture(*SIZE), (1, 2, 4))


def write_blurred(path: Path) -> Path:
    """Write the same slide as it looks when the scanner missed the focus."""
    return write_pyramid(path, blurred(tissue_picture(*SIZE), 12), (1, 2, 4))


def write_patchwork(path: Path) -> Path:
    """Write a slide of four kinds of tissue, each in a corner of its own."""
    chance = np.random.default_rng(1)
    picture = Image.new("RGB", SIZE, (244, 242, 245))
    colours = (226, 150, 190), (150, 110, 200), (200, 90, 80), (120, 140, 210)
    for index, colour in enumerate(colours):
        shade = chance.integers(-60, 40, (30, 40, 1)) + np.array(colour)
        spot = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8)).resize((1000, 700), 0)
        picture.paste(spot, ((index % 2) * 1600 + 200, (index // 2) * 1000 + 150))
    return write_pyramid(path, picture, (1, 2, 4))


def write_speck(path: Path) -> Path:
    """Write a slide that is empty but for one small piece of tissue."""
    picture = Image.new("RGB", SIZE, (244, 242, 245))
    picture.paste(tissue_picture(*SIZE).crop((1200, 800, 1380, 980)), (1450, 950))
    return write_pyramid(path, picture, (1, 2, 4))


WRITERS: dict[str, Callable[[Path], Path]] = {
    "sharp": write_sharp,
    "blurred": write_blurred,
    "patchwork": write_patchwork,
    "offset": lambda path: write_leica(
        path.with_suffix(".scn"), tissue_picture(900, 700), (700, 900), (3000, 4000)
    ),
    "speck": write_speck,
    "glass": lambda path: write_pyramid(path, Image.new("RGB", (900, 700), "white")),
    "tiny": lambda path: write_pyramid(path, Image.new("RGB", (2, 1), (180, 90, 140)), (1,)),
    "unmeasured": lambda path: write_pyramid(path, tissue_picture(900, 700), mpp=None),
}

"""An open slide: reads regions in sRGB on a plain background; leaves pooling and caching to others.

Knows OpenSlide and Pillow. Label, macro and other associated images are refused unless an operator
allows them, because they may name a patient; so may the file's name, which appears in no message.
"""

from pathlib import Path
from typing import Self

import openslide
from PIL import Image

from clover_chat.errors import ConfigError, SlideError, SlideNotFound, UnsupportedSlide
from clover_chat.slides.colours import flattened, in_srgb, profile_of, srgb_transform
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.formats import main_files
from clover_chat.slides.geometry import Box, Mpp, Size, best_level, fit, size_at, square_pixels
from clover_chat.slides.metadata import describe
from clover_chat.slides.plain import open_plain

MAX_REGION_PIXELS = 64_000_000
"""Pixels that may be read in one piece; larger boxes are read in strips and reduced."""

OLDEST_OPENSLIDE = (4, 0, 1)


class UnreadableRegion(SlideError):
    """A slide that opened cannot be read in one place; its handle is useless from then on."""


def check_openslide(version: str = openslide.__library_version__) -> None:
    """Refuse an OpenSlide with known security holes.

    Raises:
        ConfigError: It is older than 4.0.1.
    """
    found = tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
    if found < OLDEST_OPENSLIDE:
        raise ConfigError(
            f"OpenSlide {version} has known security holes: install openslide-bin 4.0.1.2 or later."
        )


class Slide:
    """A whole-slide image or plain image, open for reading. Several threads may read at once."""

    def __init__(
        self,
        handle: openslide.OpenSlide | openslide.ImageSlide,
        description: SlideDescription,
        *,
        is_associated_allowed: bool = False,
    ) -> None:
        self.description = description
        self._handle = handle
        self._transform = srgb_transform(profile_of(handle))
        self._is_associated_allowed = is_associated_allowed

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        is_associated_allowed: bool = False,
        cache: openslide.OpenSlideCache | None = None,
    ) -> Self:
        """Open a slide file, or a folder that holds the parts of one.

        Args:
            path: The file; of a DICOM or MIRAX folder, the folder or any main file.
            is_associated_allowed: Whether label and macro may be read.
            cache: Decoded tiles shared between slides; each has its own by default.

        Raises:
            SlideNotFound: Nothing lies there.
            UnsupportedSlide: No reader can open it.
        """
        path = _main_file(path)
        handle, mpp = _handle(path)
        try:
            if cache is not None:
                handle.set_cache(cache)
            description = describe(handle, path, mpp)
            return cls(handle, description, is_associated_allowed=is_associated_allowed)
        except openslide.OpenSlideError as error:
            handle.close()
            raise UnsupportedSlide(_broken(error, path)) from error

    def read_pixels(self, x0: int, y0: int, level: int, size: Size) -> Image.Image:
        """Read pixels of one level in the scanner's own colours, as OpenSlide returns them.

        Args:
            x0: Left edge in level-0 pixels; may lie outside the slide.
            y0: Top edge in level-0 pixels.
            level: Index of the level, 0 is the finest.
            size: Pixels of that level to read.

        Raises:
            SlideError: There is no such level, or the region is empty or too large.
            UnreadableRegion: The file is damaged there.
        """
        if not 0 <= level < len(self.description.levels):
            raise SlideError(
                f"This slide has no level {level}, only 0 to {len(self.description.levels) - 1}."
            )
        if min(size) < 1 or size.width * size.height > MAX_REGION_PIXELS:
            raise SlideError(
                f"A region of {size.width} x {size.height} pixels cannot be read in one piece: "
                f"between 1 and {MAX_REGION_PIXELS} pixels can."
            )
        try:
            region = self._handle.read_region((x0, y0), level, size)
        except (openslide.OpenSlideError, OSError) as error:
            raise UnreadableRegion(
                "The slide's file is damaged at this place; try another one."
            ) from error
        return flattened(region, self.description.background)

    def read_region(self, x0: int, y0: int, level: int, size: Size) -> Image.Image:
        """Read pixels of one level in sRGB; arguments and errors as in `read_pixels`."""
        return in_srgb(self.read_pixels(x0, y0, level, size), self._transform)

    def read_reduced(self, x0: int, y0: int, level: int, size: Size, factor: int) -> Image.Image:
        """Read pixels of one level and average each `factor` x `factor` of them into one, in sRGB.

        Reads in strips, so that a level of any size can become a small picture.
        """
        downsample = self.description.levels[level].downsample
        rows = max(1, MAX_REGION_PIXELS // 4 // size.width // factor) * factor
        whole = Image.new("RGB", (-(-size.width // factor), -(-size.height // factor)))
        for top in range(0, size.height, rows):
            strip = Size(size.width, min(rows, size.height - top))
            pixels = self.read_pixels(x0, y0 + round(top * downsample), level, strip)
            whole.paste(pixels if factor == 1 else pixels.reduce(factor), (0, top // factor))
        return in_srgb(whole, self._transform)

    def read_box(self, box: Box, longest: int) -> Image.Image:
        """Read a level-0 rectangle, at most `longest` pixels long, undistorted, never enlarged."""
        target = fit(square_pixels(box.size, self.description.mpp), longest)
        wanted = min(box.width / target.width, box.height / target.height)
        level = best_level(self.description.downsamples, wanted)
        downsample = self.description.levels[level].downsample
        factor = max(1, int(wanted / downsample + 0.01))
        image = self.read_reduced(box.x, box.y, level, size_at(box.size, downsample), factor)
        return image if image.size == target else image.resize(target, Image.Resampling.LANCZOS)

    def thumbnail(self, longest: int = 1024) -> Image.Image:
        """Read the whole scanned area, small; takes half a second, so keep it."""
        return self.read_box(self.description.bounds, longest)

    def associated_image(self, name: str) -> Image.Image:
        """Read the label, macro or another picture stored beside the slide.

        Raises:
            SlideError: The operator has not allowed it.
            SlideNotFound: There is none of that name.
        """
        if not self._is_associated_allowed:
            raise SlideError("Label and macro images may name a patient and are switched off here.")
        if name not in self._handle.associated_images:
            raise SlideNotFound(f"This slide has no {name!r} image.")
        return flattened(self._handle.associated_images[name], self.description.background)

    def close(self) -> None:
        """Free the file; nothing may be reading."""
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _main_file(path: Path) -> Path:
    if path.is_dir():
        return next((files[0] for files in main_files(path)), path)
    if not path.exists():
        raise SlideNotFound("This slide's file is not there any more.")
    return path


def _handle(path: Path) -> tuple[openslide.OpenSlide | openslide.ImageSlide, Mpp | None]:
    try:
        return openslide.OpenSlide(path), None
    except openslide.OpenSlideUnsupportedFormatError:
        return open_plain(path)
    except openslide.OpenSlideError as error:
        raise UnsupportedSlide(_broken(error, path)) from error


def _broken(error: Exception, path: Path) -> str:
    """Say what OpenSlide found, without the file names it may mention."""
    detail = str(error)
    if path.name in detail or str(path.parent) in detail:
        detail = detail.rsplit(": ", 1)[-1]
    if path.name in detail or str(path.parent) in detail:
        detail = "its parts do not fit together"
    return f"This slide is damaged or of a kind that cannot be read: {detail}."

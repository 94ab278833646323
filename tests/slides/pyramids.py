"""Small slides made on the spot: pyramids that OpenSlide reads, with and without bounds offsets."""

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageDraw, ImageFilter

MPP = 0.5
LEICA_NM_PER_PIXEL = 500


def tissue_picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Draw something like H&E: a pink island with dark nuclei on a bright ground."""
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), (244, 242, 245))
    draw = ImageDraw.Draw(image)
    island = (width * 0.15, height * 0.2, width * 0.8, height * 0.85)
    draw.ellipse(island, fill=(226, 150, 190))
    for _ in range(width * height // 1500):
        x, y = chance.uniform(0.25, 0.7) * width, chance.uniform(0.3, 0.75) * height
        radius = chance.uniform(3, 6)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(92, 50, 130))
    noise = chance.integers(-6, 7, (height, width, 1))
    grained = np.clip(np.asarray(image).astype(int) + noise, 0, 255)
    return Image.fromarray(grained.astype(np.uint8))


def blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def pyramid_of(image: Image.Image, downsamples: Sequence[int]) -> list[Image.Image]:
    return [image if factor == 1 else image.reduce(factor) for factor in downsamples]


def write_pyramid(
    path: Path,
    image: Image.Image,
    downsamples: Sequence[int] = (1, 2, 4),
    *,
    tile: int = 256,
    mpp: float | None = MPP,
    profile: bytes | None = None,
    description: str | None = None,
) -> Path:
    """Write a tiled TIFF, one page a level, which OpenSlide reads as generic-tiff."""
    dots_per_cm = 10_000 / mpp if mpp else 72 / 2.54
    with tifffile.TiffWriter(path, bigtiff=False) as tiff:
        for index, level in enumerate(pyramid_of(image, downsamples)):
            tiff.write(
                np.asarray(level),
                photometric="rgb",
                tile=(tile, tile),
                compression="zlib",
                subfiletype=0 if index == 0 else 1,
                resolution=(dots_per_cm, dots_per_cm),
                resolutionunit="CENTIMETER",
                iccprofile=profile if index == 0 else None,
                description=description if index == 0 else None,
                metadata=None,
            )
    return path


def write_jpeg_pyramid(
    path: Path, image: Image.Image, downsamples: Sequence[int], *, tile: int = 256
) -> Path:
    """Write a pyramid whose tiles are JPEG, as scanners do; for timings."""
    with tifffile.TiffWriter(path, bigtiff=False) as tiff:
        for index, level in enumerate(pyramid_of(image, downsamples)):
            tiff.write(
                _jpeg_tiles(level, tile),
                shape=(level.height, level.width, 3),
                dtype=np.uint8,
                photometric="ycbcr",
                tile=(tile, tile),
                compression="zlib",
                subfiletype=0 if index == 0 else 1,
                resolution=(10_000 / MPP, 10_000 / MPP),
                resolutionunit="CENTIMETER",
                metadata=None,
            )
    _declare_jpeg(path)
    return path


def damage_tile(path: Path, number: int) -> None:
    """Overwrite one tile of the finest level, as a disk or a transfer that failed does."""
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        place, size = page.dataoffsets[number], page.databytecounts[number]
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\0" * size)


def _declare_jpeg(path: Path) -> None:
    """Correct the compression tag: the tiles are JPEG, which tifffile alone cannot write."""
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for page in tiff.pages:
            assert isinstance(page, tifffile.TiffPage)
            page.tags["Compression"].overwrite(7)


def _jpeg_tiles(level: Image.Image, tile: int) -> Iterator[bytes]:
    rows, columns = range(0, level.height, tile), range(0, level.width, tile)
    for top, left in itertools.product(rows, columns):
        buffer = io.BytesIO()
        part = level.crop((left, top, left + tile, top + tile))
        part.save(buffer, "JPEG", quality=80, subsampling="4:2:0")
        yield buffer.getvalue()


def write_leica(
    path: Path, image: Image.Image, offset: tuple[int, int], whole: tuple[int, int]
) -> Path:
    """Write a Leica SCN: a scan that lies at an offset inside a larger slide, and a macro image."""
    levels = pyramid_of(image, (1, 4))
    macro = Image.new("RGB", (128, 256), (200, 30, 30))
    with tifffile.TiffWriter(path, bigtiff=True) as tiff:
        for index, page in enumerate([macro, *levels]):
            tiff.write(
                np.asarray(page),
                photometric="rgb",
                tile=(128, 128),
                compression="zlib",
                description=_leica_xml(levels, macro, offset, whole) if index == 0 else None,
                resolution=(10_000 / MPP, 10_000 / MPP),
                resolutionunit="CENTIMETER",
                metadata=None,
            )
    return path


def _leica_xml(
    levels: list[Image.Image], macro: Image.Image, offset: tuple[int, int], whole: tuple[int, int]
) -> str:
    scale = LEICA_NM_PER_PIXEL
    width, height = levels[0].size
    across, down = whole[0] * scale, whole[1] * scale
    place, view = (offset[0] * scale, offset[1] * scale), (width * scale, height * scale)
    return f"""<?xml version="1.0"?>
<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:1">
 <collection name="c" uuid="urn:uuid:2" sizeX="{across}" sizeY="{down}">
  <barcode>UGF0aWVudCAxMjM=</barcode>
  {_leica_image([macro], 0, (0, 0), (across, down), "1.25")}
  {_leica_image(levels, 1, place, view, "20")}
 </collection>
</scn>"""


def _leica_image(
    levels: list[Image.Image],
    first_ifd: int,
    offset: tuple[int, int],
    view: tuple[int, int],
    objective: str,
) -> str:
    dimensions = "".join(
        f'<dimension sizeX="{each.width}" sizeY="{each.height}" r="{i}" ifd="{first_ifd + i}"/>'
        for i, each in enumerate(levels)
    )
    return f"""<image name="i{first_ifd}" uuid="urn:uuid:i{first_ifd}">
   <creationDate>2020-01-01T00:00:00Z</creationDate>
   <device model="Leica SCN400" version="1"/>
   <pixels sizeX="{levels[0].width}" sizeY="{levels[0].height}">{dimensions}</pixels>
   <view sizeX="{view[0]}" sizeY="{view[1]}" offsetX="{offset[0]}" offsetY="{offset[1]}"/>
   <scanSettings>
    <objectiveSettings><objective>{objective}</objective></objectiveSettings>
    <illuminationSettings><numericalAperture>0.4</numericalAperture>
     <illuminationSource>brightfield</illuminationSource></illuminationSettings>
   </scanSettings>
  </image>"""

"""What is known about a slide without looking at its pixels; crosses process borders as JSON."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from clover_chat.slides.geometry import Box, Mpp, Size, native_magnification


@dataclass(frozen=True)
class LevelInfo:
    """One resolution that is stored in the file.

    Attributes:
        size: Pixels of the whole level, empty margins included.
        downsample: Level-0 pixels per pixel of this level.
    """

    size: Size
    downsample: float


@dataclass(frozen=True)
class SlideDescription:
    """A slide as the library lists it; holds nothing that could name a patient.

    Attributes:
        id: Hash of the content, hexadecimal.
        size: Pixels of level 0.
        levels: Stored resolutions, finest first.
        vendor: OpenSlide's word for the format, or `image` for a plain image.
        mpp: Micrometres per level-0 pixel, None where unknown or implausible.
        objective_power: Power of the objective it was scanned with, None where unknown.
        bounds: The scanned part of level 0.
        tile_size: Side of a tile that is read fast.
        background: Colour of what was not scanned, as `#rrggbb`.
        has_profile: Whether colours are converted to sRGB by the scanner's ICC profile.
        resident_bytes: Memory the open slide takes for decoded pixels; 0 where it reads from disk.
    """

    id: str
    size: Size
    levels: tuple[LevelInfo, ...]
    vendor: str
    mpp: Mpp | None
    objective_power: float | None
    bounds: Box
    tile_size: int
    background: str = "#ffffff"
    has_profile: bool = False
    resident_bytes: int = 0

    @property
    def magnification(self) -> float | None:
        """Magnification of level 0, None where neither objective nor mpp is known."""
        return native_magnification(self.objective_power, self.mpp)

    @property
    def downsamples(self) -> tuple[float, ...]:
        """Downsample of each level, finest first."""
        return tuple(level.downsample for level in self.levels)

    def to_json(self) -> str:
        """Return the description as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SlideDescription":
        """Read what `to_json` wrote.

        Raises:
            ValueError: The text is no such description.
        """
        try:
            return cls._from_fields(json.loads(text))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no slide description: {error}") from error

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> "SlideDescription":
        power = fields["objective_power"]
        return cls(
            id=_hexadecimal(fields["id"]),
            size=Size(*map(int, fields["size"])),
            levels=tuple(
                LevelInfo(Size(*map(int, level["size"])), float(level["downsample"]))
                for level in fields["levels"]
            ),
            vendor=str(fields["vendor"]),
            mpp=None if fields["mpp"] is None else Mpp(*map(float, fields["mpp"])),
            objective_power=None if power is None else float(power),
            bounds=Box(*map(int, fields["bounds"])),
            tile_size=int(fields["tile_size"]),
            background=str(fields["background"]),
            has_profile=bool(fields["has_profile"]),
            resident_bytes=int(fields["resident_bytes"]),
        )


def _hexadecimal(text: str) -> str:
    int(text, 16)
    return text

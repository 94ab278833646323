"""What the pictures and regions of a file become here: regions of a slide, patches, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from clover_chat.errors import SlideError
from clover_chat.services.patches import pixel_hash
from clover_chat.services.regions import Place, SlideRegions
from clover_chat.services.transcripts.file_form import FileForm, RegionForm
from clover_chat.services.transcripts.intake import Pixels
from clover_chat.slides.geometry import Box


@dataclass(frozen=True)
class Sight:
    """What one picture or region of a file becomes.

    Attributes:
        place: The region of a slide here; None where it is no region.
        image: The patch; None where it is none, or has no pixels.
    """

    place: Place | None = None
    image: Image.Image | None = None

    @cached_property
    def key(self) -> str | None:
        """What the patch is kept under, counted from its own pixels."""
        return pixel_hash(self.image) if self.image else None


@dataclass(frozen=True)
class Luggage:
    """What comes with the words of a file, by the places that its messages name.

    Attributes:
        pictures: Of its patches.
        regions: Of its regions.
    """

    pictures: tuple[Sight, ...]
    regions: tuple[Sight, ...]

    @property
    def images(self) -> dict[str, Image.Image]:
        """Everything that has to be kept as a patch, by its key."""
        sights = (*self.pictures, *self.regions)
        return {each.key: each.image for each in sights if each.key and each.image}

    @property
    def told(self) -> str:
        """What the person should know about it, empty where nothing is."""
        moved = sum(each.image is not None for each in self.regions)
        lost = sum(each == Sight() for each in (*self.pictures, *self.regions))
        said = []
        if moved:
            said.append(
                f"{moved} of its regions became pictures, as their slides are not open to you here."
            )
        if lost:
            said.append(f"{lost} of its pictures are missing, as the file does not hold them.")
        return " ".join(said)


def unpack(
    form: FileForm, pixels: Pixels, slides: SlideRegions | None, visible: Sequence[bool]
) -> Luggage:
    """Return what becomes of the pictures and regions of a file; no row is written.

    Args:
        form: The file.
        pixels: Its pictures.
        slides: Reads regions of slides; None where there are no slides.
        visible: Of each of its regions, whether this person may see the slide.
    """
    places = [
        _place(each, slides) if slides and sees else None
        for each, sees in zip(form.regions, visible, strict=True)
    ]
    return Luggage(
        tuple(Sight(image=image) for image in pixels.pictures),
        tuple(
            Sight(place) if place else Sight(image=image)
            for place, image in zip(places, pixels.regions, strict=True)
        ),
    )


def _place(region: RegionForm, slides: SlideRegions) -> Place | None:
    """Return where a region lies on a slide here, None where it is not on it or unreadable."""
    place = Place(region.slide, Box(region.x, region.y, region.width, region.height))
    try:
        if slides.fitted(place) != place:
            return None
        slides.preview(place)
    except SlideError:
        return None
    return place

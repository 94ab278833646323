"""What the questions of a conversation look at, as the pictures that the model is given."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from clover_chat.errors import QuestionError, SlideError
from clover_chat.recent import Recent
from clover_chat.services.branches import Exchange
from clover_chat.services.patches import load_patch
from clover_chat.services.regions import RegionView, SlideRegions, place_of
from clover_chat.services.remarks import remark_on, remark_on_patches
from clover_chat.storage import pictures, regions
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Region
from clover_chat.types import Picture, Turn

logger = logging.getLogger(__name__)

MOST_REGIONS = 8
"""Regions that one question may be about; each is up to four pictures."""


_REMARKS_KEPT = 1024


@dataclass(frozen=True)
class Briefing:
    """What the model is told before it answers.

    Attributes:
        turns: The conversation up to the question.
        remark: What is said before the answer; empty where there is nothing to remark.
    """

    turns: tuple[Turn, ...]
    remark: str = ""


class Sights:
    """Patches and regions as pictures.

    Args:
        images: Where patches lie.
        slide_regions: Reads regions; None where there are no slides.
    """

    def __init__(self, images: ImageStore, slide_regions: SlideRegions | None) -> None:
        self._images = images
        self._slides = slide_regions
        self._remarks: Recent[str] = Recent(_REMARKS_KEPT)

    def check_patches(self, session: Session, keys: Sequence[str]) -> None:
        """Make sure that patches can be looked at.

        Raises:
            QuestionError: One of them is not kept.
        """
        known = pictures.known_images(session, keys=keys)
        if any(key not in known or not self._images.exists(key) for key in keys):
            raise QuestionError("A patch of this question is no longer kept. Add it once more.")

    def checked_regions(
        self, session: Session, owner: str, region_ids: Sequence[int]
    ) -> list[Region]:
        """Return the regions that a person wants to ask about.

        Raises:
            QuestionError: They are too many.
            SlideError: One of them is not there, or its slide is not.
        """
        ids = dict.fromkeys(region_ids)
        if len(ids) > MOST_REGIONS:
            raise QuestionError(
                f"A question can be about up to {MOST_REGIONS} regions; this one has {len(ids)}."
            )
        found = [regions.get_region(session, owner=owner, region_id=each) for each in ids]
        for region in found:
            self._reader().description(region.slide_id)
        return found

    def briefing(self, exchanges: Sequence[Exchange]) -> Briefing:
        """Return what the model is told; reads slides, so it may take a second.

        Raises:
            SlideError: What the last question is about cannot be read.
        """
        *earlier, last = exchanges
        turns = (*map(self._earlier_turn, earlier), self._turn(last))
        remarks = (
            self._remark_on_patches(last.patch_keys),
            remark_on([self._reader().remarks(each) for each in last.places]),
        )
        return Briefing(turns, " ".join(filter(None, remarks)))

    def region_view(self, region: Region) -> RegionView:
        """Return what is to be seen of a stored region.

        Raises:
            SlideError: This server shows no slides.
        """
        return self._reader().view(region)

    def forget(self, session: Session, patch_keys: Sequence[str], marked: Sequence[Region]) -> None:
        """Delete patches and regions, with their files, unless another question shows them."""
        for key in pictures.forget_unused(session, keys=patch_keys):
            self._images.remove(key)
        if marked:
            gone = regions.forget_unasked(session, regions=marked)
            self._reader().forget(map(place_of, gone))

    def _remark_on_patches(self, keys: tuple[str, ...]) -> str:
        """Return what is said of patches before anything else; of the same ones it is remembered.

        Raises:
            ImageError: One of them is gone.
        """
        return self._remarks.get(
            " ".join(keys),
            lambda: remark_on_patches([load_patch(self._images.path(key)) for key in keys]),
        )

    def _turn(self, exchange: Exchange) -> Turn:
        patches = [
            Picture(key, partial(load_patch, self._images.path(key))) for key in exchange.patch_keys
        ]
        parts = [part for place in exchange.places for part in self._reader().pictures(place)]
        return Turn(exchange.question, (*patches, *parts), exchange.answer)

    def _earlier_turn(self, exchange: Exchange) -> Turn:
        """Return a turn, without its pictures where their slide has gone since."""
        try:
            return self._turn(exchange)
        except SlideError as error:
            logger.info("An earlier region cannot be read: %s", type(error).__name__)
            return Turn(exchange.question, (), exchange.answer)

    def _reader(self) -> SlideRegions:
        if self._slides is None:
            raise SlideError("This server shows no slides, so no region can be asked about.")
        return self._slides

"""What a person can do with slides: see which there are, look at them, mark regions.

Every method names the owner, or the viewer, who is the same person as a token knows them. An
uploaded slide is there for those who brought it only; regions belong to who marked them.
"""

import io
from collections.abc import Callable, Generator
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import SlideNotFound
from clover_chat.services.looking import (
    FoundRegion,
    LookEvent,
    LookProgress,
    LookSummary,
    look_over,
)
from clover_chat.services.marks import Marks
from clover_chat.services.regions import Place, RegionView, SlideRegions, place_of
from clover_chat.services.slide_views import OpenedSlide, SlideView, slide_view
from clover_chat.slides.geometry import Box
from clover_chat.slides.library import LibrarySlide, SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.thumbnails import ThumbnailStore
from clover_chat.slides.tile_cache import Tile
from clover_chat.slides.tile_source import tile_source
from clover_chat.slides.tiles import TileReader, encode
from clover_chat.slides.tokens import TileTokens
from clover_chat.storage import regions as rows
from clover_chat.storage.database import reading
from clover_chat.storage.images import ImageStore
from clover_chat.types import ModelHost

__all__ = [
    "FoundRegion",
    "LookEvent",
    "LookProgress",
    "LookSummary",
    "OpenedSlide",
    "RegionView",
    "SlideView",
    "ViewingService",
]

ASSOCIATED = ("label", "macro")
"""Pictures that scanners store beside a slide."""


class ViewingService:
    """What a person can do with slides; holds nothing of any one person.

    Args:
        sessions: The database.
        images: Where previews of regions are kept.
        library: Which slides there are.
        pool: Open slides.
        tiles: Makes tiles.
        thumbnails: Keeps thumbnails.
        tokens: Issues and checks permissions to see a slide's tiles.
        show_slide_names: Whether file names may be shown as titles; they may name a patient.
        show_slide_labels: Whether label and macro may be shown; so may they.

    Attributes:
        regions: Reads regions; the chat service takes it as well.
        associated: Names of the pictures beside slides that may be shown; none by default.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        library: SlideLibrary,
        pool: SlidePool,
        tiles: TileReader,
        thumbnails: ThumbnailStore,
        tokens: TileTokens,
        *,
        show_slide_names: bool = False,
        show_slide_labels: bool = False,
    ) -> None:
        self.regions = SlideRegions(library, pool, images)
        self._sessions = sessions
        self._library = library
        self._pool = pool
        self._tiles = tiles
        self._thumbnails = thumbnails
        self._tokens = tokens
        self._show_slide_names = show_slide_names
        self.associated = ASSOCIATED if show_slide_labels else ()
        self._marks = Marks(sessions, self.regions)

    # Slides

    def refresh(self) -> None:
        """Look for slides; the first time takes seconds for each, so do it in the background."""
        self._library.refresh()

    def slides(self, owner: str) -> list[SlideView]:
        """Return the operator's slides and those that this person brought."""
        mine = self._uploads_by(owner)
        return [
            slide_view(slide, is_named=self._show_slide_names)
            for slide in self._library.slides()
            if not slide.is_uploaded or slide.id in mine
        ]

    def refusals(self) -> list[str]:
        """Return one sentence for each of the operator's files that could not be opened."""
        return list(self._library.refusals())

    def add_slide(self, owner: str, path: Path) -> SlideView:
        """Take in a slide that is complete in one file; its name is not kept.

        Raises:
            UnsupportedSlide: It is none, or too large; the message says why.
        """
        slide = self._library.add(path)
        if slide.is_uploaded:
            with self._sessions.begin() as session:
                rows.add_upload(session, owner=owner, slide_id=slide.id)
        return slide_view(slide, is_named=self._show_slide_names)

    def remove_slide(self, owner: str, slide_id: str) -> None:
        """Take an uploaded slide back, with its regions that no question is about.

        The file is deleted once nobody who brought it is left.

        Raises:
            SlideNotFound: This person brought no such slide.
        """
        slide = self._visible(owner, slide_id)
        if not slide.is_uploaded:
            raise SlideNotFound("This slide was not uploaded here, so it cannot be deleted here.")
        with self._sessions.begin() as session:
            marked = rows.list_regions(session, owner=owner, slide_id=slide_id)
            gone = rows.forget_unasked(session, regions=marked)
            is_last = rows.forget_upload(session, owner=owner, slide_id=slide_id)
        self.regions.forget(map(place_of, gone))
        if is_last:
            self._pool.forget(slide.path)
            self._library.remove(slide_id)
            self._thumbnails.forget(slide_id)

    def can_see(self, owner: str, slide_id: str) -> bool:
        """Tell whether a slide is there for this person."""
        try:
            self._visible(owner, slide_id)
        except SlideNotFound:
            return False
        return True

    def open(self, owner: str, slide_id: str) -> OpenedSlide:
        """Return what a viewer needs to show a slide.

        Raises:
            SlideNotFound: There is no such slide for this person.
        """
        slide = self._visible(owner, slide_id)
        view = slide_view(slide, is_named=self._show_slide_names)
        token = self._tokens.issue(owner, slide_id)
        return OpenedSlide(view, tile_source(slide.description), token, self.associated)

    def tile(
        self,
        viewer: str,
        token: str | None,
        slide_id: str,
        level: int,
        column: int,
        row: int,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Tile:
        """Return one tile; for levels, columns and rows see `TileSource`.

        Raises:
            TokenRefused: The token does not allow it.
            SlideNotFound: There is no such slide or tile.
            TileDropped: It was not wanted any more when its turn came.
            SlideError: The slide cannot be read there.
        """
        slide = self._permitted(viewer, token, slide_id)
        source = tile_source(slide.description)
        return self._tiles.tile(slide.path, source, level, column, row, is_wanted)

    def thumbnail(self, viewer: str, token: str | None, slide_id: str) -> bytes:
        """Return a small picture of the whole scanned area, as JPEG.

        Raises:
            TokenRefused, SlideError: As for `tile`.
        """
        path = self._permitted(viewer, token, slide_id).path
        return self._thumbnails.get(
            slide_id, lambda side: self._pool.read(path, lambda slide: slide.thumbnail(side))
        ).data

    def tissue_overlay(self, viewer: str, token: str | None, slide_id: str) -> bytes:
        """Return a translucent PNG that shows where there is tissue; it covers the scanned area.

        Raises:
            TokenRefused, SlideError: As for `tile`.
        """
        self._permitted(viewer, token, slide_id)
        buffer = io.BytesIO()
        self.regions.tissue(slide_id).overlay().save(buffer, "PNG", compress_level=3)
        return buffer.getvalue()

    def associated_image(self, viewer: str, token: str | None, slide_id: str, name: str) -> bytes:
        """Return the label or macro of a slide as JPEG.

        Raises:
            TokenRefused, SlideError: As for `tile`.
            SlideNotFound: The operator has not allowed it, or the slide has none.
        """
        path = self._permitted(viewer, token, slide_id).path
        if name not in self.associated:
            raise SlideNotFound("There is nothing at this address.")
        return encode(self._pool.read(path, lambda slide: slide.associated_image(name)))

    # Regions

    def add_region(self, owner: str, slide_id: str, box: Box, name: str = "") -> RegionView:
        """Keep a rectangle, as far as it lies on the scanned area; with a name it is a bookmark.

        The same rectangle under the same name is kept once.

        Raises:
            SlideNotFound: There is no such slide for this person.
            UnusableRegion: It lies beside the slide, or is too small.
        """
        self._visible(owner, slide_id)
        return self._marks.add(owner, Place(slide_id, box), name)

    def region(self, owner: str, region_id: int) -> RegionView:
        """Return a region of this person.

        Raises:
            RegionNotFound: There is none of that id.
        """
        return self._marks.get(owner, region_id)

    def bookmarks(self, owner: str, slide_id: str) -> list[RegionView]:
        """Return the regions of a slide that this person gave a name."""
        return self._marks.named(owner, slide_id)

    def rename_region(self, owner: str, region_id: int, name: str) -> RegionView:
        """Give a region another name; an empty one makes it no bookmark any more.

        Raises:
            RegionNotFound: There is none of that id.
        """
        return self._marks.rename(owner, region_id, name)

    def remove_region(self, owner: str, region_id: int) -> None:
        """Remove a region; one that a question is about loses its name only.

        Raises:
            RegionNotFound: There is none of that id.
        """
        self._marks.remove(owner, region_id)

    def export_geojson(self, owner: str, slide_id: str) -> str:
        """Return all regions this person has on a slide as a file for QuPath.

        Raises:
            SlideNotFound: There is no such slide for this person.
        """
        self._visible(owner, slide_id)
        return self._marks.to_geojson(owner, slide_id)

    def import_geojson(self, owner: str, slide_id: str, text: str) -> list[RegionView]:
        """Keep the outlines of a file, as QuPath writes it, as named rectangles around them.

        Raises:
            SlideNotFound: There is no such slide for this person.
            UnusableGeoJson: The file cannot be read, or holds nothing that lies on the slide.
        """
        self._visible(owner, slide_id)
        return self._marks.from_geojson(owner, slide_id, text)

    def look_over(
        self, owner: str, slide_id: str, host: ModelHost
    ) -> Generator[LookEvent, None, None]:
        """Find the places on a slide that differ most and say what they show; closing stops it.

        Raises:
            SlideNotFound: There is no such slide for this person.
            ModelError, SlideError: The model cannot answer, or the slide cannot be read.
        """
        self._visible(owner, slide_id)
        yield from look_over(
            self.regions, slide_id, host, lambda box: self.add_region(owner, slide_id, box)
        )

    def _visible(self, owner: str, slide_id: str) -> LibrarySlide:
        slide = self._library.get(slide_id)
        if slide.is_uploaded and slide_id not in self._uploads_by(owner):
            raise SlideNotFound("There is no such slide here; it may have been removed.")
        return slide

    def _permitted(self, viewer: str, token: str | None, slide_id: str) -> LibrarySlide:
        self._tokens.check(token, viewer, slide_id)
        return self._library.get(slide_id)

    def _uploads_by(self, owner: str) -> set[str]:
        with reading(self._sessions) as session:
            return rows.uploads_by(session, owner=owner)

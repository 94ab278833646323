"""The regions a person has marked: kept, named, removed, and exchanged with QuPath."""

from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.regions import (
    Place,
    RegionView,
    SlideRegions,
    UnusableRegion,
    place_of,
)
from clover_chat.slides.geojson import (
    NamedRegion,
    UnusableGeoJson,
    from_geojson,
    rectangle,
    to_geojson,
)
from clover_chat.storage import regions as rows
from clover_chat.storage.database import reading
from clover_chat.storage.tables import Region

MAX_IMPORTED = 500
"""Regions of a file that are kept as bookmarks; exports of every single cell hold far more."""

LONGEST_NAME = 200


class Marks:
    """Regions in the database. Whether a person may see the slide is for others to check.

    Args:
        sessions: The database.
        regions: Reads regions of slides.
    """

    def __init__(self, sessions: sessionmaker[Session], regions: SlideRegions) -> None:
        self._sessions = sessions
        self._regions = regions

    def add(self, owner: str, place: Place, name: str) -> RegionView:
        """Keep a rectangle.

        Raises:
            SlideError: It is not on the slide, too small, or cannot be read.
        """
        (view,) = self._add_all(owner, [(self._regions.fitted(place), tidy_name(name))])
        return view

    def get(self, owner: str, region_id: int) -> RegionView:
        """Return a region.

        Raises:
            RegionNotFound: There is none of that id.
        """
        with reading(self._sessions) as session:
            region = rows.get_region(session, owner=owner, region_id=region_id)
        return self._regions.view(region)

    def named(self, owner: str, slide_id: str) -> list[RegionView]:
        """Return the regions with a name, in the order in which they were marked."""
        return [self._regions.view(each) for each in self._all(owner, slide_id) if each.name]

    def rename(self, owner: str, region_id: int, name: str) -> RegionView:
        """Give a region another name.

        Raises:
            RegionNotFound: There is none of that id.
        """
        with self._sessions.begin() as session:
            region = rows.get_region(session, owner=owner, region_id=region_id)
            region.name = tidy_name(name)
        return self._regions.view(region)

    def remove(self, owner: str, region_id: int) -> None:
        """Remove a region, or only its name where a question is about it.

        Raises:
            RegionNotFound: There is none of that id.
        """
        with self._sessions.begin() as session:
            region = rows.get_region(session, owner=owner, region_id=region_id)
            region.name = ""
            gone = rows.forget_unasked(session, regions=[region])
        self._regions.forget(map(place_of, gone))

    def to_geojson(self, owner: str, slide_id: str) -> str:
        """Return all regions on a slide as the text of a file for QuPath."""
        bounds = self._regions.description(slide_id).bounds
        marked = self._all(owner, slide_id)
        return to_geojson((rectangle(each.name, place_of(each).box) for each in marked), bounds)

    def from_geojson(self, owner: str, slide_id: str, text: str) -> list[RegionView]:
        """Keep the outlines of a file as named rectangles; those beside the slide are left out.

        Raises:
            UnusableGeoJson: The file cannot be read, or holds nothing that can be kept.
        """
        found = from_geojson(text, self._regions.description(slide_id).bounds)
        if len(found) > MAX_IMPORTED:
            raise UnusableGeoJson(
                f"This file holds {len(found):,} regions; {MAX_IMPORTED} can be kept at once. "
                "Export fewer of them."
            )
        usable = self._on_slide(slide_id, found)
        if not usable:
            raise UnusableGeoJson(
                "None of the regions in this file lies on this slide; is it from another one?"
            )
        return self._add_all(owner, _named(usable, self._names(owner, slide_id)))

    def _on_slide(self, slide_id: str, found: Sequence[NamedRegion]) -> list[tuple[Place, str]]:
        usable = []
        for each in found:
            try:
                place = self._regions.fitted(Place(slide_id, each.box))
            except UnusableRegion:
                continue
            usable.append((place, tidy_name(each.name or each.classification or "")))
        return usable

    def _add_all(self, owner: str, marks: Sequence[tuple[Place, str]]) -> list[RegionView]:
        """Keep rectangles; their previews come first, so that no unreadable one is kept."""
        for place, _ in marks:
            self._regions.preview(place)
        with self._sessions.begin() as session:
            kept = [
                rows.add_region(
                    session, owner=owner, slide_id=place.slide_id, **place.box._asdict(), name=name
                )
                for place, name in marks
            ]
        return [self._regions.view(region) for region in kept]

    def _all(self, owner: str, slide_id: str) -> Sequence[Region]:
        with reading(self._sessions) as session:
            return rows.list_regions(session, owner=owner, slide_id=slide_id)

    def _names(self, owner: str, slide_id: str) -> dict[Place, str]:
        return {place_of(each): each.name for each in self._all(owner, slide_id)}


def tidy_name(name: str) -> str:
    """Return a name as one line without what no database can hold."""
    line = name.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return " ".join(line.split())[:LONGEST_NAME]


def _named(marks: Sequence[tuple[Place, str]], known: dict[Place, str]) -> list[tuple[Place, str]]:
    """Give a name to those that have none, so that they can be found again.

    One that is kept already stays what it is, so that an export can be read back.
    """
    return [
        (place, name or known.get(place, f"Region {number}"))
        for number, (place, name) in enumerate(marks, 1)
    ]

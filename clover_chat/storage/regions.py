"""Rows of regions and of uploaded slides. The caller owns the transaction; nothing here commits."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from clover_chat.errors import SlideError
from clover_chat.storage.owners import is_of
from clover_chat.storage.tables import Message, MessageRegion, Region, SlideUpload

_LARGEST_ID = 2**31 - 1  # a number from a page may be larger than any column


class RegionNotFound(SlideError):
    """No such region belongs to this person."""


def add_region(
    session: Session,
    *,
    owner: str,
    slide_id: str,
    x: int,
    y: int,
    width: int,
    height: int,
    name: str,
) -> Region:
    """Keep a rectangle of a slide; the same one under the same name is kept once."""
    place = {"x": x, "y": y, "width": width, "height": height}
    wanted = {"owner": owner, "slide_id": slide_id, "name": name, **place}
    region = session.scalars(select(Region).filter_by(**wanted).limit(1)).first()
    if region is None:
        region = Region(**wanted)
        session.add(region)
        session.flush()
    return region


def get_region(session: Session, *, owner: str, region_id: int) -> Region:
    """Return a region of this person.

    Raises:
        RegionNotFound: There is none of that id, or it is somebody else's.
    """
    region = session.get(Region, region_id) if 0 < region_id <= _LARGEST_ID else None
    if region is None or region.owner != owner:
        raise RegionNotFound("There is no such region here; it may have been removed.")
    return region


def list_regions(session: Session, *, owner: str, slide_id: str) -> Sequence[Region]:
    """Return the regions a person has on a slide, in the order in which they were marked."""
    query = select(Region).where(Region.owner == owner, Region.slide_id == slide_id)
    return session.scalars(query.order_by(Region.id)).all()


def all_regions(session: Session, *, owner: str) -> Sequence[Region]:
    """Return the regions of a person on every slide."""
    return session.scalars(select(Region).where(is_of(Region.owner, owner))).all()


def regions_of(session: Session, *, conversation_id: str) -> Sequence[Region]:
    """Return the regions without a name that the questions of a conversation are about."""
    query = (
        select(Region)
        .join(MessageRegion, MessageRegion.region_id == Region.id)
        .join(Message, Message.id == MessageRegion.message_id)
        .where(Message.conversation_id == conversation_id, Region.name == "")
    )
    return session.scalars(query.distinct()).all()


def forget_unasked(session: Session, *, regions: Iterable[Region]) -> list[Region]:
    """Delete those of the regions that no question is about, and return them.

    What is returned is without others that show the same place, so its preview can go as well.
    """
    ids = [region.id for region in regions]
    gone = session.scalars(select(Region).where(Region.id.in_(ids), ~_is_asked_about())).all()
    session.execute(delete(Region).where(Region.id.in_([region.id for region in gone])))
    return [region for region in gone if not _is_shown_elsewhere(session, region)]


def add_upload(session: Session, *, owner: str, slide_id: str) -> None:
    """Note who brought a slide."""
    if session.get(SlideUpload, (slide_id, owner)) is None:
        session.add(SlideUpload(slide_id=slide_id, owner=owner))
        session.flush()


def uploads_by(session: Session, *, owner: str) -> set[str]:
    """Return the slides that a person brought."""
    return set(session.scalars(select(SlideUpload.slide_id).where(SlideUpload.owner == owner)))


def forget_upload(session: Session, *, owner: str, slide_id: str) -> bool:
    """Note that a person took a slide back; False says that others have brought it as well."""
    session.execute(
        delete(SlideUpload).where(SlideUpload.slide_id == slide_id, SlideUpload.owner == owner)
    )
    others = select(SlideUpload.owner).where(SlideUpload.slide_id == slide_id)
    return session.scalars(others.limit(1)).first() is None


def _is_asked_about() -> ColumnElement[bool]:
    return select(MessageRegion.message_id).where(MessageRegion.region_id == Region.id).exists()


def _is_shown_elsewhere(session: Session, gone: Region) -> bool:
    same = select(Region.id).filter_by(
        slide_id=gone.slide_id, x=gone.x, y=gone.y, width=gone.width, height=gone.height
    )
    return session.scalars(same.limit(1)).first() is not None

"""Which kept pictures a person may see: those of their own questions and regions, and samples.

A picture is kept once under the hash of its pixels, whoever brought it; so it is never enough to
know its name.
"""

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.regions import SlideRegions, place_of
from clover_chat.storage import pictures, regions
from clover_chat.storage.database import reading


class PictureRights:
    """Says who may see what.

    Args:
        sessions: The database.
        slides: Knows the pictures of regions.
    """

    def __init__(self, sessions: sessionmaker[Session], slides: SlideRegions) -> None:
        self._sessions = sessions
        self._slides = slides

    def may_see(self, owner: str, key: str) -> bool:
        """Say whether a kept picture is a person's to see."""
        with reading(self._sessions) as session:
            if pictures.is_sample(session, key=key):
                return True
            if pictures.is_shown_to(session, owner=owner, key=key):
                return True
            marked = regions.all_regions(session, owner=owner)
            return self._slides.is_preview(key, map(place_of, marked))

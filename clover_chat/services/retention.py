"""Deletes what has lain untouched for longer than an operator wants it kept.

A conversation with a judgment that may be used for training is kept, with its pictures and
regions, until its owner withdraws the judgment or the consent: what somebody gave to be learnt from
is theirs to take back, not the calendar's. Everything else goes: other conversations, uploaded
slides that nobody marks and no question is about, and pictures that were never asked about.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import CloverError
from clover_chat.services.chat import ChatService
from clover_chat.services.viewing import ViewingService
from clover_chat.storage import ageing, pictures
from clover_chat.storage.database import reading
from clover_chat.storage.feedback import consented
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import utc_now

EVERY_S = 24 * 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one round came to.

    Attributes:
        conversations: Deleted.
        slides: Uploads that were deleted.
        pictures: Never asked about, and deleted.
        kept: Conversations that are old enough and kept for a judgment.
        at: When that was.
    """

    conversations: int
    slides: int
    pictures: int
    kept: int
    at: datetime


class Retention:
    """Deletes what is old enough, once or every day.

    Args:
        sessions: The database.
        images: Where pictures lie.
        chat: Deletes conversations with what belongs to them.
        viewing: Deletes slides with what belongs to them.
        days: How long something may lie untouched; None keeps everything.
        clock: Tells the time.

    Attributes:
        days: As given.
        last: What the last round came to; None before the first.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        chat: ChatService,
        viewing: ViewingService,
        days: int | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions = sessions
        self._images = images
        self._chat = chat
        self._viewing = viewing
        self._clock = clock
        self._stopped = threading.Event()
        self.days = days
        self.last: Swept | None = None

    def start(self) -> None:
        """Go round now and every day from now on, in the background; not where all is kept."""
        if self.days is not None:
            threading.Thread(target=self._go_round, name="retention", daemon=True).start()

    def stop(self) -> None:
        """End going round."""
        self._stopped.set()

    def sweep(self) -> Swept | None:
        """Delete what is old enough now; None where all is kept."""
        if self.days is None:
            return None
        now = self._clock()
        before = now - timedelta(days=self.days)
        with reading(self._sessions) as session:
            old = ageing.conversations_since(session, before=before)
            needed = {each.conversation_id for each in consented(session)}
        doomed = [each for each in old if each.id not in needed]
        gone = sum(self._is_done(self._chat.delete, each) for each in doomed)
        slides = self._sweep_slides(before)
        unseen = self._sweep_pictures(before)
        self.last = Swept(gone, slides, unseen, len(old) - len(doomed), now)
        return self.last

    def _sweep_slides(self, before: datetime) -> int:
        with reading(self._sessions) as session:
            old = ageing.uploads_since(session, before=before)
        if old:
            self._viewing.refresh()
        return sum(self._is_done(self._viewing.remove_slide, each) for each in old)

    def _sweep_pictures(self, before: datetime) -> int:
        with self._sessions.begin() as session:
            keys = ageing.pictures_never_asked_about(session, before=before)
            gone = pictures.forget_unused(session, keys=keys)
            for key in gone:
                self._images.remove(key)
        return len(gone)

    def _is_done(self, delete: Callable[[str, str], None], each: ageing.Owned) -> bool:
        try:
            delete(each.owner, each.id)
        except CloverError as error:  # its owner was quicker, or its file is gone
            _log.info("Something old could not be deleted: %s.", type(error).__name__)
            return False
        return True

    def _go_round(self) -> None:
        while not self._stopped.is_set():
            try:
                if swept := self.sweep():
                    _log.info(
                        "Retention: %d conversations, %d slides and %d pictures were deleted; "
                        "%d conversations are kept for judgments.",
                        swept.conversations,
                        swept.slides,
                        swept.pictures,
                        swept.kept,
                    )
            except Exception:
                _log.exception("Old things could not be deleted.")
            self._stopped.wait(EVERY_S)

"""Deleting conversations with a way back: first out of sight, for good a little later.

A deleted conversation can be neither opened nor searched, judged nor exported. It is removed with
its pictures when the server starts, and after `KEPT_S` by the next deletion or opened page.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound
from clover_chat.storage.conversations import get_conversation
from clover_chat.storage.database import reading
from clover_chat.storage.listing import deleted_until
from clover_chat.storage.tables import utc_now

KEPT_S = 600.0
"""How long a deletion can be undone, in seconds; a page offers it for a shorter time."""


class DeletingService:
    """Deletes and brings back; holds nothing of any one person.

    Args:
        sessions: The database.
        remove: Removes a conversation of a person for good, with what belongs to it alone.
    """

    def __init__(self, sessions: sessionmaker[Session], remove: Callable[[str, str], None]) -> None:
        self._sessions = sessions
        self._remove = remove

    def delete(self, owner: str, conversation_id: str) -> None:
        """Put a conversation out of sight.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        self.remove_deleted()
        with self._sessions.begin() as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            found.deleted_at = utc_now()

    def restore(self, owner: str, conversation_id: str) -> None:
        """Bring a deleted conversation back as it was.

        Raises:
            ConversationNotFound: No such conversation belongs to this person any more.
        """
        with self._sessions.begin() as session:
            found = get_conversation(
                session, owner=owner, conversation_id=conversation_id, even_deleted=True
            )
            found.deleted_at = None

    def remove_deleted(self, older_than_s: float = KEPT_S) -> int:
        """Remove for good what was deleted so long ago, and return how much that was."""
        moment = utc_now() - timedelta(seconds=older_than_s)
        with reading(self._sessions) as session:
            doomed = deleted_until(session, moment=moment)
        for owner, conversation_id in doomed:
            with suppress(ConversationNotFound):  # somebody else removes it at this moment
                self._remove(owner, conversation_id)
        return len(doomed)

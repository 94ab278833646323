"""The cases that people pinned: later bridges have to get them right."""

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record
from clover_chat.services.feedback.selection import Filters, select_records
from clover_chat.storage.database import reading

PINNED = Filters(is_pinned=True)


def pinned_cases(sessions: sessionmaker[Session], pseudonyms: Pseudonyms) -> list[Record]:
    """Return the pinned cases of everybody who consents, scrubbed like any export."""
    with reading(sessions) as session:
        return list(select_records(session, PINNED, pseudonyms))

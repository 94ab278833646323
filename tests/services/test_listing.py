from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound, TitleError
from clover_chat.services.listing import Listing, ListingService
from clover_chat.storage.conversations import (
    add_answer,
    add_conversation,
    add_question,
    get_conversation,
    list_messages,
)
from clover_chat.types import Sampling

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def listing(sessions: sessionmaker[Session]) -> ListingService:
    return ListingService(sessions)


def add(
    sessions: sessionmaker[Session], title: str, days_ago: float = 0, owner: str = "ada"
) -> str:
    with sessions.begin() as session:
        added = add_conversation(session, owner=owner, title=title)
        asked = add_question(
            session, conversation=added, parent_id=None, content=title, image_hashes=()
        )
        add_answer(session, conversation=added, question_id=asked.id, sampling=Sampling())
        added.updated_at = NOW - timedelta(days=days_ago)
        return added.id


def shown(listing: Listing) -> list[tuple[str, Sequence[str]]]:
    return [(group.name, [view.title for view in group.conversations]) for group in listing.groups]


def test_pinned_ones_come_first_then_days_and_archived_ones_are_apart(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    ages = {"now": 0, "soon": 0.1, "eve": 1, "week": 5, "old": 60, "kept": 200, "away": 3}
    ids = {title: add(sessions, title, days) for title, days in ages.items()}
    add(sessions, "not mine", owner="bob")
    listing.pin("ada", ids["kept"], is_pinned=True)
    listing.archive("ada", ids["away"], is_archived=True)
    found = listing.listing("ada", now=NOW)
    assert shown(found) == [
        ("Pinned", ["kept"]),
        ("Today", ["now", "soon"]),
        ("Yesterday", ["eve"]),
        ("Previous 7 days", ["week"]),
        ("January", ["old"]),
    ]
    assert [view.title for view in found.archived] == ["away"]
    assert (found.archived_count, found.has_more) == (1, False)


def test_older_ones_are_shown_when_asked_for(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    for days in range(3):
        add(sessions, f"{days} days", days)
    found = listing.listing("ada", most=2, now=NOW)
    assert shown(found) == [("Today", ["0 days"]), ("Yesterday", ["1 days"])]
    assert found.has_more
    assert not listing.listing("ada", most=3, now=NOW).has_more


def test_pinned_and_archived_exclude_each_other(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    only = add(sessions, "only")
    listing.pin("ada", only, is_pinned=True)
    listing.archive("ada", only, is_archived=True)
    assert shown(listing.listing("ada", now=NOW)) == []
    listing.pin("ada", only, is_pinned=True)
    found = listing.listing("ada", now=NOW)
    assert shown(found) == [("Pinned", ["only"])]
    assert found.archived_count == 0
    listing.pin("ada", only, is_pinned=False)
    assert shown(listing.listing("ada", now=NOW)) == [("Today", ["only"])]


def test_a_question_takes_an_archived_conversation_up_again(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    only = add(sessions, "only")
    listing.archive("ada", only, is_archived=True)
    with sessions.begin() as session:
        found = get_conversation(session, owner="ada", conversation_id=only)
        asked, *_ = list_messages(session, conversation_id=only)
        add_answer(session, conversation=found, question_id=asked.id, sampling=Sampling())
    assert listing.listing("ada").archived_count == 0


def test_nobody_changes_what_belongs_to_somebody_else(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    adas = add(sessions, "mine")
    for change in (
        lambda: listing.rename("eve", adas, "Eve was here"),
        lambda: listing.pin("eve", adas, is_pinned=True),
        lambda: listing.archive("eve", adas, is_archived=True),
        lambda: listing.title("eve", adas),
    ):
        with pytest.raises(ConversationNotFound):
            change()
    assert shown(listing.listing("ada", now=NOW)) == [("Today", ["mine"])]


def test_a_new_title_is_kept_and_moves_nothing(
    listing: ListingService, sessions: sessionmaker[Session]
) -> None:
    older = add(sessions, "older", 1)
    add(sessions, "newer")
    listing.rename("ada", older, " Biopsy\n12 ")
    assert shown(listing.listing("ada", now=NOW))[-1] == ("Yesterday", ["Biopsy 12"])
    with pytest.raises(TitleError):
        listing.rename("ada", older, "  ")
    assert listing.title("ada", older) == "Biopsy 12"

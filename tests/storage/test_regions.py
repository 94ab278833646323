import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.conversations import (
    add_conversation,
    add_question,
    list_messages,
)
from clover_chat.storage.regions import (
    RegionNotFound,
    add_region,
    add_upload,
    forget_unasked,
    forget_upload,
    get_region,
    list_regions,
    regions_of,
    uploads_by,
)
from clover_chat.storage.tables import Conversation, Region

SLIDE, OTHER_SLIDE = "a" * 64, "b" * 64


def mark(
    session: Session, x: int = 0, name: str = "", owner: str = "ada", slide_id: str = SLIDE
) -> Region:
    return add_region(
        session, owner=owner, slide_id=slide_id, x=x, y=0, width=100, height=50, name=name
    )


def ask(session: Session, *regions: Region) -> Conversation:
    conversation = add_conversation(session, owner="ada", title="Organ?")
    add_question(
        session,
        conversation=conversation,
        parent_id=None,
        content="Organ?",
        image_hashes=(),
        regions=regions,
    )
    return conversation


def test_a_region_is_kept_once_for_each_person_slide_place_and_name(session: Session) -> None:
    region = mark(session)
    assert mark(session).id == region.id
    others = [
        mark(session, name="Mitosis"),
        mark(session, x=1),
        mark(session, owner="bob"),
        mark(session, slide_id=OTHER_SLIDE),
    ]
    assert len({region.id, *(other.id for other in others)}) == 5


def test_regions_are_listed_for_their_owner_and_slide_in_order(session: Session) -> None:
    first, second = mark(session, x=9), mark(session, x=3)
    mark(session, owner="bob")
    mark(session, slide_id=OTHER_SLIDE)
    assert list(list_regions(session, owner="ada", slide_id=SLIDE)) == [first, second]


def test_a_region_of_somebody_else_is_not_found(session: Session) -> None:
    region = mark(session)
    assert get_region(session, owner="ada", region_id=region.id) is region
    for owner, region_id in [("bob", region.id), ("ada", 0), ("ada", 99), ("ada", 2**99)]:
        with pytest.raises(RegionNotFound, match="no such region"):
            get_region(session, owner=owner, region_id=region_id)


def test_a_question_keeps_the_order_of_its_regions(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        regions = [mark(session, x=9), mark(session, x=3), mark(session, x=6)]
        conversation_id = ask(session, *regions).id
    with sessions() as session:
        (question,) = list_messages(session, conversation_id=conversation_id)
    assert [marked.region.x for marked in question.marked] == [9, 3, 6]


def test_only_regions_nobody_asks_about_are_forgotten(session: Session) -> None:
    asked, unasked = mark(session), mark(session, x=5)
    conversation = ask(session, asked)
    assert forget_unasked(session, regions=[asked, unasked]) == [unasked]
    session.delete(conversation)
    session.flush()
    assert forget_unasked(session, regions=[asked]) == [asked]
    assert list_regions(session, owner="ada", slide_id=SLIDE) == []


def test_what_is_forgotten_is_told_only_where_nobody_else_shows_the_place(
    session: Session,
) -> None:
    mine, theirs = mark(session), mark(session, owner="bob")
    assert forget_unasked(session, regions=[mine]) == []
    assert forget_unasked(session, regions=[theirs]) == [theirs]


def test_named_regions_do_not_go_with_a_conversation(session: Session) -> None:
    unnamed, named = mark(session), mark(session, x=5, name="Mitosis")
    conversation = ask(session, unnamed, named, unnamed)
    assert list(regions_of(session, conversation_id=conversation.id)) == [unnamed]


def test_an_upload_belongs_to_those_who_brought_it(session: Session) -> None:
    for owner in ("ada", "ada", "bob"):
        add_upload(session, owner=owner, slide_id=SLIDE)
    assert uploads_by(session, owner="ada") == uploads_by(session, owner="bob") == {SLIDE}
    assert uploads_by(session, owner="eve") == set()
    assert not forget_upload(session, owner="ada", slide_id=SLIDE)
    assert forget_upload(session, owner="bob", slide_id=SLIDE)
    assert uploads_by(session, owner="bob") == set()

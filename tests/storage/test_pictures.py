import pytest
from sqlalchemy.orm import Session

from clover_chat.storage.conversations import add_conversation, add_question
from clover_chat.storage.pictures import add_image, forget_unused, known_images, uploads_of
from clover_chat.storage.tables import Image, Origin

UPLOAD, SHARED, SAMPLE = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def conversation_id(session: Session) -> str:
    """A conversation that shows an upload of its own, one another shows too, and a sample."""
    origins: dict[str, Origin] = {UPLOAD: "upload", SHARED: "upload", SAMPLE: "sample"}
    for key, origin in origins.items():
        add_image(session, key=key, width=64, height=48, origin=origin)
    first = _ask(session, [UPLOAD, SHARED, SAMPLE])
    _ask(session, [SHARED])
    return first


def _ask(session: Session, keys: list[str]) -> str:
    conversation = add_conversation(session, owner="ada", title="What is it?")
    add_question(
        session,
        conversation=conversation,
        parent_id=None,
        content="What is it?",
        image_hashes=keys,
    )
    return conversation.id


def test_a_known_picture_stays_as_it_was(session: Session, conversation_id: str) -> None:
    assert conversation_id
    add_image(session, key=SAMPLE, width=1, height=1, origin="upload")
    image = session.get_one(Image, SAMPLE)
    assert (image.width, image.height, image.origin) == (64, 48, "sample")


def test_a_picture_somebody_else_noted_a_moment_ago_is_no_mistake(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_image(session, key=UPLOAD, width=64, height=48, origin="upload")
    session.expunge_all()
    monkeypatch.setattr(session, "get", lambda *_: None)
    add_image(session, key=UPLOAD, width=64, height=48, origin="upload")
    assert known_images(session, keys=[UPLOAD, SHARED]) == {UPLOAD}


def test_uploads_leave_samples_out(session: Session, conversation_id: str) -> None:
    assert set(uploads_of(session, conversation_id=conversation_id)) == {UPLOAD, SHARED}


def test_only_pictures_that_no_message_shows_are_forgotten(
    session: Session, conversation_id: str
) -> None:
    assert conversation_id
    unused = "d" * 64
    add_image(session, key=unused, width=64, height=48, origin="upload")
    assert forget_unused(session, keys=[UPLOAD, SHARED, unused]) == [unused]
    assert known_images(session, keys=[UPLOAD, SHARED, unused]) == {UPLOAD, SHARED}

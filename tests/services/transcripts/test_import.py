import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound, TranscriptError
from clover_chat.services.chat import PatchView
from clover_chat.services.patches import pixel_hash
from clover_chat.services.transcripts import intake
from clover_chat.services.transcripts.keeping import IMPORTED
from clover_chat.services.transcripts.service import TranscriptService
from clover_chat.slides.geometry import Box
from clover_chat.storage.tables import Base
from clover_chat.types import Author, Ending
from tests.services.asking import EOSIN
from tests.services.files import encoded, tissue
from tests.services.slides import Bench
from tests.services.transcripts.talks import UNSAFE, as_file, asked, data, talked

Spoil = Callable[[dict[str, Any]], object]
OTHER = tissue(70, 50)


def png(image: Image.Image) -> str:
    return b64encode(encoded(image, "PNG")).decode()


@pytest.fixture
def file(transcripts: TranscriptService, bench: Bench, patch: PatchView) -> dict[str, Any]:
    return as_file(transcripts, talked(bench, patch))


def kept(sessions: sessionmaker[Session], folder: Path) -> tuple[dict[str, int | None], set[Path]]:
    """Return how many rows every table has, and which picture files there are."""
    with sessions() as session:
        counts = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }
    return counts, {path for path in (folder / "images").rglob("*") if path.is_file()}


def test_what_was_exported_comes_back_as_a_conversation_of_whoever_brings_it(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    imported = transcripts.take_in("eve", data(file))
    history = bench.chat.history("eve", imported.conversation_id)
    assert [view.content.split("\n\n")[-1] for view in history] == [
        UNSAFE,
        "Colon adenocarcinoma.",
        "And this region?",
        "Colon adenocarcinoma.",
    ]
    assert history[0].patches[0].width == 64
    assert len(history[3].sibling_ids) == 2
    assert (history[2].regions[0].x, history[2].regions[0].name) == (1200, "")
    assert history[2].regions[0].id not in (0, 1)
    with pytest.raises(ConversationNotFound):
        bench.chat.history("ada", imported.conversation_id)


def test_an_imported_conversation_says_so_once_and_names_no_bridge_as_its_author(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    imported = transcripts.take_in("ada", data(file))
    again = transcripts.take_in("ada", data(as_file(transcripts, imported.conversation_id)))
    first, later = bench.chat.history("ada", again.conversation_id)[1::2]
    assert [part.author for part in first.parts] == [Author.FIXED, Author.BRIDGE]
    assert first.parts[0].text.startswith(IMPORTED)
    assert "scripted 0.0" in first.parts[0].text
    assert [part.author for part in later.parts] == [Author.BRIDGE]
    assert first.bridge_hash is first.bridge_version is None


def test_an_imported_conversation_goes_on(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    imported = transcripts.take_in("ada", data(file))
    asked(bench.chat, "And now?", conversation=imported.conversation_id)
    assert len(bench.chat.history("ada", imported.conversation_id)) == 6


def test_a_region_of_a_slide_that_is_not_open_to_the_person_becomes_a_picture(
    bench: Bench,
    transcripts: TranscriptService,
    patch: PatchView,
    tmp_path: Path,
    slide_files: Callable[[str], Path],
) -> None:
    brought = shutil.copyfile(slide_files("patchwork"), tmp_path / "brought.tif")
    slide = bench.viewing.add_slide("ada", brought).id
    region = bench.viewing.add_region("ada", slide, Box(300, 300, 400, 300)).id
    begun = asked(bench.chat, "What is this?", regions=(region,))
    file = as_file(transcripts, begun.conversation_id)
    imported = transcripts.take_in("eve", data(file))
    question = bench.chat.history("eve", imported.conversation_id)[0]
    assert (question.regions, len(question.patches)) == ((), 1)
    assert "1 of its regions became pictures" in imported.sentence
    file["regions"][0].pop("png")
    imported = transcripts.take_in("eve", data(file))
    question = bench.chat.history("eve", imported.conversation_id)[0]
    assert (question.regions, question.patches) == ((), ())
    assert "1 of its pictures are missing" in imported.sentence


def test_pictures_are_named_by_their_own_pixels(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any], patch: PatchView
) -> None:
    file["pictures"][0] |= {"png": png(OTHER), "hash": patch.key, "key": patch.key}
    imported = transcripts.take_in("ada", data(file))
    (shown,) = bench.chat.history("ada", imported.conversation_id)[0].patches
    assert shown.key == pixel_hash(OTHER) != patch.key


def test_only_what_the_shelf_holds_word_for_word_is_shown_as_quoted(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    quoted = {"author": "shelf", "entry": "eosin", "title": "Mine", "source": "Mine"}
    file["messages"][1]["parts"] = [quoted | {"text": EOSIN}, quoted | {"text": "It is blue."}]
    imported = transcripts.take_in("ada", data(file))
    _, true, made_up = bench.chat.history("ada", imported.conversation_id)[1].parts
    assert true.quoted is not None
    assert true.quoted.title != "Mine"
    assert made_up.quoted is None


def test_an_answer_that_was_being_written_is_marked_as_broken_off(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    file["messages"][4]["status"] = "writing"
    imported = transcripts.take_in("ada", data(file))
    assert bench.chat.history("ada", imported.conversation_id)[-1].status is Ending.INTERRUPTED


SPOILT: dict[str, Spoil] = {
    "another format": lambda file: file.update(format="other"),
    "another version": lambda file: file.update(version=2),
    "no messages": lambda file: file.update(messages=[]),
    "a loop": lambda file: file["messages"][0].update(parent=5),
    "itself": lambda file: file["messages"][2].update(parent=3),
    "two questions in a row": lambda file: file["messages"][1].update(role="user"),
    "an answer to nothing": lambda file: file["messages"][3].pop("parent"),
    "an unanswered question": lambda file: file["messages"].append(
        {"number": 6, "parent": 5, "role": "user", "text": "Well?"}
    ),
    "a question on screen": lambda file: file.update(active=3),
    "nothing on screen": lambda file: file.update(active=99),
    "wrong numbers": lambda file: file["messages"][1].update(number=7),
    "a picture that is not there": lambda file: file["messages"][0].update(pictures=[9]),
    "a negative place": lambda file: file["messages"][0].update(pictures=[-1]),
    "a picture in an answer": lambda file: file["messages"][1].update(pictures=[0]),
    "no base64": lambda file: file["pictures"][0].update(png="\u2603"),
    "no picture": lambda file: file["pictures"][0].update(png=b64encode(b"GIF89a").decode()),
    "half a picture": lambda file: file["pictures"][0].update(png=png(OTHER)[:200]),
    "an empty question": lambda file: file["messages"][0].update(text=" \0 "),
    "a long question": lambda file: file["messages"][0].update(text="a" * 8001),
    "an unknown author": lambda file: file["messages"][1]["parts"][0].update(author="dean"),
    "a huge number": lambda file: file["regions"][0].update(width=2**40),
    "too many messages": lambda file: file.update(messages=file["messages"] * 500),
    "too many pictures": lambda file: file.update(pictures=file["pictures"] * 300),
    "too many regions": lambda file: file["messages"][2].update(regions=[0] * 9),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_a_bad_file_is_refused_in_a_sentence_and_leaves_nothing(
    transcripts: TranscriptService,
    sessions: sessionmaker[Session],
    tmp_path: Path,
    file: dict[str, Any],
    spoil: Spoil,
) -> None:
    before = kept(sessions, tmp_path)
    spoil(file)
    with pytest.raises(TranscriptError) as refused:
        transcripts.take_in("ada", data(file))
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
    assert kept(sessions, tmp_path) == before


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"format": "other"}']
)
def test_what_is_no_conversation_is_refused_in_a_sentence(
    transcripts: TranscriptService, text: bytes
) -> None:
    with pytest.raises(TranscriptError, match=r"\.$"):
        transcripts.take_in("ada", text)


def test_a_file_and_its_pictures_may_be_so_large_and_no_larger(
    transcripts: TranscriptService, file: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LARGEST_FILE", 100)
    with pytest.raises(TranscriptError, match="MiB"):
        transcripts.take_in("ada", data(file))
    monkeypatch.setattr(intake, "LARGEST_FILE", 10**8)
    monkeypatch.setattr(intake, "MOST_MEGAPIXELS", 0.001)
    with pytest.raises(TranscriptError, match="megapixels"):
        transcripts.take_in("ada", data(file))


def test_where_the_rows_cannot_be_written_no_picture_is_left(
    transcripts: TranscriptService,
    sessions: sessionmaker[Session],
    tmp_path: Path,
    file: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file["pictures"][0]["png"] = png(OTHER)
    before = kept(sessions, tmp_path)

    def fail(*_: object, **__: object) -> str:
        raise OSError("no room")

    monkeypatch.setattr("clover_chat.storage.conversations.add_conversation", fail)
    with pytest.raises(OSError, match="no room"):
        transcripts.take_in("ada", data(file))
    assert kept(sessions, tmp_path) == before


def test_texts_that_no_database_can_hold_are_made_storable(
    transcripts: TranscriptService, bench: Bench, file: dict[str, Any]
) -> None:
    file["title"] = "\0 "
    file["messages"][0]["text"] = "What\0 is this?"
    imported = transcripts.take_in("ada", data(file))
    assert bench.chat.history("ada", imported.conversation_id)[0].content == "What is this?"

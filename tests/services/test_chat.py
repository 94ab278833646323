import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as PILImage
from sqlalchemy import Engine as Database
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound, ImageError, QuestionError
from clover_chat.services.chat import ChatService, Event, MessageView, PatchView, Started
from clover_chat.services.parts import PartBegun
from clover_chat.services.patches import pixel_hash
from clover_chat.services.views import PartView
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Base, Conversation, Image
from clover_chat.types import Author, Ending, Figures, Role, Sampling
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.conftest import MakeChat
from tests.services.files import encoded, png_claiming, tissue, write

SAMPLING = Sampling(temperature=0.7, top_p=0.8, max_tokens=64, seed=3)
UNKNOWN_KEY = "e" * 64


def run(events: Iterator[Event]) -> Started:
    """Read a running answer to its end and return how it began."""
    first, *_ = events
    assert isinstance(first, Started)
    return first


def begin(chat: ChatService, patch: PatchView, question: str = "Organ?") -> Started:
    return run(chat.ask("ada", None, question, [patch.key], SAMPLING))


def go_on(chat: ChatService, started: Started, question: str, *keys: str) -> Started:
    return run(chat.ask("ada", started.conversation_id, question, keys, SAMPLING))


def shown(chat: ChatService, started: Started) -> list[MessageView]:
    return chat.history("ada", started.conversation_id)


def texts(chat: ChatService, started: Started) -> list[str]:
    return [message.content for message in shown(chat, started)]


def row_counts(sessions: sessionmaker[Session]) -> dict[str, int | None]:
    with sessions() as session:
        tables = Base.metadata.tables.values()
        return {t.name: session.scalar(select(func.count()).select_from(t)) for t in tables}


# Patches


def test_a_patch_is_kept_under_the_hash_of_its_pixels(
    chat: ChatService, tmp_path: Path, images: ImageStore
) -> None:
    patch = chat.add_patch(write(tmp_path, encoded(tissue(), "TIFF"), "Mustermann.tif"))
    path = images.path(patch.key)
    assert patch == PatchView(pixel_hash(tissue()), path, 64, 48, shown_path=path)
    assert chat.add_patch(write(tmp_path, encoded(tissue(), "PNG"))) == patch
    kept = [path.name for path in (tmp_path / "images").rglob("*") if path.is_file()]
    assert kept == [f"{patch.key}.png"]


def test_a_large_patch_is_shown_small_and_read_whole(chat: ChatService, tmp_path: Path) -> None:
    large = tissue().resize((3000, 2000))
    patch = chat.add_patch(write(tmp_path, encoded(large, "PNG")))
    with PILImage.open(patch.shown_path) as shown, PILImage.open(patch.path) as kept:
        assert (shown.format, shown.size) == ("WEBP", (1024, 683))
        assert (kept.format, kept.size) == ("PNG", (3000, 2000))


def test_where_a_patch_came_from_is_kept(
    chat: ChatService, tmp_path: Path, sessions: sessionmaker[Session]
) -> None:
    chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")), origin="sample")
    with sessions() as session:
        row = session.scalars(select(Image)).one()
    assert (row.width, row.height, row.origin) == (64, 48, "sample")


@pytest.mark.parametrize("data", [b"", b"a letter", png_claiming(20_000, 20_000)])
def test_a_file_that_is_no_patch_leaves_nothing_behind_and_the_conversation_goes_on(
    chat: ChatService,
    patch: PatchView,
    tmp_path: Path,
    sessions: sessionmaker[Session],
    data: bytes,
) -> None:
    started = begin(chat, patch)
    before = row_counts(sessions)
    with pytest.raises(ImageError):
        chat.add_patch(write(tmp_path, data))
    assert row_counts(sessions) == before
    assert len(list((tmp_path / "images").rglob("*.png"))) == 1
    go_on(chat, started, "Benign?")
    assert len(shown(chat, started)) == 4


# Asking


def test_an_answer_begins_grows_and_is_kept(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    events = list(chat.ask("ada", None, " Organ? ", [patch.key], SAMPLING))
    assert isinstance(events[0], Started)
    assert events[1:] == [PartBegun(Author.BRIDGE), "Colon", " adenocarcinoma."]
    question, answer = shown(chat, events[0])
    assert question == MessageView(
        id=events[0].question_id,
        role=Role.USER,
        content="Organ?",
        status=Ending.COMPLETE,
        patches=(patch,),
        sibling_ids=(events[0].question_id,),
        figures=None,
        bridge_version=None,
    )
    assert answer == MessageView(
        id=events[0].answer_id,
        role=Role.ASSISTANT,
        content="Colon adenocarcinoma.",
        status=Ending.COMPLETE,
        patches=(),
        sibling_ids=(events[0].answer_id,),
        figures=Figures(10, 2, 0.25, 20.0),
        bridge_version=engine.identity.bridge_version,
        bridge_hash=engine.identity.bridge_hash,
        parts=(PartView(Author.BRIDGE, "Colon adenocarcinoma."),),
    )


def test_the_model_is_given_the_question_its_pictures_and_the_parameters(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    begin(chat, patch)
    (((turn,), sampling),) = engine.asked
    assert (turn.question, turn.answer, sampling) == ("Organ?", None, SAMPLING)
    (picture,) = turn.pictures
    assert picture.key == patch.key
    assert pixel_hash(picture.load()) == patch.key


def test_the_question_is_stored_before_the_answer_begins(
    chat: ChatService, patch: PatchView
) -> None:
    events = chat.ask("ada", None, "Organ?", [patch.key], SAMPLING)
    started = next(events)
    assert isinstance(started, Started)
    assert [m.status for m in shown(chat, started)] == [Ending.COMPLETE, Ending.WRITING]
    list(events)


def test_a_later_question_brings_the_earlier_turns_and_the_last_patches(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView, other_patch: PatchView
) -> None:
    started = begin(chat, patch)
    go_on(chat, started, "Benign?")
    go_on(chat, started, "And this?", other_patch.key)
    go_on(chat, started, "Are you sure?")
    turns, _ = engine.asked[-1]
    assert [turn.question for turn in turns] == ["Organ?", "Benign?", "And this?", "Are you sure?"]
    keys = [[picture.key for picture in turn.pictures] for turn in turns]
    assert keys == [[patch.key], [patch.key], [other_patch.key], [other_patch.key]]
    assert [turn.answer for turn in turns[:-1]] == ["Colon adenocarcinoma."] * 3
    stored = [len(message.patches) for message in shown(chat, started)[::2]]
    assert stored == [1, 0, 1, 0]


def test_several_patches_keep_their_order_and_count_once(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView, other_patch: PatchView
) -> None:
    keys = [other_patch.key, patch.key, other_patch.key]
    started = run(chat.ask("ada", None, "Compare.", keys, SAMPLING))
    assert shown(chat, started)[0].patches == (other_patch, patch)
    ((turn,), _) = engine.asked[0]
    assert [picture.key for picture in turn.pictures] == [other_patch.key, patch.key]


def test_a_conversation_is_called_by_its_first_question(
    chat: ChatService, patch: PatchView
) -> None:
    started = begin(chat, patch, "Which organ is this, and is anything in it growing invasively?")
    go_on(chat, started, "Benign?")
    (listed,) = chat.conversations("ada")
    assert listed.title == "Which organ is this, and is anything in it growing…"
    assert listed.updated_at.tzinfo is not None


@pytest.mark.parametrize(
    ("question", "keys", "sentence"),
    [
        ("", None, r"^The question is empty"),
        ("x" * 50_000, None, r"50,000 characters.*8,000"),
        ("Organ?", [], r"^Add a patch first"),
        ("Organ?", [UNKNOWN_KEY], r"no longer kept"),
        ("Organ?", ["../../etc/passwd"], r"no longer kept"),
    ],
)
def test_a_question_that_cannot_be_asked_leaves_nothing_behind(
    chat: ChatService,
    engine: ScriptedEngine,
    patch: PatchView,
    sessions: sessionmaker[Session],
    question: str,
    keys: list[str] | None,
    sentence: str,
) -> None:
    before = row_counts(sessions)
    events = chat.ask("ada", None, question, [patch.key] if keys is None else keys, SAMPLING)
    with pytest.raises(QuestionError, match=sentence):
        next(events)
    assert row_counts(sessions) == before
    assert engine.asked == []


@pytest.mark.parametrize(("question", "keys"), [("", ()), ("Organ?", (UNKNOWN_KEY,))])
def test_a_conversation_goes_on_after_a_question_that_could_not_be_asked(
    chat: ChatService, patch: PatchView, question: str, keys: tuple[str, ...]
) -> None:
    started = begin(chat, patch)
    with pytest.raises(QuestionError):
        go_on(chat, started, question, *keys)
    go_on(chat, started, "Benign?")
    assert texts(chat, started)[::2] == ["Organ?", "Benign?"]


def test_a_patch_whose_file_is_gone_is_asked_for_again(chat: ChatService, patch: PatchView) -> None:
    patch.path.unlink()
    with pytest.raises(QuestionError, match="Add it once more"):
        begin(chat, patch)


# Versions


def test_a_retried_answer_stands_beside_the_earlier_one(
    make_chat: MakeChat, patch: PatchView
) -> None:
    chat = make_chat(ReadyHost(ScriptedEngine(["Colon.", "Large bowel."])))
    first = begin(chat, patch)
    second = run(chat.retry("ada", first.conversation_id, first.answer_id, SAMPLING))
    assert second.question_id == first.question_id
    assert texts(chat, first) == ["Organ?", "Large bowel."]
    assert shown(chat, first)[1].sibling_ids == (first.answer_id, second.answer_id)


def test_a_retried_answer_knows_nothing_of_the_earlier_one(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    started = begin(chat, patch)
    run(chat.retry("ada", started.conversation_id, started.answer_id, SAMPLING))
    ((turn,), _) = engine.asked[1]
    assert (turn.question, turn.answer) == ("Organ?", None)


def test_an_edited_question_stands_beside_the_earlier_one_with_its_patches(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    first = begin(chat, patch)
    go_on(chat, first, "Benign?")
    second = run(chat.edit("ada", first.conversation_id, first.question_id, "Stain?", SAMPLING))
    assert texts(chat, first) == ["Stain?", "Colon adenocarcinoma."]
    question = shown(chat, first)[0]
    assert question.sibling_ids == (first.question_id, second.question_id)
    assert question.patches == (patch,)
    (turns, _) = engine.asked[-1]
    assert [turn.question for turn in turns] == ["Stain?"]


def test_going_back_to_an_earlier_version_shows_what_followed_it(
    chat: ChatService, patch: PatchView
) -> None:
    first = begin(chat, patch)
    go_on(chat, first, "Benign?")
    run(chat.edit("ada", first.conversation_id, first.question_id, "Stain?", SAMPLING))
    chat.show_sibling("ada", first.conversation_id, first.question_id)
    assert texts(chat, first)[::2] == ["Organ?", "Benign?"]
    go_on(chat, first, "Sure?")
    assert texts(chat, first)[::2] == ["Organ?", "Benign?", "Sure?"]


def test_an_edit_that_cannot_be_asked_changes_nothing(
    chat: ChatService, patch: PatchView, sessions: sessionmaker[Session]
) -> None:
    started = begin(chat, patch)
    before = row_counts(sessions), shown(chat, started)
    with pytest.raises(QuestionError):
        run(chat.edit("ada", started.conversation_id, started.question_id, "  ", SAMPLING))
    assert (row_counts(sessions), shown(chat, started)) == before


def test_only_answers_are_retried_and_only_questions_edited(
    chat: ChatService, patch: PatchView
) -> None:
    started = begin(chat, patch)
    other = begin(chat, patch)
    for answer_id in (started.question_id, other.answer_id, 10_000):
        with pytest.raises(QuestionError, match="no longer part of the conversation"):
            run(chat.retry("ada", started.conversation_id, answer_id, SAMPLING))
    for question_id in (started.answer_id, other.question_id, 10_000):
        with pytest.raises(QuestionError, match="no longer part of the conversation"):
            run(chat.edit("ada", started.conversation_id, question_id, "Stain?", SAMPLING))
    with pytest.raises(QuestionError):
        chat.show_sibling("ada", started.conversation_id, other.answer_id)


# Whose it is, and how it ends


def test_what_belongs_to_somebody_else_is_not_there(
    chat: ChatService, patch: PatchView, sessions: sessionmaker[Session]
) -> None:
    mine = begin(chat, patch)
    cid = mine.conversation_id
    before = row_counts(sessions)
    with pytest.raises(ConversationNotFound):
        chat.history("bob", cid)
    with pytest.raises(ConversationNotFound):
        next(chat.ask("bob", cid, "Organ?", [], SAMPLING))
    with pytest.raises(ConversationNotFound):
        next(chat.retry("bob", cid, mine.answer_id, SAMPLING))
    with pytest.raises(ConversationNotFound):
        next(chat.edit("bob", cid, mine.question_id, "Organ?", SAMPLING))
    with pytest.raises(ConversationNotFound):
        chat.show_sibling("bob", cid, mine.answer_id)
    with pytest.raises(ConversationNotFound):
        chat.delete("bob", cid)
    assert chat.conversations("bob") == []
    assert row_counts(sessions) == before


def test_conversations_are_listed_by_their_last_question(
    chat: ChatService, patch: PatchView
) -> None:
    first, second = begin(chat, patch, "First"), begin(chat, patch, "Second")
    assert [listed.title for listed in chat.conversations("ada")] == ["Second", "First"]
    go_on(chat, first, "More")
    assert [listed.title for listed in chat.conversations("ada")] == ["First", "Second"]
    assert [listed.id for listed in chat.conversations("ada", limit=1)] == [first.conversation_id]
    assert second.conversation_id != first.conversation_id


def test_a_deleted_conversation_takes_its_own_uploads_along(
    chat: ChatService,
    patch: PatchView,
    other_patch: PatchView,
    sessions: sessionmaker[Session],
) -> None:
    gone = run(chat.ask("ada", None, "Compare.", [patch.key, other_patch.key], SAMPLING))
    stays = begin(chat, patch)
    chat.delete("ada", gone.conversation_id)
    assert [listed.id for listed in chat.conversations("ada")] == [stays.conversation_id]
    assert patch.path.exists()
    assert not other_patch.path.exists()
    chat.delete("ada", stays.conversation_id)
    assert set(row_counts(sessions).values()) == {0}


def test_a_sample_outlives_the_conversations_about_it(chat: ChatService, tmp_path: Path) -> None:
    sample = chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")), origin="sample")
    chat.delete("ada", begin(chat, sample).conversation_id)
    assert sample.path.exists()
    begin(chat, sample)


def test_answers_cut_off_by_a_crash_are_marked_at_the_next_start(
    chat: ChatService, patch: PatchView
) -> None:
    cut_off = chat.ask("ada", None, "Organ?", [patch.key], SAMPLING)
    started = next(cut_off)
    assert isinstance(started, Started)
    assert chat.close_interrupted() == 1
    assert shown(chat, started)[1].status is Ending.INTERRUPTED
    assert chat.close_interrupted() == 0
    cut_off.close()


def test_two_people_may_ask_at_once(make_chat: MakeChat, patch: PatchView) -> None:
    chat = make_chat(ReadyHost(ScriptedEngine(["A " * 20], delay_s=0.002)))
    outcomes: dict[str, Started] = {}
    failures: list[Exception] = []
    together = threading.Barrier(2)

    def ask(owner: str) -> None:
        try:
            together.wait()
            outcomes[owner] = run(chat.ask(owner, None, f"I am {owner}", [patch.key], SAMPLING))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(owner,)) for owner in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for owner, started in outcomes.items():
        question, answer = chat.history(owner, started.conversation_id)
        assert question.content == f"I am {owner}"
        assert (answer.content, answer.status) == ("A " * 20, Ending.COMPLETE)


def test_one_person_asking_twice_at_once_gets_both_answers(
    make_chat: MakeChat, patch: PatchView
) -> None:
    chat = make_chat(ReadyHost(ScriptedEngine(["Yes."], delay_s=0.01)))
    started = begin(chat, patch)
    together = threading.Barrier(2)

    def ask(question: str) -> None:
        together.wait()
        go_on(chat, started, question)

    threads = [threading.Thread(target=ask, args=(text,)) for text in ("Benign?", "Stain?")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages = shown(chat, started)
    assert {message.content for message in messages[2::2]} == {"Benign?", "Stain?"}
    assert all(message.status is Ending.COMPLETE for message in messages)


def test_no_log_line_holds_a_question_or_an_answer(
    chat: ChatService, patch: PatchView, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    begin(chat, patch, "Is Mustermann ill?")
    assert caplog.records
    assert "Mustermann" not in caplog.text
    assert "adenocarcinoma" not in caplog.text


def test_a_conversation_is_still_there_after_a_restart(
    chat: ChatService, patch: PatchView, database: Database, make_chat: MakeChat
) -> None:
    started = begin(chat, patch)
    before = shown(chat, started)
    database.dispose()
    restarted = make_chat(ReadyHost(ScriptedEngine()))
    assert shown(restarted, started) == before
    assert before[0].patches[0].path.is_file()


def test_a_conversation_without_any_patch_asks_for_one(
    chat: ChatService, sessions: sessionmaker[Session], patch: PatchView
) -> None:
    started = begin(chat, patch)
    with sessions.begin() as session:
        session.execute(update(Conversation).values(active_leaf_id=None))
    with pytest.raises(QuestionError, match="Add a patch first"):
        go_on(chat, started, "Benign?")

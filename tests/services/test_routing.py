"""How questions of every kind are answered, kept and shown again."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import QuestionError
from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.search import Shelf
from clover_chat.services import repertoire
from clover_chat.services.branches import Exchange
from clover_chat.services.chat import ChatService, Event, MessageView, PatchView, Started
from clover_chat.services.parts import PartBegun
from clover_chat.services.routing import Router
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import AnswerPart
from clover_chat.types import Author, Ending, Kind, Sampling
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost
from tests.services.asking import COLON, EOSIN, ScriptedKinds, scripted_router

SCRIPT = {
    "What is eosin?": (Kind.GENERAL, "", 0.98),
    "What is the eosin for?": (Kind.GENERAL, "", 0.4),
    "What is orcein?": (Kind.GENERAL, "", 0.97),
    "Is that typical?": (Kind.MIXED, "", 0.9),
    "Is eosin typical?": (Kind.MIXED, "", 0.9),
    "What did I ask?": (Kind.CONVERSATION, "recap", 0.9),
    "Who wrote that?": (Kind.CONVERSATION, "source", 0.9),
    "Which picture?": (Kind.CONVERSATION, "pictures", 0.9),
    "What can you do?": (Kind.TOOL, "abilities", 0.95),
    "Which drug?": (Kind.FOREIGN, "treatment", 0.95),
    "Say banana": (Kind.FOREIGN, "orders", 0.95),
    "orcein?": (Kind.GENERAL, "", 0.56),
    "Hm": (Kind.FOREIGN, "smalltalk", 0.4),
}


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(["Colon mucosa."])


@pytest.fixture
def chat(
    sessions: sessionmaker[Session], images: ImageStore, engine: ScriptedEngine, tmp_path: Path
) -> ChatService:
    router = scripted_router(tmp_path / "shelf", SCRIPT)
    return ChatService(sessions, images, ReadyHost(engine), router=router)


def ask(
    chat: ChatService, question: str, *keys: str, cid: str | None = None
) -> tuple[Started, list[Event]]:
    started, *events = chat.ask("ada", cid, question, keys, Sampling())
    assert isinstance(started, Started)
    return started, events


def last(chat: ChatService, started: Started) -> MessageView:
    return chat.history("ada", started.conversation_id)[-1]


def authors(view: MessageView) -> list[Author]:
    return [part.author for part in view.parts]


def test_a_general_question_needs_no_picture_and_is_answered_word_for_word_with_its_source(
    chat: ChatService, engine: ScriptedEngine
) -> None:
    started, events = ask(chat, "What is eosin?")
    begun, *pieces = events
    assert isinstance(begun, PartBegun)
    assert begun.author is Author.SHELF
    assert begun.quoted is not None
    assert (begun.quoted.entry_id, begun.quoted.title) == ("eosin", "Eosin")
    assert "An Atlas" in begun.quoted.source
    assert len(pieces) > 20
    assert "".join(map(str, pieces)) == EOSIN
    kept = last(chat, started)
    assert (kept.content, kept.status, kept.bridge_version) == (EOSIN, Ending.COMPLETE, None)
    assert [(part.author, part.quoted) for part in kept.parts] == [(Author.SHELF, begun.quoted)]
    assert (kept.kind, kept.kind_confidence) == (Kind.GENERAL, 0.98)
    assert engine.asked == []


def test_a_general_question_is_answered_while_the_model_is_still_being_loaded(
    sessions: sessionmaker[Session], images: ImageStore, tmp_path: Path
) -> None:
    host = SlowHost([], ScriptedEngine())
    router = scripted_router(tmp_path / "shelf", SCRIPT)
    chat = ChatService(sessions, images, host, router=router)
    assert last(chat, ask(chat, "What is eosin?")[0]).content == EOSIN


def test_a_general_question_that_nothing_answers_is_declined_in_fixed_words(
    chat: ChatService, engine: ScriptedEngine
) -> None:
    view = last(chat, ask(chat, "What is orcein?")[0])
    assert authors(view) == [Author.FIXED]
    assert view.content.startswith(repertoire.NOTHING_FITS)
    assert engine.asked == []


def test_a_stopped_quotation_is_kept_as_far_as_it_was_shown(chat: ChatService) -> None:
    events = chat.ask("ada", None, "What is eosin?", [], Sampling())
    started = next(events)
    assert isinstance(started, Started)
    read = [next(events) for _ in range(4)]
    events.close()
    view = last(chat, started)
    assert (view.content, view.status) == ("".join(map(str, read[1:])), Ending.STOPPED)
    assert authors(view) == [Author.SHELF]


def test_a_mixed_question_gets_the_picture_first_and_then_the_passage_on_what_was_found(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    view = last(chat, ask(chat, "Is that typical?", patch.key)[0])
    assert authors(view) == [Author.BRIDGE, Author.FIXED, Author.SHELF]
    assert [part.text for part in view.parts] == ["Colon mucosa.", repertoire.IF_SO, COLON]
    assert view.parts[2].quoted is not None
    assert view.parts[2].quoted.entry_id == "colon-mucosa"
    assert len(engine.asked) == 1


def test_a_mixed_question_without_a_fitting_passage_says_so(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    engine._answers = ["Something else."]
    view = last(chat, ask(chat, "Is that typical?", patch.key)[0])
    assert [part.text for part in view.parts] == ["Something else.", repertoire.NO_PASSAGE]


def test_a_mixed_question_that_names_an_entry_gets_that_one(
    chat: ChatService, patch: PatchView
) -> None:
    view = last(chat, ask(chat, "Is eosin typical?", patch.key)[0])
    assert [part.author for part in view.parts] == [Author.BRIDGE, Author.FIXED, Author.SHELF]
    assert view.parts[2].text == EOSIN


def test_a_mixed_question_without_a_picture_that_names_an_entry_is_quoted(
    chat: ChatService,
) -> None:
    assert authors(last(chat, ask(chat, "Is eosin typical?")[0])) == [Author.SHELF]


@pytest.mark.parametrize(
    "question",
    [
        "what is this cell and what does it do",
        "is that typical of this tumour",
        "which antibodies would confirm it",
        "what artefact is this and how can it be avoided",
    ],
)
def test_a_question_that_only_points_is_never_answered_by_its_own_words(question: str) -> None:
    entries = read_shelf()
    router = Router(ScriptedKinds({question: (Kind.MIXED, "", 0.9)}), Shelf(entries))
    exchanges = (Exchange(question, ("key",), brings_sights=True),)
    finding = "This is a lymphocyte."
    events = list(router.parts(router.route(exchanges), exchanges, finding))
    quoted = [
        each.quoted.entry_id for each in events if isinstance(each, PartBegun) and each.quoted
    ]
    assert quoted == ["lymphocyte"]


@pytest.mark.parametrize("question", ["Organ?", "Is that typical?"])
def test_a_question_about_a_picture_without_one_asks_for_it_and_leaves_nothing_behind(
    chat: ChatService, question: str
) -> None:
    with pytest.raises(QuestionError, match="Add a patch first"):
        ask(chat, question)
    assert chat.conversations("ada") == []


@pytest.mark.parametrize(
    ("question", "words"),
    [("What can you do?", "reference shelf"), ("Which drug?", "treating"), ("Say banana", "order")],
)
def test_questions_about_the_tool_and_foreign_ones_get_fixed_words_and_reach_no_model(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView, question: str, words: str
) -> None:
    view = last(chat, ask(chat, question, patch.key)[0])
    assert authors(view) == [Author.FIXED]
    assert words in view.content
    assert "banana" not in view.content
    assert engine.asked == []


def test_the_conversation_is_recalled_from_its_record(chat: ChatService, patch: PatchView) -> None:
    started, _ = ask(chat, "Organ?", patch.key)
    cid = started.conversation_id
    ask(chat, "What is eosin?", cid=cid)
    source = last(chat, ask(chat, "Who wrote that?", cid=cid)[0]).content
    assert "the reference shelf (“Eosin”)" in source
    recap = last(chat, ask(chat, "What did I ask?", cid=cid)[0]).content
    assert "1. You asked: “Organ?” The answer began: “Colon mucosa.”" in recap
    assert "2. You asked: “What is eosin?”" in recap
    shown = last(chat, ask(chat, "Which picture?", cid=cid)[0]).content
    assert shown.startswith("1 patch and 0 regions")


def test_the_bridge_that_answered_is_named(chat: ChatService, patch: PatchView) -> None:
    started, _ = ask(chat, "Organ?", patch.key)
    view = last(chat, ask(chat, "Who wrote that?", cid=started.conversation_id)[0])
    assert "the bridge scripted 0.0" in view.content


# Where the kind is uncertain


def test_an_unclear_question_with_a_new_picture_is_answered_from_it(
    chat: ChatService, patch: PatchView
) -> None:
    view = last(chat, ask(chat, "Hm", patch.key)[0])
    assert authors(view) == [Author.BRIDGE]
    assert (view.kind, view.kind_confidence) == (Kind.FOREIGN, 0.4)


def test_a_question_that_may_be_about_its_new_picture_is_answered_from_it_or_quoted(
    chat: ChatService, patch: PatchView
) -> None:
    assert authors(last(chat, ask(chat, "orcein?", patch.key)[0])) == [Author.BRIDGE]
    assert authors(last(chat, ask(chat, "What is the eosin for?", patch.key)[0])) == [Author.SHELF]


def test_a_question_that_is_surely_general_is_not_answered_from_its_new_picture(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    assert authors(last(chat, ask(chat, "What is orcein?", patch.key)[0])) == [Author.FIXED]
    assert engine.asked == []


def test_an_unclear_question_that_the_shelf_answers_for_sure_is_quoted(chat: ChatService) -> None:
    assert authors(last(chat, ask(chat, "What is the eosin for?")[0])) == [Author.SHELF]


def test_any_other_unclear_question_is_asked_back(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    started, _ = ask(chat, "Organ?", patch.key)
    view = last(chat, ask(chat, "Hm", cid=started.conversation_id)[0])
    assert authors(view) == [Author.FIXED]
    assert "It is not clear" in view.content
    assert len(engine.asked) == 1


# What the model is told, and what may be put in its place


def test_quotations_and_fixed_words_are_kept_from_the_model(
    chat: ChatService, engine: ScriptedEngine, patch: PatchView
) -> None:
    started, _ = ask(chat, "Organ?", patch.key)
    for question in ("What is eosin?", "Say banana", "Is that typical?", "Sure?"):
        ask(chat, question, cid=started.conversation_id)
    told = [(turn.question, turn.answer) for turn in engine.asked[-1][0]]
    assert told == [
        ("Organ?", "Colon mucosa."),
        ("Is that typical?", "Colon mucosa."),
        ("Sure?", None),
    ]


def test_a_deleted_conversation_takes_its_parts_along(
    chat: ChatService, sessions: sessionmaker[Session]
) -> None:
    started, _ = ask(chat, "What is eosin?")
    chat.delete("ada", started.conversation_id)
    with sessions() as session:
        assert session.scalars(select(AnswerPart)).all() == []

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.chat import ChatService, PatchView, Started
from clover_chat.services.listing import ListingService
from clover_chat.services.searching import Found, SearchService
from clover_chat.types import Sampling
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.conftest import MakeChat
from tests.services.test_excerpts import flat

SAMPLING = Sampling()
SIGNS = ['"', "*", "-", "a*", '"a', "a OR", "NEAR(a b)", "(", "a:b", "^a", "{a}", "%", "_", "\\"]
ODD = [*SIGNS, "🔬", "\0", "\ud83d", "' OR 1=1 --", "  ", "x" * 8000, "word " * 1600, "é", "的"]


@pytest.fixture
def search(sessions: sessionmaker[Session]) -> SearchService:
    return SearchService(sessions)


@pytest.fixture
def chat(make_chat: MakeChat) -> ChatService:
    answers = ["A colon adenocarcinoma.", "Lymphocytes, mostly.", "Squamous cells."]
    return make_chat(ReadyHost(ScriptedEngine(answers)))


def ask(
    chat: ChatService, patch: PatchView, question: str, at: str | None = None, owner: str = "ada"
) -> Started:
    started, *_ = chat.ask(owner, at, question, [patch.key], SAMPLING)
    assert isinstance(started, Started)
    return started


def titles(found: tuple[Found, ...]) -> list[str]:
    return [each.conversation.title for each in found]


def test_titles_questions_and_answers_are_found_with_the_words_marked(
    chat: ChatService, search: SearchService, patch: PatchView, sessions: sessionmaker[Session]
) -> None:
    first = ask(chat, patch, "Which organ is it?")
    ask(chat, patch, "Which cells are these?")
    ListingService(sessions).rename("ada", first.conversation_id, "Case 12")
    (by_title,) = search.search("ada", "case")
    assert (flat(by_title.title), by_title.excerpt) == ("[Case] 12", ())
    (by_question,) = search.search("ada", "org")
    assert flat(by_question.excerpt) == "Which [organ] is it?"
    assert by_question.message_id == first.question_id
    (by_answer,) = search.search("ada", "adeno colon")
    assert flat(by_answer.excerpt) == "A [colon] [adenocarcinoma]."
    assert by_answer.message_id == first.answer_id
    assert titles(search.search("ada", "which")) == ["Which cells are these?", "Case 12"]


def test_only_ones_own_is_found(chat: ChatService, search: SearchService, patch: PatchView) -> None:
    ask(chat, patch, "Which organ is it?")
    assert search.search("eve", "organ") == ()


def test_every_branch_is_found_and_an_edit_changes_nothing_of_the_earlier_one(
    chat: ChatService, search: SearchService, patch: PatchView
) -> None:
    first = ask(chat, patch, "Which organ is it?")
    where = first.conversation_id
    list(chat.edit("ada", where, first.question_id, "Which stain is it?", SAMPLING))
    list(chat.retry("ada", where, first.answer_id, SAMPLING))
    for word in ("organ", "stain", "adenocarcinoma", "lymphocytes", "squamous"):
        assert len(search.search("ada", word)) == 1


def test_a_conversation_is_listed_once_and_an_archived_one_as_well(
    chat: ChatService, search: SearchService, patch: PatchView, sessions: sessionmaker[Session]
) -> None:
    first = ask(chat, patch, "Which organ is it?")
    ask(chat, patch, "Which organ, again?", first.conversation_id)
    ListingService(sessions).archive("ada", first.conversation_id, is_archived=True)
    (found,) = search.search("ada", "organ")
    assert found.conversation.is_archived
    assert found.message_id == first.question_id


@pytest.mark.parametrize("query", ODD)
def test_no_sign_is_an_error(
    chat: ChatService, search: SearchService, patch: PatchView, query: str
) -> None:
    ask(chat, patch, "Which organ is it?")
    search.search("ada", query)


def test_signs_alone_are_found_as_they_are(
    chat: ChatService, search: SearchService, patch: PatchView
) -> None:
    ask(chat, patch, "Is this 🔬 right, 100%?")
    assert len(search.search("ada", "🔬")) == 1
    assert len(search.search("ada", "%")) == 1
    assert search.search("ada", "++") == ()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=40))
def test_whatever_is_typed_is_answered(search: SearchService, query: str) -> None:
    search.search("ada", query)

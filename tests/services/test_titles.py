from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import TitleError
from clover_chat.services.chat import ChatService, PatchView, Started
from clover_chat.services.listing import ListingService
from clover_chat.services.titles import organ_topic, own_title, slide_topic, title_of
from clover_chat.types import Finding, Reading, Sampling
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.conftest import MakeChat
from tests.services.slides import Bench

STAIN, LABEL = (Finding("Wright-Giemsa", 0.99),), (Finding("lymphocyte", 0.9),)
BLOOD = Reading((Finding("blood", 0.97), Finding("colon", 0.03)), STAIN, LABEL)
PERHAPS_BLOOD = Reading((Finding("blood", 0.6), Finding("colon", 0.4)), STAIN, LABEL)
COLON = Reading((Finding("colon", 0.99),), STAIN, LABEL)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is it?", "What is it?"),
        ("What\n  is\tit?", "What is it?"),
        (
            "Which organ is this, and is there any sign of an invasive growth in the lower left?",
            "Which organ is this, and is there any sign of an invasive…",
        ),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_a_title_is_the_beginning_cut_where_a_word_ends(question: str, title: str) -> None:
    assert title_of(question) == title
    assert len(title) <= 60


def test_a_topic_follows_unless_the_question_names_it() -> None:
    assert title_of("Which cell is this?", "blood") == "Which cell is this? · blood"
    assert title_of("Is this Blood?", "blood") == "Is this Blood?"


@pytest.mark.parametrize(
    ("readings", "topic"),
    [
        ([BLOOD], "blood"),
        ([BLOOD, BLOOD], "blood"),
        ([BLOOD, COLON], ""),
        ([BLOOD, PERHAPS_BLOOD], ""),
        ([PERHAPS_BLOOD], ""),
        ([Reading((), (), ())], ""),
        ([], ""),
    ],
)
def test_an_organ_is_a_topic_where_every_picture_surely_shows_it(
    readings: Sequence[Reading], topic: str
) -> None:
    assert organ_topic(readings) == topic


def test_slides_go_by_their_ids() -> None:
    assert slide_topic([]) == ""
    assert slide_topic(["3fa2c19d", "3fa2c19d"]) == "slide 3fa2c1"
    assert slide_topic(["3fa2c19d", "8b"]) == "2 slides"


@pytest.mark.parametrize(("text", "words"), [(" \n\0 ", "at least one word"), ("x" * 121, "121")])
def test_a_title_that_cannot_be_kept_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(TitleError, match=words):
        own_title(text)


def test_a_title_of_ones_own_is_one_line() -> None:
    assert own_title(" Biopsy 12,\n left ") == "Biopsy 12, left"


@pytest.fixture
def listing(sessions: sessionmaker[Session]) -> ListingService:
    return ListingService(sessions)


@pytest.fixture
def reader(make_chat: MakeChat) -> ChatService:
    return make_chat(ReadyHost(ScriptedEngine(["A lymphocyte."], reading=BLOOD)))


def ask(chat: ChatService, patch: PatchView, question: str, at: Started | None = None) -> Started:
    where = at.conversation_id if at else None
    started, *_ = chat.ask("ada", where, question, [patch.key], Sampling())
    assert isinstance(started, Started)
    return started


def test_the_organ_enters_the_title_once_it_is_known(reader: ChatService, patch: PatchView) -> None:
    started = ask(reader, patch, "Which cell is this?")
    ask(reader, patch, "Is it benign?", started)
    (listed,) = reader.conversations("ada")
    assert listed.title == "Which cell is this? · blood"


def test_a_title_that_a_person_gave_stays(
    reader: ChatService, patch: PatchView, listing: ListingService
) -> None:
    events = reader.ask("ada", None, "Which cell is this?", [patch.key], Sampling())
    started = next(events)
    assert isinstance(started, Started)
    listing.rename("ada", started.conversation_id, "Case 12")
    list(events)
    assert listing.title("ada", started.conversation_id) == "Case 12"


def test_a_slide_is_in_the_title_without_its_name(bench: Bench) -> None:
    list(bench.chat.ask("ada", None, "Is it benign?", [], Sampling(), [bench.mark()]))
    (listed,) = bench.chat.conversations("ada")
    assert listed.title == f"Is it benign? · slide {bench.slide_id[:6]}"

"""A larger model in place of the bridge: what it is told, and what is shown and kept of it."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import TalkerUnreachable
from clover_chat.services.chat import ChatService, PatchView
from clover_chat.services.talking import Talking
from clover_chat.services.views import PartView, Started
from clover_chat.storage.images import ImageStore
from clover_chat.talker.request import Endpoint, TalkRequest
from clover_chat.types import Author, Ending, Sampling
from tests.fakes import ReadyHost, ScriptedEngine
from tests.knowledge.readings import reading
from tests.services.asking import EOSIN, small_shelf

ENDPOINT = Endpoint("http://127.0.0.1:9/v1", "big")
QUESTION = "Is the eosin of this picture strong?"


class ScriptedTalker:
    """Says its pieces, then fails if it was told to, and remembers what it was told."""

    def __init__(self, *pieces: str, is_broken: bool = False) -> None:
        self.told: list[TalkRequest] = []
        self._pieces, self._is_broken = pieces, is_broken

    def talk(self, request: TalkRequest) -> Generator[str, None, None]:
        self.told.append(request)
        yield from self._pieces
        if self._is_broken:
            raise TalkerUnreachable("Nobody answers there.")


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(["This is lung adenocarcinoma."], reading=reading())


def answer(
    talker: ScriptedTalker,
    engine: ScriptedEngine,
    sessions: sessionmaker[Session],
    images: ImageStore,
    patch: PatchView,
    folder: Path,
) -> list[PartView]:
    talking = Talking(talker, ENDPOINT, small_shelf(folder / "shelf"))
    chat = ChatService(sessions, images, ReadyHost(engine), talking=talking)
    started, *_ = chat.ask("ada", None, QUESTION, [patch.key], Sampling())
    assert isinstance(started, Started)
    view = chat.history("ada", started.conversation_id)[-1]
    assert view.status is Ending.COMPLETE
    return list(view.parts)


def test_it_is_told_findings_and_passages_and_the_person_is_told_what_leaves(
    engine: ScriptedEngine,
    sessions: sessionmaker[Session],
    images: ImageStore,
    patch: PatchView,
    tmp_path: Path,
) -> None:
    talker = ScriptedTalker("It is ", "pink.")
    said, written = answer(talker, engine, sessions, images, patch, tmp_path)
    assert said.author is Author.FIXED
    assert said.text.startswith("For this answer your question")
    assert "no picture leave this server for the model big at 127.0.0.1:9." in said.text
    assert (written.author, written.text) == (Author.TALKER, "It is pink.")
    [told] = talker.told
    assert told.question == QUESTION
    assert told.readings == (reading(),)
    assert [passage.text for passage in told.passages] == [EOSIN]
    assert engine.asked == []


def test_where_nobody_answers_the_bridge_does(
    engine: ScriptedEngine,
    sessions: sessionmaker[Session],
    images: ImageStore,
    patch: PatchView,
    tmp_path: Path,
) -> None:
    talker = ScriptedTalker(is_broken=True)
    _, why, written, _ = answer(talker, engine, sessions, images, patch, tmp_path)
    assert why.text == "Nobody answers there. The default model answers instead."
    assert (written.author, written.text) == (Author.BRIDGE, "This is lung adenocarcinoma.")


def test_what_broke_off_stays_and_says_so_before_the_bridge_answers(
    engine: ScriptedEngine,
    sessions: sessionmaker[Session],
    images: ImageStore,
    patch: PatchView,
    tmp_path: Path,
) -> None:
    talker = ScriptedTalker("It is ", is_broken=True)
    _, broken, written, _ = answer(talker, engine, sessions, images, patch, tmp_path)
    assert (broken.author, broken.text) == (Author.TALKER, "It is ")
    assert broken.cut_reason == "Nobody answers there. The default model answers instead."
    assert written.author is Author.BRIDGE

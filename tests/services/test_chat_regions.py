"""Asking about regions of slides."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import QuestionError, SlideError, SlideNotFound
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.services.chat import ChatService, Event, MessageView, Started
from clover_chat.services.looking import LookSummary
from clover_chat.services.parts import PartBegun
from clover_chat.services.regions import Place
from clover_chat.services.sights import MOST_REGIONS
from clover_chat.slides.geometry import Box
from clover_chat.slides.quality import BLURRED_REMARK, EMPTY_REMARK
from clover_chat.storage.images import ImageStore
from clover_chat.storage.regions import RegionNotFound
from clover_chat.storage.tables import Message, Region
from clover_chat.types import Author, Ending, ModelState, Picture, Sampling, Stage
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost
from tests.services.conftest import MakeBench
from tests.services.files import encoded, tissue, write
from tests.services.slides import EVERYTHING, GLASS, TISSUE, Bench

SAMPLING = Sampling(max_tokens=16)


def run(events: Iterator[Event]) -> Started:
    first, *_ = events
    assert isinstance(first, Started)
    return first


def begin(bench: Bench, *region_ids: int, question: str = "Organ?") -> Started:
    return run(bench.chat.ask("ada", None, question, [], SAMPLING, region_ids))


def go_on(bench: Bench, started: Started, question: str, *region_ids: int) -> Started:
    return run(bench.chat.ask("ada", started.conversation_id, question, [], SAMPLING, region_ids))


def shown(bench: Bench, started: Started) -> list[MessageView]:
    return bench.chat.history("ada", started.conversation_id)


def pictures_of(bench: Bench, *boxes: Box) -> list[str]:
    reader = bench.viewing.regions
    return [picture.key for box in boxes for picture in reader.pictures(Place(bench.slide_id, box))]


def keys(pictures: tuple[Picture, ...]) -> list[str]:
    return [picture.key for picture in pictures]


def counts(sessions: sessionmaker[Session]) -> list[int | None]:
    with sessions() as session:
        return [session.scalar(select(func.count()).select_from(t)) for t in (Message, Region)]


def test_the_model_is_given_the_region_and_the_conversation_shows_it(
    bench: Bench, engine: ScriptedEngine
) -> None:
    region_id = bench.mark()
    started = begin(bench, region_id)
    ((turn,), _) = engine.asked[0]
    assert keys(turn.pictures) == pictures_of(bench, TISSUE)
    assert turn.pictures[0].load().size == (500, 400)
    question, answer = shown(bench, started)
    assert question.regions == (bench.viewing.region("ada", region_id),)
    assert (answer.regions, answer.content) == ((), "Colon adenocarcinoma.")


def test_a_large_region_is_given_as_overview_and_details_in_one_turn(
    bench: Bench, engine: ScriptedEngine
) -> None:
    begin(bench, bench.mark(EVERYTHING))
    ((turn,), _) = engine.asked[0]
    assert len(turn.pictures) > 1
    assert keys(turn.pictures) == pictures_of(bench, EVERYTHING)


def test_patches_and_regions_are_asked_about_together(
    bench: Bench, engine: ScriptedEngine, tmp_path: Path
) -> None:
    patch = bench.chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")))
    marked = [bench.mark(TISSUE.moved(30, 0)), bench.mark()]
    started = run(bench.chat.ask("ada", None, "Same?", [patch.key], SAMPLING, [*marked, marked[0]]))
    ((turn,), _) = engine.asked[0]
    assert keys(turn.pictures) == [
        patch.key,
        *pictures_of(bench, TISSUE.moved(30, 0), TISSUE),
    ]
    question = shown(bench, started)[0]
    assert question.patches == (patch,)
    assert [region.id for region in question.regions] == marked


def test_a_later_question_is_about_the_last_region_until_another_is_marked(
    bench: Bench, engine: ScriptedEngine
) -> None:
    elsewhere = TISSUE.moved(60, 60)
    started = begin(bench, bench.mark())
    go_on(bench, started, "Benign?")
    go_on(bench, started, "And here?", bench.mark(elsewhere))
    go_on(bench, started, "Sure?")
    turns, _ = engine.asked[-1]
    places = [TISSUE, TISSUE, elsewhere, elsewhere]
    assert [keys(turn.pictures) for turn in turns] == [pictures_of(bench, box) for box in places]
    assert [len(message.regions) for message in shown(bench, started)[::2]] == [1, 0, 1, 0]


def test_retried_and_edited_questions_keep_their_regions(
    bench: Bench, engine: ScriptedEngine
) -> None:
    started = begin(bench, bench.mark())
    cid = started.conversation_id
    run(bench.chat.retry("ada", cid, started.answer_id, SAMPLING))
    run(bench.chat.edit("ada", cid, started.question_id, "Stain?", SAMPLING))
    for (turn,), _ in engine.asked:
        assert keys(turn.pictures) == pictures_of(bench, TISSUE)
    edited = shown(bench, started)[0]
    assert (edited.content, len(edited.regions)) == ("Stain?", 1)


def test_a_conversation_about_a_region_is_the_same_after_a_restart(
    bench: Bench, make_bench_of: MakeBench
) -> None:
    started = begin(bench, bench.mark())
    restarted = make_bench_of("sharp")
    assert shown(restarted, started) == shown(bench, started)
    go_on(restarted, started, "Benign?")


# Remarks


@pytest.mark.parametrize(
    ("kind", "box", "remark"),
    [("sharp", GLASS, EMPTY_REMARK), ("blurred", TISSUE, BLURRED_REMARK)],
)
def test_an_answer_about_an_empty_or_blurred_region_begins_by_saying_so(
    make_bench_of: MakeBench, kind: str, box: Box, remark: str
) -> None:
    bench = make_bench_of(kind)
    started, *events = bench.chat.ask("ada", None, "Organ?", [], SAMPLING, [bench.mark(box)])
    assert isinstance(started, Started)
    assert events == [
        PartBegun(Author.FIXED),
        remark,
        PartBegun(Author.BRIDGE),
        "Colon",
        " adenocarcinoma.",
    ]
    assert shown(bench, started)[1].content == f"{remark}\n\nColon adenocarcinoma."


def test_the_remark_is_repeated_as_long_as_the_region_is_asked_about(
    bench: Bench, engine: ScriptedEngine
) -> None:
    started = begin(bench, bench.mark(GLASS))
    go_on(bench, started, "Benign?")
    go_on(bench, started, "And here?", bench.mark())
    remarked = [message.content.startswith(EMPTY_REMARK) for message in shown(bench, started)[1::2]]
    assert remarked == [True, True, False]
    turns, _ = engine.asked[-1]
    assert [turn.answer for turn in turns] == ["Colon adenocarcinoma."] * 2 + [None]


def test_of_several_regions_it_is_said_which_is_empty(bench: Bench) -> None:
    started = begin(bench, bench.mark(), bench.mark(GLASS))
    assert shown(bench, started)[1].content.startswith(f"Region 2: {EMPTY_REMARK}\n\n")


def test_the_remark_does_not_wait_for_the_model(
    make_bench_of: MakeBench, engine: ScriptedEngine
) -> None:
    states = [ModelState(Stage.LOADING), ModelState(Stage.READY)]
    bench = make_bench_of("sharp", SlowHost(states, engine))
    events = bench.chat.ask("ada", None, "Organ?", [], SAMPLING, [bench.mark(GLASS)])
    started, begun, first = next(events), next(events), next(events)
    assert isinstance(started, Started)
    assert begun == PartBegun(Author.FIXED)
    assert first == EMPTY_REMARK
    assert next(events) == states[0]
    events.close()
    answer = shown(bench, started)[1]
    assert (answer.content, answer.status) == (EMPTY_REMARK, Ending.STOPPED)


# What cannot be asked


def test_a_region_that_is_not_there_leaves_nothing_behind(
    bench: Bench, engine: ScriptedEngine, sessions: sessionmaker[Session]
) -> None:
    theirs = bench.mark(owner="bob")
    before = counts(sessions)
    for region_id in theirs, 10_000:
        with pytest.raises(RegionNotFound):
            begin(bench, region_id)
    assert counts(sessions) == before
    assert engine.asked == []


def test_a_slide_that_has_gone_cannot_be_asked_about_but_its_conversation_stays(
    bench: Bench, engine: ScriptedEngine, tmp_path: Path
) -> None:
    region_id = bench.mark()
    started = begin(bench, region_id)
    bench.library.get(bench.slide_id).path.unlink()
    with pytest.raises(SlideNotFound):
        go_on(bench, started, "And here?", region_id)
    assert len(shown(bench, started)) == 2
    with pytest.raises(SlideNotFound):
        go_on(bench, started, "Benign?")
    assert shown(bench, started)[-1].status is Ending.FAILED

    patch = bench.chat.add_patch(write(tmp_path, encoded(tissue(), "PNG")))
    run(bench.chat.ask("ada", started.conversation_id, "And this?", [patch.key], SAMPLING))
    turns, _ = engine.asked[-1]
    assert [keys(turn.pictures) for turn in turns] == [[], [patch.key]]
    assert len(shown(bench, started)[0].regions) == 1


def test_a_slide_that_turns_out_to_be_damaged_is_one_sentence(bench: Bench) -> None:
    region_id = bench.mark()
    path = bench.library.get(bench.slide_id).path
    path.write_bytes(path.read_bytes()[:500])
    events = bench.chat.ask("ada", None, "Organ?", [], SAMPLING, [region_id])
    started = next(events)
    assert isinstance(started, Started)
    with pytest.raises(SlideError):
        list(events)
    assert shown(bench, started)[1].status is Ending.FAILED


def test_a_question_about_nothing_is_told_of_both_ways(bench: Bench) -> None:
    with pytest.raises(QuestionError, match=r"Add a patch first, or mark a region"):
        begin(bench)


def test_a_question_is_about_few_regions(bench: Bench, engine: ScriptedEngine) -> None:
    marked = [bench.mark(TISSUE.moved(i, 0)) for i in range(MOST_REGIONS + 1)]
    with pytest.raises(QuestionError, match="up to 8 regions; this one has 9"):
        begin(bench, *marked)
    assert engine.asked == []


def test_a_server_without_slides_says_so(
    bench: Bench, sessions: sessionmaker[Session], images: ImageStore, engine: ScriptedEngine
) -> None:
    chat = ChatService(sessions, images, ReadyHost(engine))
    with pytest.raises(SlideError, match="shows no slides"):
        next(chat.ask("ada", None, "Organ?", [], SAMPLING, [bench.mark()]))


# Deleting


def test_a_region_that_is_asked_about_loses_only_its_name(bench: Bench) -> None:
    region_id = bench.mark(name="Mitosis")
    started = begin(bench, region_id)
    bench.viewing.remove_region("ada", region_id)
    assert bench.viewing.bookmarks("ada", bench.slide_id) == []
    (region,) = shown(bench, started)[0].regions
    assert (region.id, region.name) == (region_id, "")
    assert region.preview.is_file()


def test_a_deleted_conversation_takes_its_regions_along_but_no_bookmarks(
    bench: Bench, sessions: sessionmaker[Session]
) -> None:
    unnamed, named, shared = (
        bench.mark(),
        bench.mark(TISSUE.moved(30, 0), "Mitosis"),
        bench.mark(TISSUE.moved(60, 0)),
    )
    previews = [bench.viewing.region("ada", each).preview for each in (unnamed, named, shared)]
    gone = begin(bench, unnamed, named, shared)
    stays = begin(bench, shared)
    bench.chat.delete("ada", gone.conversation_id)
    assert [preview.exists() for preview in previews] == [False, True, True]
    assert len(shown(bench, stays)[0].regions) == 1
    bench.chat.delete("ada", stays.conversation_id)
    assert [preview.exists() for preview in previews] == [False, True, False]
    assert counts(sessions) == [0, 1]


# With a model


def test_a_miniature_model_answers_about_regions_and_embeds_them(
    make_bench_of: MakeBench, tmp_path: Path
) -> None:
    engine = open_engine("clover-tiny", None, Places(tmp_path, None, lambda state: None))
    bench = make_bench_of("sharp", ReadyHost(engine))
    started = begin(bench, bench.mark(EVERYTHING), bench.mark())
    answer = go_on(bench, started, "Benign?")
    assert answer.answer_id > started.answer_id
    for message in shown(bench, started)[1::2]:
        assert message.status is Ending.COMPLETE
        assert message.figures is not None
        assert message.figures.answer_tokens > 0
    *_, summary = bench.viewing.look_over("ada", bench.slide_id, ReadyHost(engine))
    assert isinstance(summary, LookSummary)
    assert "differ most" in summary.text

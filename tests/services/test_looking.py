from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial

import pytest

from clover_chat.errors import GenerationFailed, ModelNotReady
from clover_chat.services.looking import (
    NO_TISSUE,
    SHOWN,
    FoundRegion,
    LookEvent,
    LookProgress,
    LookSummary,
    look_over,
    one_line,
    summary,
)
from clover_chat.services.regions import Place
from clover_chat.slides.geometry import Box
from clover_chat.types import ModelHost, ModelState, Stage, Waiting
from tests.fakes import ReadyHost, ScriptedEngine, SlowHost
from tests.services.conftest import MakeBench
from tests.services.slides import Bench

READINGS = ["Muscle.", "Fat.", "Gland.", "Fat.", "Nerve."]


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(READINGS)


@pytest.fixture
def patchwork(make_bench_of: MakeBench) -> Bench:
    """Return services that show four kinds of tissue, one in each corner of a slide."""
    return make_bench_of("patchwork")


def look(bench: Bench, engine: ScriptedEngine) -> list[LookEvent]:
    return list(start(bench, ReadyHost(engine)))


def start(bench: Bench, host: ModelHost) -> Generator[LookEvent, None, None]:
    """Look at few places, for the sake of speed."""
    slide_id = bench.slide_id
    mark = partial(bench.viewing.add_region, "ada", slide_id)
    return look_over(bench.viewing.regions, slide_id, host, mark, limit=9)


def found(events: Sequence[LookEvent]) -> list[FoundRegion]:
    return [event for event in events if isinstance(event, FoundRegion)]


def progress(events: Sequence[LookEvent]) -> list[LookProgress]:
    return [event for event in events if isinstance(event, LookProgress)]


def box_of(event: FoundRegion) -> Box:
    region = event.region
    return Box(region.x, region.y, region.width, region.height)


def corner(event: FoundRegion) -> tuple[bool, bool]:
    x, y = box_of(event).centre
    return x > 1500, y > 1000


def test_the_places_found_show_every_kind_of_tissue(
    patchwork: Bench, engine: ScriptedEngine
) -> None:
    places = found(look(patchwork, engine))
    assert len(places) == SHOWN
    assert len({corner(place) for place in places[:4]}) == 4
    mask = patchwork.viewing.regions.tissue(patchwork.slide_id)
    for place in places:
        assert mask.share(box_of(place)) > 0.2


def test_each_place_has_a_number_a_reading_and_can_be_asked_about(
    patchwork: Bench, engine: ScriptedEngine
) -> None:
    places = found(look(patchwork, engine))
    assert [place.number for place in places] == [1, 2, 3, 4, 5]
    assert [place.reading for place in places] == READINGS
    for place in places:
        assert patchwork.viewing.region("ada", place.region.id) == place.region
    assert [turn.pictures[0].key for (turn,), _ in engine.asked] == [
        patchwork.viewing.regions.pictures(Place(patchwork.slide_id, box_of(place)))[0].key
        for place in places
    ]


def test_progress_only_grows_and_the_summary_comes_last(
    patchwork: Bench, engine: ScriptedEngine
) -> None:
    events = look(patchwork, engine)
    *before, last = events
    done = [event.done for event in progress(before)]
    assert done == sorted(done)
    steps = progress(before)[-1]
    assert steps.done == steps.total == len(engine.embedded) + SHOWN
    assert isinstance(last, LookSummary)
    assert "2, 4: Fat." in last.text
    assert not any(isinstance(event, LookSummary) for event in before)


def test_it_begins_for_whom_the_slide_is_there(patchwork: Bench, engine: ScriptedEngine) -> None:
    events = patchwork.viewing.look_over("ada", patchwork.slide_id, ReadyHost(engine))
    assert next(events) == LookProgress(0, 0, "Finding the tissue")
    events.close()


def test_looking_twice_finds_the_same_regions(patchwork: Bench, engine: ScriptedEngine) -> None:
    once, again = found(look(patchwork, engine)), found(look(patchwork, engine))
    assert [place.region for place in once] == [place.region for place in again]
    assert patchwork.viewing.bookmarks("ada", patchwork.slide_id) == []


def test_a_slide_without_tissue_needs_no_model(
    make_bench_of: MakeBench, engine: ScriptedEngine
) -> None:
    *_, last = look(make_bench_of("glass"), engine)
    assert last == LookSummary(NO_TISSUE)
    assert engine.asked == []
    assert engine.embedded == []


def test_places_out_of_focus_are_left_out(make_bench_of: MakeBench, engine: ScriptedEngine) -> None:
    events = look(make_bench_of("blurred"), engine)
    assert found(events) == []
    last = events[-1]
    assert isinstance(last, LookSummary)
    assert "\n0 of " in last.text


def test_closing_it_stops_the_model(patchwork: Bench, engine: ScriptedEngine) -> None:
    with closing(start(patchwork, ReadyHost(engine))) as events:
        while not engine.generations:
            next(events)
        next(events)
    assert [generation.is_closed for generation in engine.generations] == [True]


def test_it_can_be_stopped_while_it_looks(patchwork: Bench, engine: ScriptedEngine) -> None:
    events = start(patchwork, ReadyHost(engine))
    while len(engine.embedded) < 2:
        next(events)
    events.close()
    assert len(engine.embedded) == 2
    assert engine.asked == []


def test_it_says_when_it_waits_in_line(patchwork: Bench) -> None:
    engine = ScriptedEngine([[Waiting(3), "Fat."]], line=(2, 1))
    sentences = [event.sentence for event in progress(look(patchwork, engine))]
    for place in (1, 2, 3):
        assert f"Waiting in line, place {place}" in sentences


def test_it_waits_for_the_model(patchwork: Bench, engine: ScriptedEngine) -> None:
    states = [ModelState(Stage.FETCHING, "Fetching the weights"), ModelState(Stage.READY)]
    host = SlowHost(states, engine)
    events = list(start(patchwork, host))
    assert "Fetching the weights" in [event.sentence for event in progress(events)]
    assert len(found(events)) == SHOWN


def test_a_model_that_cannot_answer_is_one_sentence(patchwork: Bench) -> None:
    failing = ScriptedEngine(fail_after=0, error=GenerationFailed("The model gave up."))
    with pytest.raises(GenerationFailed, match="gave up"):
        look(patchwork, failing)
    host = SlowHost([ModelState(Stage.FAILED)], failing)
    with pytest.raises(ModelNotReady):
        list(start(patchwork, host))


def test_a_reading_is_one_line() -> None:
    assert one_line("\n Fat.  \nMuch more.") == "Fat."
    assert one_line(" \n") == "The model said nothing about this place."


def test_the_summary_tells_what_was_looked_at() -> None:
    text = summary(0.314, 32, 30, ["Fat.", "Gland.", "Fat."])
    assert text.splitlines() == [
        "Tissue covers 31% of the scanned area.",
        "30 of 32 places looked at hold tissue in focus.",
        "Of 30 places, these 3 differ most from each other:",
        "1, 3: Fat.",
        "2: Gland.",
    ]
    assert summary(0.5, 1, 1, ["Fat."]).splitlines()[1:] == ["1: Fat."]

"""What the viewer's events do; whatever a browser sends is doubted."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from clover_chat.services.viewing import ViewingService
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.slides import MOST_REGIONS, SlideHandlers
from clover_chat.ui.uploads import Draft
from tests.fakes import ScriptedEngine
from tests.services.slides import PATIENT, TISSUE, Bench
from tests.ui.conftest import SETTINGS

BOX = list(TISSUE)


@pytest.fixture
def on(handlers: Handlers) -> SlideHandlers:
    return handlers.slides


def said(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def draft(text: str) -> Draft:
    return {"text": text, "files": []}


def listed(on: SlideHandlers, person: gr.Request) -> dict[str, Any]:
    on.on_list(said(isFirst=True), person)
    for _ in range(100):
        news: dict[str, Any] = on.on_list(said(), person)["slides"]
        if not news["isScanning"]:
            return news
        time.sleep(0.05)
    raise AssertionError("looking for slides never ends")


def test_slides_are_listed_and_opened_without_their_names(
    on: SlideHandlers, bench: Bench, ada: gr.Request
) -> None:
    news = listed(on, ada)
    assert [row["id"] for row in news["rows"]] == [bench.slide_id]
    opened = on.on_open(said(slide=bench.slide_id), ada)
    assert opened["slide"]["permit"].startswith("t=")
    assert PATIENT not in json.dumps([news, opened])


def test_a_slide_that_is_not_there_is_one_sentence(
    on: SlideHandlers, ada: gr.Request, sentences: list[str]
) -> None:
    assert on.on_open(said(slide="0" * 64), ada)["slide"]["isRefused"]
    assert len(sentences) == 1


def test_what_was_pointed_at_is_what_the_question_is_about(
    on: SlideHandlers,
    handlers: Handlers,
    bench: Bench,
    desk: Desk,
    ada: gr.Request,
    engine: ScriptedEngine,
) -> None:
    strip = on.on_point(desk, said(slide=bench.slide_id, box=BOX), ada)
    assert "250 \u00d7 200 µm" in strip
    screen = handlers.on_ask(draft("Which organ?"), "", desk, ada, *SETTINGS)
    assert screen[3] == ""
    assert desk.region_ids == []
    messages = list(handlers.on_follow(desk, ada))[-1][1]["value"]
    assert f'data-slide="{bench.slide_id}"' in messages[0]["content"][0].value
    assert messages[0]["content"][1] == "Which organ?"
    assert len(engine.asked[0][0][0].pictures) == 1


def test_a_first_question_is_about_what_is_on_screen_and_a_later_one_about_the_same(
    handlers: Handlers, bench: Bench, desk: Desk, ada: gr.Request, engine: ScriptedEngine
) -> None:
    view = json.dumps({"slide": bench.slide_id, "box": BOX})
    handlers.on_ask(draft("Which organ?"), view, desk, ada, *SETTINGS)
    list(handlers.on_follow(desk, ada))
    moved = json.dumps({"slide": bench.slide_id, "box": [0, 0, 100, 100]})
    handlers.on_ask(draft("Which stain?"), moved, desk, ada, *SETTINGS)
    list(handlers.on_follow(desk, ada))
    first, second = engine.asked[0][0][-1], engine.asked[1][0][-1]
    assert [p.key for p in first.pictures] == [p.key for p in second.pictures]


def test_a_sample_question_is_about_the_slide_that_is_shown(
    handlers: Handlers, bench: Bench, desk: Desk, ada: gr.Request, chat: Any
) -> None:
    view = json.dumps({"slide": bench.slide_id, "box": BOX})
    handlers.on_sample(draft(""), view, desk, said(place="1"), ada, *SETTINGS)
    list(handlers.on_follow(desk, ada))
    question = chat.history("person:ada", desk.conversation_id)[0]
    assert len(question.regions) == 1
    assert question.patches == ()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"slide": "nonsense", "box": BOX},
        {"box": BOX},
        {"region": "1; drop table"},
        {"region": 10**30},
        {"region": 4711},
        {"slide": None, "box": [-5, 0, 1, 1]},
    ],
)
def test_pointing_at_nothing_is_a_sentence(
    on: SlideHandlers, desk: Desk, ada: gr.Request, sentences: list[str], data: dict[str, Any]
) -> None:
    on.on_point(desk, said(**data), ada)
    assert len(sentences) == 1
    assert desk.region_ids == []


def test_nobody_points_at_somebody_elses_region(
    on: SlideHandlers, bench: Bench, desk: Desk, eve: gr.Request, sentences: list[str]
) -> None:
    foreign = bench.mark(owner="person:ada")
    on.on_point(desk, said(region=foreign), eve)
    assert len(sentences) == 1
    assert desk.region_ids == []


def test_a_region_can_be_left_out_again_and_there_is_an_end_to_them(
    on: SlideHandlers, bench: Bench, desk: Desk, ada: gr.Request, sentences: list[str]
) -> None:
    for number in range(MOST_REGIONS + 1):
        on.on_point(desk, said(slide=bench.slide_id, box=[900 + 20 * number, 700, 300, 300]), ada)
    assert len(desk.region_ids) == MOST_REGIONS
    assert len(sentences) == 1
    on.on_drop(desk, said(region=str(desk.region_ids[0])), ada)
    assert len(desk.region_ids) == MOST_REGIONS - 1


def test_bookmarks_are_kept_renamed_exported_imported_and_removed(
    on: SlideHandlers, bench: Bench, ada: gr.Request
) -> None:
    kept = on.on_keep(said(slide=bench.slide_id, box=BOX, name="Margin"), ada)
    (mark,) = kept["marks"]["regions"]
    assert (mark["name"], mark["box"]) == ("Margin", BOX)
    renamed = on.on_keep(said(slide=bench.slide_id, region=mark["id"], name="Edge"), ada)
    assert renamed["marks"]["regions"][0]["name"] == "Edge"
    file = on.on_export(said(slide=bench.slide_id), ada)["file"]
    assert PATIENT not in json.dumps(file)
    on.on_forget(said(slide=bench.slide_id, region=mark["id"]), ada)
    brought = on.on_import(said(slide=bench.slide_id, text=file["text"]), ada)
    assert [each["name"] for each in brought["marks"]["regions"]] == ["Edge"]


def test_a_file_that_is_no_geojson_is_one_sentence(
    on: SlideHandlers, bench: Bench, ada: gr.Request, sentences: list[str]
) -> None:
    on.on_import(said(slide=bench.slide_id, text="{"), ada)
    assert len(sentences) == 1


def test_looking_over_a_slide_shows_what_it_finds_and_ends(
    on: SlideHandlers, bench: Bench, desk: Desk, ada: gr.Request
) -> None:
    news = [each["look"] for each in on.on_look(desk, said(slide=bench.slide_id), ada)]
    assert news[-1]["isDone"]
    assert news[-1]["found"]
    assert news[-1]["summary"]
    assert [each["number"] for each in news[-1]["found"]] == list(
        range(1, len(news[-1]["found"]) + 1)
    )


def test_looking_stops_when_somebody_says_so(
    on: SlideHandlers, bench: Bench, desk: Desk, ada: gr.Request
) -> None:
    news = on.on_look(desk, said(slide=bench.slide_id), ada)
    next(news)
    on.on_stop_look(desk)
    (last,) = list(news)
    assert last["look"]["isDone"]
    assert last["look"]["sentence"] == "Stopped."


def test_an_uploaded_slide_is_opened_and_its_file_and_name_are_gone(
    on: SlideHandlers,
    viewing: ViewingService,
    ada: gr.Request,
    eve: gr.Request,
    upload_dir: Path,
    slide_folder: Path,
    tmp_path: Path,
) -> None:
    path = upload_dir / f"{PATIENT}_2.tif"
    shutil.copyfile(slide_folder / f"{PATIENT}.tif", path)
    os.truncate(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(b"another slide")
    opened = on.on_upload(said(path=str(path)), ada)
    assert not path.exists()
    slide_id = opened["slide"]["id"]
    assert slide_id in {slide.id for slide in viewing.slides("person:ada")}
    assert PATIENT not in json.dumps(opened)
    on.on_discard(said(slide=slide_id), eve)
    assert {slide.id for slide in viewing.slides("person:ada")} >= {slide_id}


@pytest.mark.parametrize("where", ["/etc/passwd", "../DOE.svs", "", "a\0b"])
def test_an_upload_is_only_ever_taken_from_the_uploads(
    on: SlideHandlers, ada: gr.Request, sentences: list[str], tmp_path: Path, where: str
) -> None:
    on.on_upload(said(path=where), ada)
    assert len(sentences) == 1
    assert Path("/etc/passwd").exists()


def test_an_upload_that_is_no_slide_is_one_sentence_without_its_name(
    on: SlideHandlers, ada: gr.Request, sentences: list[str], upload_dir: Path
) -> None:
    path = upload_dir / f"{PATIENT}.svs"
    path.write_text("not a slide")
    assert on.on_upload(said(path=str(path)), ada)["slide"]["isRefused"]
    assert len(sentences) == 1
    assert PATIENT not in sentences[0]
    assert not path.exists()

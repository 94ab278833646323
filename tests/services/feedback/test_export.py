"""What an export selects, marks, leaves out and says of itself."""

import logging
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from clover_chat.errors import ExportError
from clover_chat.services.feedback.export import FeedbackExport
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.selection import Filters
from clover_chat.services.patches import load_patch, pixel_hash
from clover_chat.storage.regions import get_region
from clover_chat.types import Reason, Thumb
from tests.services.conftest import MakeBench
from tests.services.feedback.judged import NOON, Lab, contents, lines

DAY = timedelta(days=1)
WORDS = (
    "The section shows colonic mucosa with crowded irregular glands that invade the muscle below "
    "and are lined by tall cells with dark nuclei, many mitoses and necrosis in their lumina. The "
    "stroma around them is loose and holds lymphocytes, plasma cells and few eosinophils. Vessels "
    "are thin and open. The surface is ulcerated over half of its length, and what is left of it "
    "bears small regular crypts with goblet cells, as one sees them far from any tumour."
)


def test_only_what_people_consent_to_is_exported_and_revoking_takes_it_out(lab: Lab) -> None:
    lab.judge(lab.ask(), Thumb.UP)
    lab.judge(lab.ask("Stain?", owner="person:eve"), Thumb.UP, owner="person:eve")
    assert len(lab.rows(Format.UNPAIRED)) == 1
    lab.consent(is_given=False)
    assert lab.rows(Format.UNPAIRED) == []
    assert lab.manifest()["counts"]["judgments"] == 0
    lab.consent()
    lab.consent("person:eve")
    assert len(lab.rows(Format.UNPAIRED)) == 2


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"Organ?", "Stain?", "Benign?"}),
        ({"since": (NOON + DAY).date()}, {"Stain?", "Benign?"}),
        ({"until": NOON.date()}, {"Organ?"}),
        ({"since": NOON.date(), "until": (NOON + DAY).date()}, {"Organ?", "Stain?"}),
        ({"person": "eve"}, {"Benign?"}),
        ({"person": "person:eve"}, {"Benign?"}),
        ({"bridge_version": "2.0"}, {"Stain?"}),
        ({"reason": Reason.UNSAFE}, {"Benign?"}),
        ({"reason": Reason.UNSAFE, "person": "ada"}, set()),
    ],
)
def test_filters_by_date_person_bridge_and_reason(
    lab: Lab, filters: dict[str, Any], found: set[str]
) -> None:
    lab.consent("person:eve")
    lab.judge(lab.ask("Organ?"), Thumb.UP)
    lab.judge(lab.ask("Stain?", version="2.0"), Thumb.UP, on=NOON + DAY)
    lab.judge(
        lab.ask("Benign?", owner="person:eve"),
        Thumb.DOWN,
        Reason.UNSAFE,
        owner="person:eve",
        on=NOON + 2 * DAY,
    )
    assert {row["question"] for row in lab.rows(Format.JSONL, **filters)} == found


def test_exact_and_near_copies_are_left_out_and_counted(lab: Lab) -> None:
    key = lab.patch()
    for answer in (WORDS, WORDS.upper(), WORDS.replace("tall", "high columnar")):
        lab.judge(lab.ask(answer=answer, patches=[key]), Thumb.UP)
    assert len(lab.rows(Format.UNPAIRED)) == 2  # "high" could turn a finding round
    assert lab.manifest()["counts"]["duplicates"] == {"exact": 1, "near": 0}
    lab.judge(lab.ask(answer=WORDS.replace("tall", "long"), patches=[key]), Thumb.UP)
    assert len(lab.rows(Format.UNPAIRED)) == 2
    duplicates = lab.manifest()["counts"]["duplicates"]
    assert duplicates["near"] > 0
    assert sum(duplicates.values()) == 2
    copies = [record["copy"] for record in lab.rows(Format.JSONL)]
    names = {record["record"] for record in lab.rows(Format.JSONL)}
    assert {copy["of"] for copy in copies if copy} < names
    assert copies.count(None) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes.", "No."),
        (f"{WORDS} Grade 2.", f"{WORDS} Grade 3."),
        (f"{WORDS} There is invasion.", f"{WORDS} There is no invasion."),
        ("ER+", "ER-"),
    ],
)
def test_answers_that_mean_different_things_are_no_copies(lab: Lab, one: str, other: str) -> None:
    for answer in (one, other):
        lab.judge(lab.ask(answer=answer), Thumb.UP)
    assert len(lab.rows(Format.UNPAIRED)) == 2


def test_the_same_words_about_another_picture_are_no_copy(lab: Lab) -> None:
    for width in (64, 80):
        lab.judge(lab.ask(patches=[lab.patch(width)]), Thumb.UP)
    assert len(lab.rows(Format.UNPAIRED)) == 2


def test_what_people_judge_differently_is_kept_on_both_sides_and_marked(lab: Lab) -> None:
    lab.consent("person:eve")
    lab.judge(lab.ask(), Thumb.UP)
    lab.judge(lab.ask(owner="person:eve"), Thumb.DOWN, owner="person:eve")
    lab.judge(lab.ask("Stain?", "H&E."), Thumb.UP)
    rows = lab.rows(Format.UNPAIRED)
    assert sorted(row["label"] for row in rows) == [False, True, True]
    origins = lines(lab.folder / "out" / "lineage.jsonl")
    assert sorted(origin["is_disputed"] for origin in origins) == [False, True, True]
    assert lab.manifest()["counts"]["disputed"] == 2


def test_two_different_corrections_are_a_dispute(lab: Lab) -> None:
    lab.consent("person:eve")
    lab.judge(lab.ask(), Thumb.DOWN, correction="Stomach.")
    lab.judge(lab.ask(owner="person:eve"), Thumb.DOWN, owner="person:eve", correction="Ileum.")
    assert len(lab.rows(Format.PREFERENCE)) == 2
    assert all(record["is_disputed"] for record in lab.rows(Format.JSONL))


def test_a_split_never_has_the_same_picture_on_both_sides(lab: Lab) -> None:
    keys = [lab.patch(64 + 8 * number) for number in range(24)]
    for one, other in zip(keys[0::2], keys[1::2], strict=True):
        lab.judge(lab.ask("One?", patches=[one]), Thumb.UP)
        lab.judge(lab.ask("Two?", patches=[one, other]), Thumb.UP)
        lab.judge(lab.ask("Other?", patches=[other]), Thumb.UP)
    lab.write(Format.UNPAIRED, val_share=0.5)
    sides = [
        {name for row in lines(lab.folder / "out" / f"{split}.jsonl") for name in row["images"]}
        for split in ("train", "val")
    ]
    assert all(sides)
    assert not sides[0] & sides[1]
    origins = lines(lab.folder / "out" / "lineage.jsonl")
    assert len({origin["group"] for origin in origins}) == 12


def test_a_group_stays_on_its_side_when_more_is_judged(lab: Lab) -> None:
    def sides() -> dict[str, str]:
        lab.write(Format.JSONL, val_share=0.5)
        found = lines(lab.folder / "out" / "records.jsonl")
        return {record["group"]: record["split"] for record in found}

    for width in range(64, 128, 8):
        lab.judge(lab.ask(patches=[lab.patch(width)]), Thumb.UP)
    before = sides()
    for width in range(128, 160, 8):
        lab.judge(lab.ask(patches=[lab.patch(width)]), Thumb.UP)
    after = sides()
    assert {group: after[group] for group in before} == before


@pytest.mark.parametrize("form", Format)
def test_the_same_export_twice_is_the_same_byte_for_byte(lab: Lab, form: Format) -> None:
    for number in range(6):
        at = lab.ask(f"What is it, number {number}?", patches=[lab.patch(64 + 8 * number)])
        lab.judge(at, Thumb.UP, correction="Stomach.", is_reviewed=True)
    lab.write(form, "one", val_share=0.3)
    lab.write(form, "two", val_share=0.3)
    lab.write(form, "two", val_share=0.3)  # in place of itself
    one, two = contents(lab.folder / "one"), contents(lab.folder / "two")
    assert one == two
    assert sorted(path.name for path in lab.folder.iterdir()) == ["one", "two"]


def test_the_manifest_names_options_counts_bridges_and_every_file(lab: Lab) -> None:
    lab.judge(lab.ask(patches=[lab.patch()]), Thumb.UP)
    lab.judge(lab.ask("Stain?", version="2.0"), Thumb.DOWN)
    lab.write(Format.UNPAIRED, person="ada")
    manifest = lab.manifest()
    assert manifest["format"] == "unpaired"
    assert manifest["counts"]["rows"] == {"train": 2, "val": 0}
    assert [(each["version"], each["rows"]) for each in manifest["bridges"]] == [
        ("1.0", 1),
        ("2.0", 1),
    ]
    found = contents(lab.folder / "out")
    del found["manifest.json"]
    assert manifest["files"] == {
        name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in found.items()
    }
    assert "ada" not in (lab.folder / "out" / "manifest.json").read_text()


def test_texts_are_scrubbed_and_the_manifest_counts_it(lab: Lab) -> None:
    at = lab.ask("Dr. Jane Doe sent S24-12345 on 2024-03-14. Organ?", "Colon, Mr. Doe.")
    lab.judge(at, Thumb.DOWN, comment="Mail jane@example.org", correction="Stomach of Mrs Doe.")
    (record,) = lab.rows(Format.JSONL)
    assert record["question"] == "Dr. [name] sent [number] on [date]. Organ?"
    assert record["answer"] == record["whole_answer"] == "Colon, Mr. [name]."
    assert (record["comment"], record["correction"]) == ("Mail [e-mail]", "Stomach of Mrs [name].")
    scrubbed = lab.manifest()["counts"]["scrubbed"]
    assert scrubbed == {"date": 1, "e-mail": 1, "name": 4, "number": 1}
    everything = b"".join(contents(lab.folder / "out").values())
    assert b"Doe" not in everything
    assert b"jane@" not in everything


def test_nothing_that_names_somebody_reaches_the_log(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    lab.judge(lab.ask("Is this Jane Doe's colon?"), Thumb.UP)
    with caplog.at_level(logging.DEBUG):
        lab.write(Format.UNPAIRED, person="ada")
    said = caplog.text
    assert "Exported 1 judgments as 1 rows" in said
    assert "Doe" not in said
    assert "ada" not in said


def test_persons_have_pseudonyms_that_another_server_gives_differently(lab: Lab) -> None:
    lab.judge(lab.ask(), Thumb.UP)
    (record,) = lab.rows(Format.JSONL)
    other = Pseudonyms(b"another key")
    assert record["person"] == Pseudonyms(b"k" * 32).of("person", "person:ada")
    assert record["person"] != other.of("person", "person:ada")


def test_a_judgment_whose_picture_has_gone_is_left_out_and_counted(lab: Lab) -> None:
    key = lab.patch()
    lab.judge(lab.ask(patches=[key]), Thumb.UP)
    lab.images.remove(key)
    for form in (Format.UNPAIRED, Format.JSONL):
        assert lab.rows(form) == []
        assert lab.manifest()["counts"]["left_out"] == {"picture is missing": 1}


def test_pictures_are_the_pixels_without_loss(lab: Lab) -> None:
    key = lab.patch()
    lab.judge(lab.ask(patches=[key]), Thumb.UP)
    (row,) = lab.rows(Format.UNPAIRED)
    assert pixel_hash(load_patch(lab.folder / "out" / row["images"][0])) == key


def test_a_region_is_exported_as_the_model_saw_it_and_split_by_its_slide(
    lab: Lab, make_bench_of: MakeBench
) -> None:
    bench = make_bench_of("sharp")
    lab.export = FeedbackExport(
        lab.sessions, lab.images, lambda: bench.viewing.regions, Pseudonyms(b"k" * 32)
    )
    marked = [bench.mark(), bench.mark(name="again")]
    with lab.sessions() as session:
        regions = [get_region(session, owner="ada", region_id=each) for each in marked]
    for region in regions:
        lab.judge(lab.ask(regions=[region]), Thumb.UP)
    records = lab.rows(Format.JSONL)
    assert len({record["group"] for record in records}) == 1
    image = records[0]["images"][0]
    assert image["source"] == bench.slide_id
    assert image["box"] == [regions[0].x, regions[0].y, regions[0].width, regions[0].height]
    assert pixel_hash(load_patch(lab.folder / "out" / image["file"])) == image["hash"]


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_is_none_is_refused(lab: Lab, share: float) -> None:
    with pytest.raises(ExportError, match="share"):
        lab.export.write(Format.SFT, lab.folder / "out", Filters(), share)


def spoilt_by(lab: Lab, spoil: Callable[[], object]) -> dict[str, bytes]:
    lab.judge(lab.ask(), Thumb.UP)
    lab.write(Format.UNPAIRED)
    spoil()
    before = contents(lab.folder / "out")
    with pytest.raises(ExportError, match="no earlier export"):
        lab.write(Format.UNPAIRED)
    assert contents(lab.folder / "out") == before
    return before


def test_a_folder_that_holds_something_else_is_left_alone(lab: Lab) -> None:
    out = lab.folder / "out"
    spoilt_by(lab, lambda: (out / "notes.txt").write_text("mine"))
    (out / "notes.txt").unlink()
    spoilt_by(lab, lambda: (out / "manifest.json").write_text("{}"))


def test_a_file_is_no_folder(lab: Lab) -> None:
    lab.folder.mkdir()
    (lab.folder / "out").write_text("mine")
    with pytest.raises(ExportError, match="is a file"):
        lab.write(Format.SFT)
    assert (lab.folder / "out").read_text() == "mine"

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.errors import TrainingError
from training.evaluation.intervals import Interval
from training.feedback.doubts import EVERYBODY, Doubts, find_doubts, read_doubts, write_doubts
from training.feedback.specimens import Voice
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.reading import ASPECTS, Seen

LABELS = ("basophil", "monocyte", "platelet")
WIDTH = 3
ADA, EVE = "a" * 32, "e" * 32


def seen(number: int, looks_like: str, said: str = "", split: str = "train") -> Seen:
    """Return a picture that looks like one label and was said to be another."""
    name = f"{number:064d}"
    torch.manual_seed(number)
    output = torch.cat([3 * torch.eye(3)[LABELS.index(looks_like)], torch.zeros(2)])
    output = (output + 0.3 * torch.randn(5)).double()
    specimen = Specimen(
        ImageRef(f"images/{number}.png", name, name),
        "pbc_cells",
        "none",
        said or looks_like,
        "peripheral blood",
        "Giemsa",
        split,
    )
    return Seen(specimen, dict.fromkeys(ASPECTS, output))


KNOWN = [
    seen(10 * number + place, label, split="val" if number % 4 == 0 else "train")
    for place, label in enumerate(LABELS[::2])
    for number in range(1, 13)
]


def judged(pictures: int, wrong: int) -> list[Seen]:
    """Return pictures of a label the lab does not know; the first ones are said to be another."""
    return [
        seen(1000 + number, "monocyte", "platelet" if number < wrong else "")
        for number in range(pictures)
    ]


def said_by(person: str, day: str, named: list[Seen]) -> dict[str, tuple[Voice, ...]]:
    voice = Voice(person, day, "What is it?", "This.")
    return {each.specimen.image.sha256: (voice,) for each in named}


def test_right_answers_about_a_new_label_are_not_doubted() -> None:
    named = judged(30, wrong=0)
    found = find_doubts(KNOWN, named, said_by(ADA, "2026-01-01", named), WIDTH, "c")
    assert found.shares[EVERYBODY].value < 0.05
    assert not found.above(0.1)


def test_wrong_answers_are_counted_and_named_with_who_said_them() -> None:
    named = judged(40, wrong=12)
    found = find_doubts(KNOWN, named, said_by(ADA, "2026-01-01", named), WIDTH, "c")
    assert found.shares[EVERYBODY].low > 0.1
    assert 0.15 < found.shares[EVERYBODY].value < 0.45
    assert found.above(0.1).keys() == found.shares.keys()
    wrong = {each.specimen.image.sha256 for each in named[:12]}
    suspected = {each.image for each in found.suspected}
    assert len(suspected & wrong) >= 4
    assert len(suspected - wrong) <= 2
    first = found.suspected[0]
    assert (first.said, first.likelier) == ("platelet", "monocyte")
    assert first.of_likelier > first.of_said
    assert first.voices == (Voice(ADA, "2026-01-01", "What is it?", "This."),)


def test_one_bad_day_does_not_hide_among_good_ones() -> None:
    good = [seen(2000 + number, "monocyte") for number in range(160)]
    bad = judged(20, wrong=12)
    voices = said_by(ADA, "2026-01-01", good) | said_by(EVE, "2026-01-02", bad)
    found = find_doubts(KNOWN, [*good, *bad], voices, WIDTH, "c")
    assert found.shares[EVERYBODY].low < 0.1
    assert set(found.above(0.1)) == {f"person {EVE[:12]}", f"person {EVE[:12]} on 2026-01-02"}


def test_a_few_pictures_are_no_bad_day() -> None:
    good, bad = judged(40, wrong=0), [seen(4000 + n, "monocyte", "platelet") for n in range(2)]
    voices = said_by(ADA, "2026-01-01", good) | said_by(EVE, "2026-01-02", bad)
    found = find_doubts(KNOWN, [*good, *bad], voices, WIDTH, "c")
    assert not any(EVE[:12] in name for name in found.shares)
    assert not found.above(0.1)
    assert find_doubts(KNOWN, bad, voices, WIDTH, "c").shares == {}


def test_a_label_that_one_picture_alone_was_said_to_be_is_not_doubted() -> None:
    named = [*judged(20, wrong=0), seen(3000, "monocyte", "neutrophil")]
    found = find_doubts(KNOWN, named, said_by(ADA, "2026-01-01", named), WIDTH, "c")
    assert "neutrophil" not in {each.said for each in found.suspected}


def test_answers_that_name_no_label_leave_nothing_to_doubt() -> None:
    named = [replace(each, specimen=replace(each.specimen, label="")) for each in judged(5, 0)]
    assert find_doubts(KNOWN, named, {}, WIDTH, "c") == Doubts("c", {}, ())


def test_doubts_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    named = judged(20, wrong=5)
    found = find_doubts(KNOWN, named, said_by(ADA, "2026-01-01", named), WIDTH, "c")
    assert found.suspected
    write_doubts(tmp_path / "doubts.json", found)
    assert read_doubts(tmp_path / "doubts.json") == found


@pytest.mark.parametrize("held", [None, "{}", '{"candidate": "c", "shares": {"a": 1}}'])
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, held: str | None) -> None:
    if held is not None:
        (tmp_path / "doubts.json").write_text(held)
    with pytest.raises(TrainingError, match="clover-train feedback wrote"):
        read_doubts(tmp_path / "doubts.json")


def test_only_what_lies_above_the_limit_for_sure_is_above_it() -> None:
    shares = {"a": Interval(0.2, 0.09, 0.3, 9, 9), "b": Interval(0.2, 0.11, 0.3, 9, 9)}
    assert set(Doubts("c", shares, ()).above(0.1)) == {"b"}

import json
import re
from pathlib import Path

import pytest

from clover_chat.knowledge.cards import CardError, card, cards, overlap, read_cards, references

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "patches"
GOOD = """
["mild change"]
article = "a"
nature = "benign"
is_differential = true
organ = "skin"
specimen = "skin"
stains = ["H&E"]
power = "At 10x."
seen = ["It is seen."]
may_show = []
not_seen = []
sure = "Quite sure."
synonyms = []
abbreviations = []
overlaps = []
references = ["robbins"]
questions = [{question = "What?", answer = "That."}]
tells_apart = {}
"""


def broken(folder: Path, text: str, *, name: str = "skin.toml") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.skipif(not SHARED.exists(), reason="the training images are not beside this checkout")
def test_every_label_of_the_real_sets_has_a_card_under_exactly_that_name() -> None:
    tables = SHARED.glob("*/labels.jsonl")
    rows = [json.loads(line) for table in tables for line in table.read_text().splitlines()]
    assert {row["label"] for row in rows} <= set(cards())


@pytest.mark.parametrize("key", sorted(cards()))
def test_a_card_says_enough_and_in_whole_sentences(key: str) -> None:
    known = card(key)
    assert 4 <= len(known.seen) <= 8
    assert len(known.not_seen) >= 2
    assert len(known.tells_apart) >= 2
    assert len(known.questions) >= 2
    assert known.references
    told = (*known.seen, *known.may_show, *known.not_seen, *known.tells_apart.values())
    asked = [item.question for item in known.questions]
    for text in (*told, known.power, known.sure, *(item.answer for item in known.questions)):
        assert text[0].isupper() or text[0].isdigit() or text.startswith("p40"), text
        assert text.endswith("."), text
    assert all(question.endswith("?") for question in asked)


@pytest.mark.parametrize("key", sorted(cards()))
def test_what_is_seen_is_understood_without_the_sentence_before(key: str) -> None:
    dangling = re.compile(
        r"^(Their|They|Its?|These|Those)\b|\b(line|separate|beside|between) them\b|\bin it\b"
    )
    known = card(key)
    assert not [text for text in (*known.seen, *known.not_seen) if dangling.search(text)]


@pytest.mark.parametrize("key", sorted(cards()))
def test_a_description_names_no_other_label(key: str) -> None:
    known = card(key)
    others = {other for other in cards() if not overlap(key, other)} - {"mucus", "debris"}
    for text in known.seen:
        words = " ".join(re.findall(r"[a-z0-9&]+", text.lower()))
        assert not {other for other in others if f" {other.lower()} " in f" {words} "}, text


def test_overlap_works_both_ways() -> None:
    assert overlap("neutrophil", "band neutrophil")
    assert overlap("band neutrophil", "neutrophil")
    assert overlap("basophil", "basophil")
    assert not overlap("basophil", "eosinophil")


def test_a_reference_reads_like_one() -> None:
    assert str(references()["bain"]).startswith("Bain BJ: Blood Cells: A Practical Guide, ")


def test_a_lab_can_keep_cards_of_its_own(tmp_path: Path) -> None:
    mine = read_cards(broken(tmp_path, GOOD))
    assert mine["mild change"].phrase == "a mild change"
    assert len(mine["mild change"].sha256) == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("\nseen =", "\nsene ="), "missing seen"),
        (('nature = "benign"', 'nature = "good"'), "nature is 'good'"),
        (('seen = ["It is seen."]', "seen = []"), "seen is empty"),
        (('"robbins"', '"robins"'), "reference 'robins' is unknown"),
        (("tells_apart = {}", 'tells_apart = {"other" = "It is other."}'), "neighbor 'other'"),
        (("is_differential = true", 'is_differential = "yes"'), "should be a bool"),
        (('organ = "skin"', 'organ = ["skin"]'), "organ should be a str"),
        (('question = "What?"', 'ask = "What?"'), "holds question and answer"),
        (('power = "At 10x."', 'power = "At 10x."\nextra = 1'), "unknown extra"),
        (('article = "a"', "article = a"), "no TOML file"),
    ],
)
def test_a_card_that_cannot_be_used_is_named(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(CardError, match=said):
        read_cards(broken(tmp_path, GOOD.replace(*change)))


def test_two_cards_for_one_label_are_refused(tmp_path: Path) -> None:
    broken(tmp_path, GOOD, name="a.toml")
    with pytest.raises(CardError, match="second card"):
        read_cards(broken(tmp_path, GOOD, name="b.toml"))


def test_a_missing_card_says_where_to_write_one() -> None:
    with pytest.raises(CardError, match="add one to a TOML file"):
        card("something new")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="No cards in"):
        read_cards(tmp_path)

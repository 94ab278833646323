import pytest

from clover_chat.knowledge.spelling import Meant, Spelling, distance, sound

KNOWN = dict.fromkeys(("haematoxylin", "hyperplasia", "lipoma", "myxoma", "stroma", "eosin"), True)


@pytest.mark.parametrize(
    ("misspelt", "meant", "edits"),
    [
        ("haematoxilin", "haematoxylin", 0),
        ("haemotoxylin", "haematoxylin", 1),
        ("hyperplazia", "hyperplasia", 0),
        ("hiperplassia", "hyperplasia", 0),
        ("eosni", "eosin", 1),
    ],
)
def test_a_misspelt_word_leads_to_the_one_it_resembles(
    misspelt: str, meant: str, edits: int
) -> None:
    assert Spelling(KNOWN).nearest(misspelt) == Meant(meant, edits)


@pytest.mark.parametrize("word", ["football", "hypoplasia", "chordoma", "xyz", "eos", "12345"])
def test_other_words_are_left_alone(word: str) -> None:
    known = KNOWN | {"myoma": True, "chloroma": True}
    assert Spelling(known).nearest(word) is None


def test_a_word_that_is_no_name_is_only_known_by_its_sound() -> None:
    spelling = Spelling({"structure": False})
    assert spelling.nearest("strukture") == Meant("structure", 0)
    assert spelling.nearest("structuge") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("lymfocite", "lymphocyte"), ("kongo", "congo"), ("cirhosis", "cirrhosis")],
)
def test_spellings_that_are_often_mixed_up_sound_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("eosin", "eosin", 0), ("eosin", "eosine", 1), ("eosni", "eosin", 1), ("abc", "xyz", 3)],
)
def test_letters_added_changed_or_swapped_count_once(one: str, other: str, edits: int) -> None:
    assert distance(one, other, limit=3) == edits
    assert distance(other, one, limit=3) == edits


def test_a_distance_above_the_limit_is_only_known_to_be_above() -> None:
    assert distance("abcdef", "uvwxyz", limit=2) == 3

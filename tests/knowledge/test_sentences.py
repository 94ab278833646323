from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clover_chat.knowledge.sentences import SentenceCutter, is_finished


def cut(*pieces: str) -> list[str]:
    cutter = SentenceCutter()
    ended = [sentence for piece in pieces for sentence in cutter.feed(piece)]
    return [*ended, cutter.rest()]


def test_a_sentence_ends_once_the_next_begins() -> None:
    assert cut("One.", " ", "Two", "! Three") == ["One.", " Two!", " Three"]


def test_full_stops_of_numbers_and_abbreviations_end_nothing() -> None:
    assert cut("About 2.5 um, e.g. E. Coli vs. Others. Then") == [
        "About 2.5 um, e.g. E. Coli vs. Others.",
        " Then",
    ]


def test_a_line_of_a_list_is_a_sentence() -> None:
    assert cut("- pink\n- blue\n") == ["- pink", "\n- blue\n"]


def test_a_quotation_belongs_to_its_sentence() -> None:
    assert cut('It "ends." Here') == ['It "ends."', " Here"]


def test_what_ends_as_a_sentence_does() -> None:
    assert is_finished('It "ends." ')
    assert not is_finished("It ends")


@given(st.text(alphabet='aB.!?\n "e2', max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_however_it_comes_in_it_is_cut_alike_and_nothing_is_lost(
    text: str, places: list[int]
) -> None:
    edges = [0, *sorted(place for place in places if place < len(text)), len(text)]
    pieces = [text[one:other] for one, other in pairwise(edges)]
    assert "".join(cut(*pieces)) == text
    assert cut(*pieces) == cut(text)

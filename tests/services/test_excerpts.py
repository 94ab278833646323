import pytest

from clover_chat.services.excerpts import (
    LONGEST_EXCERPT,
    Piece,
    excerpt,
    fold,
    has_words,
    marked,
    marked_literally,
    words_of,
)


def flat(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_found else piece.text for piece in pieces)


def test_whole_words_are_marked_whatever_their_case_and_accents() -> None:
    assert flat(marked("Über a colon ADENOcarcinoma", ["uber", "adeno"])) == (
        "[Über] a colon [ADENOcarcinoma]"
    )
    assert flat(marked("Nothing here", ["colon"])) == "Nothing here"


def test_signs_are_marked_as_they_are() -> None:
    assert flat(marked_literally("100% or 🔬?", "🔬")) == "100% or [🔬]?"
    assert flat(marked_literally("A.B", ".")) == "A[.]B"


@pytest.mark.parametrize("text", ["İstanbul", "ß", "ﬁne", "e\u0301", "🔬", "가"])
def test_folding_moves_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_words_hold_letters_and_digits_only() -> None:
    assert words_of('"G2"* AND (colon_lung) -x NEAR/3') == [
        "g2", "and", "colon", "lung", "x", "near", "3",
    ]  # fmt: skip


def test_every_beginning_has_to_be_there() -> None:
    assert has_words("Is it benign? · blood", ["bl", "benign"])
    assert not has_words("Is it benign? · blood", ["bl", "malignant"])


def test_an_excerpt_is_a_line_around_what_was_found() -> None:
    text = "Before it all. " * 20 + "A mitosis\n\nis here, " + "and so on " * 40
    shown = excerpt(marked(text, ["mitosis"]))
    assert flat(shown).startswith("…")
    assert "A [mitosis] is here, and so on" in flat(shown)
    assert flat(shown).endswith("…")
    assert sum(len(piece.text) for piece in shown) <= LONGEST_EXCERPT + 2


def test_a_short_text_is_its_own_excerpt() -> None:
    assert flat(excerpt(marked("A mitosis.", ["mitosis"]))) == "A [mitosis]."
    assert flat(excerpt(marked("x" * 300, ["x"]))) == f"[{'x' * LONGEST_EXCERPT}…]"

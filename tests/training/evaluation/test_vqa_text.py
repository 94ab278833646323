import pytest

from training.evaluation.vqa_text import CONTRACTIONS, normalise


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The Cyst wall.", "cyst wall"),
        ("close-up view", "close up view"),
        ("ends in -66", "ends in 66"),
        ("a - b-c", "bc"),
        ("nuclei;stroma", "nuclei stroma"),
        ("nuclei; stroma;cells", "nuclei stromacells"),
        ("about 3.5 cm.", "about 3.5 cm"),
        ("1,200 cells/field", "1200 cellsfield"),
        ("three or none", "3 or 0"),
        ("It DONT and couldnt've", "it don't and couldn't've"),
        ("they'dve, yall'll", "they'd've y'all'll"),
        ("somebody'd", "somebodyd"),
        ("its ill were well", "its ill were well"),
        ("[1]. (two)", "1 2"),
        ("a the an", ""),
        ("  ", ""),
    ],
)
def test_text_is_compared_without_its_dress(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


def test_normalising_twice_changes_nothing() -> None:
    text = "HEMATOLOGIC! It's (probably) 3.5 cm; two dont match [1]."
    assert normalise(normalise(text)) == normalise(text)


def test_a_contraction_is_known_by_each_apostrophe_it_may_lack() -> None:
    lacking = {short for short, word in CONTRACTIONS.items() if word == "y'all'd've"}
    assert lacking == {"yall'd've", "y'alld've", "y'all'dve"}

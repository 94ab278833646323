import pytest

from training.evaluation.reading import named, names_only, verdict

NAMES = ("squamous cell carcinoma", "lung squamous cell carcinoma", "blood", "peripheral blood")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("This is squamous cell carcinoma.", {"squamous cell carcinoma"}),
        ("Lung squamous-cell carcinoma!", {"lung squamous cell carcinoma"}),
        ("Blood, not peripheral blood.", {"blood", "peripheral blood"}),
        ("Bloody background.", set()),
        ("", set()),
    ],
)
def test_a_name_inside_a_longer_one_does_not_count(answer: str, said: set[str]) -> None:
    assert named(answer, NAMES) == said


def test_naming_the_truth_beside_something_else_is_wrong() -> None:
    assert names_only("It is blood.", "blood", NAMES)
    assert not names_only("It is blood or peripheral blood.", "blood", NAMES)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("Yes, it is.", "yes"),
        ("no", "no"),
        ("Nothing of that kind.", ""),
        ("Not yes.", ""),
        ("", ""),
    ],
)
def test_a_verdict_is_the_first_word(answer: str, word: str) -> None:
    assert verdict(answer) == word

import pytest

from training.evaluation.clauses import clauses, sentences


def polarity(sentence: str) -> list[tuple[str, bool]]:
    return [
        (" ".join(each.text.split()).strip(" .,"), each.is_denied) for each in clauses(sentence)
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The nucleus is segmented.", [("The nucleus is segmented", False)]),
        ("No glands and no epithelium are seen.", [("glands and epithelium are seen", True)]),
        ("The nucleus is not segmented.", [("The nucleus is", False), ("segmented", True)]),
        ("Mitoses are not seen.", [("Mitoses", True)]),
        ("Glands are absent.", [("Glands", True)]),
        ("A fragment without a nucleus.", [("A fragment", False), ("a nucleus", True)]),
        ("Cells lack atypia.", [("Cells", False), ("atypia", True)]),
        (
            "Glands are not seen, but keratin pearls are.",
            [("Glands", True), ("keratin pearls are", False)],
        ),
        (
            "No glands are formed, with sheets of cells.",
            [("glands are formed", True), ("with sheets of cells", False)],
        ),
    ],
)
def test_a_denial_reaches_as_far_as_it_is_meant(
    sentence: str, expected: list[tuple[str, bool]]
) -> None:
    assert polarity(sentence) == expected


def test_a_no_that_answers_a_question_denies_nothing() -> None:
    assert sentences("No, this is a monocyte. It is large.") == [
        "this is a monocyte.",
        "It is large.",
    ]
    assert sentences("No glands are seen.") == ["No glands are seen."]
    assert sentences("") == []

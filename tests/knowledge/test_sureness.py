import pytest

from clover_chat.knowledge.sureness import Sureness, sureness
from tests.knowledge.readings import CANCER, reading

READING = reading()


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "very sure, over 99%"),
        (0.97, "very sure, 97%"),
        (0.9, "quite sure, 90%"),
        (0.83, "fairly sure, 83%"),
        (0.6, "not sure, 60%"),
    ],
)
def test_a_probability_is_said_in_words_and_as_a_number(probability: float, words: str) -> None:
    assert Sureness(probability).words == words


@pytest.mark.parametrize(
    ("question", "answer", "probability", "name"),
    [
        ("What is this?", "This is lung adenocarcinoma.", 0.9, CANCER),
        ("Which organ is this?", "The sample is from the lung.", 0.98, "lung"),
        ("Which stain was used?", "The stain is H&E.", 0.99, "H&E"),
        ("Describe it.", "The stain is H&E. This is lung adenocarcinoma.", 0.9, CANCER),
        ("Is this lung adenocarcinoma?", "Yes, this is lung adenocarcinoma.", 0.9, ""),
        ("Is this lung adenocarcinoma?", "No, this is benign.", 0.1, ""),
        ("Is it benign?", "No, this is lung adenocarcinoma.", 0.98, ""),
    ],
)
def test_an_answer_is_as_sure_as_what_it_says_is_likely(
    question: str, answer: str, probability: float, name: str
) -> None:
    found = sureness(question, answer, [READING])
    assert found is not None
    assert found.probability == pytest.approx(probability)
    assert found.name == name


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What do you see?", "Nuclei are large and dark."),
        ("Are there mitoses?", "Yes, there are many."),
        ("Is this lung adenocarcinoma?", "It cannot be told."),
        ("How sure are you?", "Quite sure: this is lung adenocarcinoma (90%)."),
        ("What else could this be?", "This may be lung squamous cell carcinoma."),
        ("What is this?", ""),
    ],
)
def test_of_what_the_reading_cannot_tell_nothing_is_said(question: str, answer: str) -> None:
    assert sureness(question, answer, [READING]) is None


def test_nothing_is_said_without_a_reading_or_about_several_pictures() -> None:
    answer = "This is lung adenocarcinoma."
    assert sureness("What is this?", answer, []) is None
    assert sureness("What is this?", answer, [READING, READING]) is None


def test_a_sum_of_probabilities_is_never_above_1() -> None:
    found = sureness("Is it malignant?", "No.", [reading({CANCER: 1.0000002})])
    assert found == Sureness(0.0)

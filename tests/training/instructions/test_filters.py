import pytest

from training.instructions.generation.filters import reason_to_drop, sift
from training.instructions.generation.parsing import Pair, parse_pairs
from training.instructions.generation.prompt import EXAMPLE_ANSWER, RULES, messages

GOOD = Pair("Which cells are seen?", "Spindle cells with wavy nuclei are seen.")


def test_the_worked_example_keeps_the_rules_it_stands_for() -> None:
    pairs = parse_pairs(EXAMPLE_ANSWER)
    assert len(pairs) == 5
    assert [reason_to_drop(pair) for pair in pairs] == [""] * 5


def test_the_prompt_ends_with_the_caption() -> None:
    said = messages("  A nodule. ")
    assert [each["role"] for each in said] == ["system", "user", "assistant", "user"]
    assert said[-1]["content"] == "A nodule."
    assert all(word in RULES for word in ("mention", "title", "context", "narrator"))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('[{"question": "A?", "answer": "B."}, {"question": "C?", "answer": "D."}]', 2),
        ('Sure!\n```json\n[{"question": "A?", "answer": "B."}]\n```\nAnything else?', 1),
        ('{"pairs": [{"question": "A?", "answer": "B."}]}', 1),
        ('[{"question": "A?", "answer": "B."}, {"question": "C?", "ans', 1),
        ('[{"question": "A?", "answer": "B.",}, {"question": "C?", "answer": "D."}]', 1),
        ("Q: A?\nA: B.\n\nQ: C?\nA: D\nand more.", 2),
        ("1. **Question:** A?\n   **Answer:** B.\n2. **Question:** C?\n   **Answer:** D.", 2),
        ('[{"question": "A?", "answer": 7}, "x", {"q": "A?"}]', 0),
        ("I am afraid not.", 0),
        ("", 0),
    ],
)
def test_pairs_are_read_out_of_what_a_model_wrote(text: str, count: int) -> None:
    pairs = parse_pairs(text)
    assert len(pairs) == count
    assert [pair.question for pair in pairs] in (["A?", "C?"][:count], ["C?"])


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("What is it?", "A schwannoma with Verocay bodies.", ""),
        ("What does the caption say?", "That it is a nodule.", "meta-words"),
        ("What is seen?", "The nodule mentioned is sharply bounded.", "meta-words"),
        ("Who speaks?", "The narrator points at a gland.", "meta-words"),
        ("What is seen?", "In this context the glands are benign.", "meta-words"),
        ("What is seen?", "As an AI I see nothing.", "refusal"),
        ("What is the size?", "It is not specified.", "refusal"),
        ("When was it taken?", "It was taken in 2019.", "date"),
        ("When was it taken?", "It was taken on 3.4.19.", "date"),
        ("When was it taken?", "On the 3rd of May.", "date"),
        ("What may be seen?", "Mucin may 3 times be seen.", ""),
        ("What is seen?", "At 400x glands are seen.", "magnification"),
        ("What is seen?", "At 40 \u00d7 glands are seen.", "magnification"),
        ("What is seen?", "At x20 glands are seen.", "magnification"),
        ("What is seen?", "At high power glands are seen.", "magnification"),
        ("What is the size?", "The nodule measures 5 x 3 cm.", ""),
        ("What next?", "The patient should see a doctor.", "advice"),
        ("What next?", "Surgical treatment is best.", "advice"),
        ("What is seen?", "Necrosis after chemotherapy.", ""),
        ("What is seen?", " ", "empty"),
        ("Are the spindle cells wavy?", "Spindle cells.", "leaked answer"),
        ("Is there necrosis?", "Yes, there is necrosis.", ""),
        ("What is seen?", "word " * 121, "too long"),
        ("word " * 41, "Glands are seen.", "too long"),
    ],
)
def test_a_pair_is_dropped_for_a_reason(question: str, answer: str, reason: str) -> None:
    assert reason_to_drop(Pair(question, answer)) == reason


def test_what_was_dropped_is_counted_by_reason() -> None:
    again = Pair("which cells are seen", "Others.")
    sifted = sift([[GOOD, again], [], [GOOD, Pair("What?", "In 2019.")]])
    assert [number for number, _ in sifted.kept] == [0, 2]
    assert sifted.dropped == {"duplicate": 1, "unreadable": 1, "date": 1}
    assert sifted.sentence.startswith("2 pairs kept, 3 dropped (1 ")

from training.feedback.judged import Exchange, Feedback, Lesson, Pair, Single
from training.gate.cases import cases_of
from training.instructions.records import ImageRef, RecordTurn

QUESTION = "What is this?"


def exchange(name: str, *, is_disputed: bool = False, pictures: int = 1) -> Exchange:
    images = tuple(ImageRef(f"{name}{n}.png", f"{name}{n}", name) for n in range(pictures))
    earlier = (RecordTurn("feedback", "Which organ?", "Skin.", tuple(range(pictures))),)
    return Exchange(images, earlier, QUESTION, tuple(range(pictures)), name, is_disputed)


def test_a_correction_counts_before_what_is_preferred_and_that_before_what_is_liked() -> None:
    one, two, three, four = (exchange(name) for name in "1234")
    feedback = Feedback(
        (Lesson(one, "This is a monocyte."),),
        (Pair(one, "Other.", "Worse."), Pair(two, "This is a basophil.", "Worse.")),
        (
            Single(two, "Liked, too.", True),
            Single(three, "Lovely colours.", True),
            Single(four, "This is a platelet.", False),
        ),
        {},
    )
    found = cases_of(feedback, {})
    assert [(each.turns[-1].answer, each.label) for each in found] == [
        ("This is a monocyte.", "monocyte"),
        ("This is a basophil.", "basophil"),
        ("Lovely colours.", ""),
    ]
    assert [turn.question for turn in found[0].turns] == ["Which organ?", QUESTION]


def test_disputed_answers_and_questions_about_several_pictures_are_left_out() -> None:
    lessons = (
        Lesson(exchange("1", is_disputed=True), "This is a monocyte."),
        Lesson(exchange("2", pictures=2), "This is a monocyte."),
    )
    assert cases_of(Feedback(lessons, (), (), {}), {}) == []

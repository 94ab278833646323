"""How people put the questions that the factory adds to those of `templates`."""

import random

from training.instructions.templates import QUESTIONS, YES_NO

ANAPHORIC = frozenset(
    {
        "Which features support this?",
        "Which findings lead to that?",
        "Why do you think so?",
        "What makes you say that?",
    }
)
"""Questions about a finding that refer to an answer given before."""

OPEN: dict[str, tuple[str, ...]] = {
    **QUESTIONS,
    "features": (
        *(each for each in QUESTIONS["features"] if each not in ANAPHORIC),
        "Which features are seen?",
        "What does the morphology look like?",
        "Which features are typical of this?",
    ),
    "magnification": (
        "At what magnification was this taken?",
        "What is the magnification?",
        "Which magnification is shown?",
        "How strongly is this magnified?",
        "What magnification is this image?",
        "Name the magnification.",
    ),
    "absent": (
        "What is not shown here?",
        "What is missing in this image?",
        "Which findings are absent?",
        "What do you not see here?",
        "Name something that is not present.",
        "Which features are not seen?",
    ),
    "count": (
        "How many {cells} are there?",
        "Count the {cells}.",
        "How many {cells} do you see?",
        "What is the number of {cells}?",
        "How many {cells} are in this field?",
        "Please count the {cells}.",
    ),
}
CLOSED: dict[str, tuple[str, ...]] = {
    **YES_NO,
    "magnification": (
        "Is the magnification {magnification}?",
        "Was this taken at {magnification}?",
        "Is this image magnified {magnification}?",
    ),
    "presence": (
        "Are there any {cells}?",
        "Do you see any {cells}?",
        "Are {cells} present?",
        "Does the field contain {cells}?",
    ),
    "count": (
        "Are there more than {limit} {cells}?",
        "Do you see more than {limit} {cells}?",
        "Is the number of {cells} above {limit}?",
    ),
}
TWO: dict[str, tuple[str, ...]] = {
    "compare": (
        "Do both show the same?",
        "Is it the same in both images?",
        "Are these two the same?",
        "Do the two pictures show the same finding?",
        "Would you give both the same name?",
    ),
    "difference": (
        "What is the difference between the two?",
        "How do the two images differ?",
        "Compare the two images.",
        "What distinguishes the first from the second?",
    ),
    "which": (
        "Which of the two shows {phrase}?",
        "In which image do you see {phrase}?",
        "Which picture is {phrase}?",
    ),
    "which_malignant": (
        "Which of the two is malignant?",
        "Which image shows cancer?",
        "In which of the two do you see malignancy?",
    ),
}
CELLS = {
    "WBC": ("white blood cell", "white blood cells"),
    "RBC": ("red blood cell", "red blood cells"),
    "Platelets": ("platelet", "platelets"),
}
"""Names the counted sets use, and what people say."""

NOT_ASKED_BELOW = {"WBC": 1, "RBC": 3}
"""Fewer of these in a field means that they were not marked, not that there are none."""


def as_typed(question: str, rng: random.Random) -> str:
    """Return a question as people type it: now and then without capital or mark."""
    if rng.random() < 0.15:
        question = question.rstrip("?.")
    if rng.random() < 0.2:
        question = question[0].lower() + question[1:]
    return question

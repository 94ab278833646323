"""Template-based instructions: many phrasings of few kinds of question, answered from labels.

Answers have one form each, so that a small language model learns them well and a script can read
them strictly.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from training.instructions.labels import label
from training.instructions.sources import LabelledPatch

QUESTIONS: dict[str, tuple[str, ...]] = {
    "describe": (
        "Describe the following image in detail.",
        "Describe this image.",
        "Describe the image.",
        "What do you see?",
        "What can you see in this patch?",
        "What does this picture show?",
        "What is shown here?",
        "Tell me about this image.",
        "Give me a short description of the patch.",
        "Please describe the histology.",
        "What is in this image?",
        "Summarize the findings.",
        "Can you describe what is on this slide?",
    ),
    "organ": (
        "Which organ is this?",
        "What organ is shown?",
        "What organ does this tissue come from?",
        "Where in the body is this sample from?",
        "Which tissue is this?",
        "What is the site of origin?",
        "Which organ or specimen is it?",
        "From which organ was this taken?",
        "What tissue is this from?",
        "Name the organ.",
        "What kind of tissue or specimen is this?",
    ),
    "stain": (
        "Which stain was used?",
        "What stain is this?",
        "How was this slide stained?",
        "What staining method is shown?",
        "Name the stain.",
        "With which stain was the sample prepared?",
        "Is it stained, and how?",
        "What technique was used to stain it?",
    ),
    "label": (
        "What is the diagnosis?",
        "What is your diagnosis?",
        "Which diagnosis fits best?",
        "What is the most likely diagnosis?",
        "What is this?",
        "Name the diagnosis or cell type.",
        "What type of cell or lesion is this?",
        "Which entity is shown?",
        "What is the main finding?",
        "What would you call this?",
        "How would you classify this?",
        "What cell type is this?",
        "What is it most likely?",
        "Diagnosis?",
    ),
    "features": (
        "Which features support this?",
        "What are the key features?",
        "What morphological features are present?",
        "Which findings lead to that?",
        "Why do you think so?",
        "What makes you say that?",
        "What are the typical features here?",
        "Describe the cells and their arrangement.",
    ),
    "nature": (
        "Is it benign or malignant?",
        "Benign or malignant?",
        "Is this tissue malignant or benign?",
        "Would you call this benign or malignant?",
        "Does it look malignant or benign?",
    ),
}
YES_NO: dict[str, tuple[str, ...]] = {
    "label": (
        "Is this {phrase}?",
        "Does this image show {phrase}?",
        "Could this be {phrase}?",
        "Do you see {phrase} here?",
        "Is {phrase} present?",
        "Would you diagnose {phrase}?",
        "Is the diagnosis {phrase}?",
        "Am I looking at {phrase}?",
    ),
    "organ": (
        "Is this from the {organ}?",
        "Does this sample come from the {organ}?",
        "Is the organ the {organ}?",
    ),
    "stain": (
        "Is the stain {stain}?",
        "Was {stain} used here?",
        "Is this stained with {stain}?",
    ),
    "nature": (
        "Is it malignant?",
        "Is there malignancy?",
        "Is this cancer?",
        "Is there a malignant tumor?",
        "Do you see cancer here?",
    ),
}
WEIGHTS = {
    "label": 26,
    "yes_no_label": 30,
    "describe": 12,
    "features": 7,
    "organ": 6,
    "stain": 8,
    "nature": 5,
    "yes_no_nature": 4,
    "yes_no_organ": 3,
    "yes_no_stain": 2,
}


@dataclass(frozen=True)
class Exchange:
    """One question about a picture and its answer.

    Attributes:
        kind: A key of `WEIGHTS`.
        question: As a person would ask it.
        answer: As the bridge should lead the language model to answer.
    """

    kind: str
    question: str
    answer: str


class Known(Protocol):
    """A picture of which this much is known."""

    @property
    def source(self) -> str:
        """Name of the set it comes from."""

    @property
    def label(self) -> str:
        """Key of its label."""

    @property
    def organ(self) -> str:
        """Organ or specimen."""

    @property
    def stain(self) -> str:
        """Stain and technique."""


@dataclass(frozen=True)
class Truths:
    """Everything that may be true of a picture in these sources; negatives are drawn from it."""

    patches: tuple[tuple[str, str, str, str], ...]

    @classmethod
    def of(cls, patches: Sequence[Known]) -> "Truths":
        """Collect the distinct (source, label, organ, stain) of patches."""
        rows = {(patch.source, patch.label, patch.organ, patch.stain) for patch in patches}
        return cls(tuple(sorted(rows)))

    def other_label(self, patch: Known, rng: random.Random) -> str:
        """Return a wrong label; two times in three one of the same source, which is harder."""
        rows = [row for row in self.patches if row[1] != patch.label]
        near = [row for row in rows if row[0] == patch.source]
        return rng.choice(near if near and rng.random() < 2 / 3 else rows)[1]

    def other(self, column: int, truth: str, rng: random.Random) -> str:
        """Return a wrong organ (column 2) or stain (column 3)."""
        return rng.choice(
            sorted({row[column] for row in self.patches} - {truth, *_SAME.get(truth, ())})
        )


_SAME = {
    "blood": ("peripheral blood",),
    "peripheral blood": ("blood",),
    "Giemsa (thin smear)": ("Giemsa/Wright", "May-Gruenwald-Giemsa"),
    "Giemsa/Wright": ("Giemsa (thin smear)", "May-Gruenwald-Giemsa"),
    "May-Gruenwald-Giemsa": ("Giemsa (thin smear)", "Giemsa/Wright"),
}
"""Names of different sources for nearly the same thing: never each other's negative."""


def kinds_for(patch: LabelledPatch) -> list[str]:
    """Return the kinds of question that make sense for a patch."""
    has_nature = bool(label(patch.label).nature)
    return [kind for kind in WEIGHTS if has_nature or not kind.endswith("nature")]


def exchange(patch: LabelledPatch, kind: str, truths: Truths, rng: random.Random) -> Exchange:
    """Return a question of this kind about the patch, phrased at random, with its answer."""
    if kind.startswith("yes_no_"):
        question, answer = _yes_no(patch, kind.removeprefix("yes_no_"), truths, rng)
    else:
        question, answer = rng.choice(QUESTIONS[kind]), _answer(patch, kind)
    return Exchange(kind, _as_typed(question, rng), answer)


def random_exchange(
    patch: LabelledPatch,
    truths: Truths,
    rng: random.Random,
    among: Collection[str] = tuple(WEIGHTS),
) -> Exchange:
    """Return a question of a kind drawn by `WEIGHTS` among the given ones."""
    kinds = [kind for kind in kinds_for(patch) if kind in among]
    kind = rng.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
    return exchange(patch, kind, truths, rng)


def _answer(patch: LabelledPatch, kind: str) -> str:
    known = label(patch.label)
    if kind == "organ":
        return f"The sample is from the {patch.organ}."
    if kind == "stain":
        return f"The stain is {patch.stain}."
    if kind == "features":
        return known.features
    if kind == "nature":
        return f"It is {known.nature}: {known.phrase}."
    if kind == "describe":
        sample = f"A sample from the {patch.organ}, stained with {patch.stain}"
        return f"{sample}: {known.phrase}. {known.features}"
    return f"This is {known.phrase}."


def _yes_no(
    patch: LabelledPatch, subject: str, truths: Truths, rng: random.Random
) -> tuple[str, str]:
    known, is_true = label(patch.label), rng.random() < 0.5
    pattern = rng.choice(YES_NO[subject])
    if subject == "organ":
        organ = patch.organ if is_true else truths.other(2, patch.organ, rng)
        return pattern.format(organ=organ), _verdict(
            is_true, f"the sample is from the {patch.organ}"
        )
    if subject == "stain":
        stain = patch.stain if is_true else truths.other(3, patch.stain, rng)
        return pattern.format(stain=stain), _verdict(is_true, f"the stain is {patch.stain}")
    if subject == "nature":
        return pattern, _verdict(known.nature == "malignant", f"this is {known.phrase}")
    asked = known if is_true else label(truths.other_label(patch, rng))
    return pattern.format(phrase=asked.phrase), _verdict(is_true, f"this is {known.phrase}")


def _verdict(is_true: bool, reason: str) -> str:
    return f"{'Yes' if is_true else 'No'}, {reason}."


def _as_typed(question: str, rng: random.Random) -> str:
    """Vary what people leave out when they type: the capital, the mark at the end."""
    if rng.random() < 0.15:
        question = question.rstrip("?.")
    if rng.random() < 0.2:
        question = question[0].lower() + question[1:]
    return question
